package controllers

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/test/build"
)

const kib = 1 << 10

// ours are labels and annotations as the operator writes them.
var (
	ourLabels = map[string]string{
		v1alpha1.ClientLabel: "web", v1alpha1.IssuerLabel: "default", v1alpha1.PolicyLabel: "uid", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue,
	}
	ourAnnotations = map[string]string{
		v1alpha1.OwnerAnnotation: "apps/web", v1alpha1.OwnerUIDAnnotation: "uid", v1alpha1.ClientIDAnnotation: "apps.web",
		v1alpha1.LongestLifetimeAnnotation: "3600",
	}
)

// heavy is metadata with more of everything than an API server would take, beside some labels and annotations of ours.
func heavy(namespace string, annotations map[string]string) metav1.ObjectMeta {
	m := metav1.ObjectMeta{
		Namespace: namespace, Name: "web", UID: "0b6b1a3c-8d3f-4f5e-9d2b-6a1f6f0f7a11", ResourceVersion: "123456789", Generation: 7,
		CreationTimestamp: metav1.NewTime(time.Unix(1_800_000_000, 0)), Labels: maps.Clone(ourLabels), Annotations: maps.Clone(annotations),
	}
	for i := range 2000 {
		name := fmt.Sprintf("example.com/%s-%d", strings.Repeat("x", 50), i)
		m.Labels[name], m.Annotations[name] = strings.Repeat("y", 63), strings.Repeat("z", 100)
		m.Finalizers = append(m.Finalizers, name)
		m.OwnerReferences = append(m.OwnerReferences, metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: name, UID: types.UID(name)})
		m.ManagedFields = append(m.ManagedFields, metav1.ManagedFieldsEntry{Manager: name})
	}
	return m
}

// long are our annotations with values that only a tenant would write.
func long() map[string]string {
	out := map[string]string{}
	for name := range ourAnnotations {
		out[name] = strings.Repeat("v", 60*kib)
	}
	return out
}

// transformOf is what the operator's cache applies to objects of a kind in a namespace.
func transformOf(t *testing.T, kind client.Object, namespace string) toolscache.TransformFunc {
	t.Helper()
	for listed, options := range CacheOptions([]string{"system"}, nil).ByObject {
		if reflect.TypeOf(listed) != reflect.TypeOf(kind) {
			continue
		}
		config, named := options.Namespaces[namespace]
		if !named {
			config = options.Namespaces[cache.AllNamespaces]
		}
		if config.Transform != nil {
			return config.Transform
		}
		return options.Transform
	}
	t.Fatalf("the cache keeps %T as it is", kind)
	return nil
}

// TestWhatIsKept counts the bytes, as JSON, that the cache keeps of an object whose author made all of it as large as
// it gets.
func TestWhatIsKept(t *testing.T) {
	metadata := func(m metav1.ObjectMeta) client.Object { return &metav1.PartialObjectMetadata{ObjectMeta: m} }
	for _, tc := range []struct {
		name  string
		kind  client.Object
		make  func(metav1.ObjectMeta) client.Object
		meta  metav1.ObjectMeta
		bound int
	}{
		{"a tenant's Secret", &corev1.Secret{}, metadata, heavy("apps", long()), kib / 2},
		{"a Secret beside an issuer", &corev1.Secret{}, metadata, heavy("system", long()), kib / 2},
		{"a ConfigMap beside an issuer", &corev1.ConfigMap{}, metadata, heavy("system", long()), kib / 2},
		{"an OAuthClient", &v1alpha1.OAuthClient{}, func(m metav1.ObjectMeta) client.Object {
			return &v1alpha1.OAuthClient{ObjectMeta: m}
		}, heavy("apps", long()), kib / 2},
		{"an OAuthClient with as many labels as are kept", &v1alpha1.OAuthClient{}, func(m metav1.ObjectMeta) client.Object {
			m.Labels = map[string]string{"a": strings.Repeat("y", clients.MaxLabelBytes-1)}
			return &v1alpha1.OAuthClient{ObjectMeta: m}
		}, heavy("apps", long()), clients.MaxLabelBytes + kib/2},
		{"a TokenPolicy", &v1alpha1.TokenPolicy{}, func(m metav1.ObjectMeta) client.Object {
			return &v1alpha1.TokenPolicy{ObjectMeta: m}
		}, heavy("apps", long()), kib / 2},
		{"a TokenIssuer", &v1alpha1.TokenIssuer{}, func(m metav1.ObjectMeta) client.Object {
			return &v1alpha1.TokenIssuer{ObjectMeta: m}
		}, heavy("apps", long()), kib / 2},
		{"a report", &v1alpha1.IssuerReport{}, func(m metav1.ObjectMeta) client.Object {
			return &v1alpha1.IssuerReport{ObjectMeta: m}
		}, heavy("system", long()), kib},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kept, size := keptOf(t, transformOf(t, tc.kind, tc.meta.Namespace), tc.make(tc.meta))
			t.Logf("%d bytes", size)
			if size > tc.bound {
				t.Errorf("keeps %d bytes, want %d at most: %+v", size, tc.bound, kept)
			}
		})
	}
}

// keptOf applies a transform twice, which must not differ from once, and tells what is left and how many bytes of JSON
// that is.
func keptOf(t *testing.T, transform toolscache.TransformFunc, object client.Object) (client.Object, int) {
	t.Helper()
	once, err := transform(object)
	if err != nil {
		t.Fatal(err)
	}
	first, err := json.Marshal(once)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := transform(once)
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(twice)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Errorf("a second time changed it:\n%s", diff)
	}
	return twice.(client.Object), len(first)
}

// TestWhatIsReadStays wants, after the trim, all that the reconcilers read.
func TestWhatIsReadStays(t *testing.T) {
	owner := metav1.OwnerReference{Kind: "TokenIssuer", Name: "default", UID: "uid", Controller: new(true)}
	full := func(namespace string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: namespace, Name: "web", UID: "uid", ResourceVersion: "7", Generation: 3, DeletionTimestamp: new(metav1.NewTime(time.Unix(1, 0))),
			Labels: maps.Clone(ourLabels), Annotations: maps.Clone(ourAnnotations), OwnerReferences: []metav1.OwnerReference{owner},
			Finalizers: []string{"example.com/other", v1alpha1.Finalizer},
		}
	}
	metadata := func(namespace string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: full(namespace)}
	}
	oc := build.OAuthClient("apps/web")
	oc.ObjectMeta = full("apps")
	for _, tc := range []struct {
		name       string
		transform  toolscache.TransformFunc
		object     client.Object
		labels     []string
		annotated  bool
		owned      bool
		finalizers int
	}{
		{"a tenant's Secret", transformOf(t, &corev1.Secret{}, "apps"), metadata("apps"), []string{v1alpha1.ClientLabel}, false, false, 0},
		{"a Secret beside an issuer", transformOf(t, &corev1.Secret{}, "system"), metadata("system"),
			[]string{v1alpha1.ClientLabel, v1alpha1.IssuerLabel, v1alpha1.PolicyLabel}, true, true, 0},
		{"what runs an issuer", transformOf(t, &corev1.Service{}, "system"), metadata("system"),
			[]string{v1alpha1.ClientLabel, v1alpha1.IssuerLabel, v1alpha1.PolicyLabel}, true, true, 0},
		{"a namespace", transformOf(t, &corev1.Namespace{}, ""), metadata(""),
			[]string{v1alpha1.ClientLabel, v1alpha1.IssuerLabel, v1alpha1.PolicyLabel, v1alpha1.ManagedByLabel}, false, false, 0},
		{"an OAuthClient", transformOf(t, &v1alpha1.OAuthClient{}, "apps"), oc,
			[]string{v1alpha1.ClientLabel, v1alpha1.IssuerLabel, v1alpha1.PolicyLabel, v1alpha1.ManagedByLabel}, false, false, 2},
		{"a TokenPolicy", transformOf(t, &v1alpha1.TokenPolicy{}, "apps"), &v1alpha1.TokenPolicy{ObjectMeta: full("apps")}, nil, false, false, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			kept, _ := keptOf(t, tc.transform, tc.object)
			want := full(kept.GetNamespace())
			want.Labels, want.Finalizers = nil, want.Finalizers[:tc.finalizers]
			for _, name := range tc.labels {
				metav1.SetMetaDataLabel(&want, name, ourLabels[name])
			}
			if !tc.annotated {
				want.Annotations = nil
			}
			if !tc.owned {
				want.OwnerReferences = nil
			}
			if len(want.Finalizers) == 0 {
				want.Finalizers = nil
			}
			got := metadataOf(kept)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
		})
	}
}

func metadataOf(object client.Object) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: object.GetNamespace(), Name: object.GetName(), UID: object.GetUID(), ResourceVersion: object.GetResourceVersion(),
		Generation: object.GetGeneration(), DeletionTimestamp: object.GetDeletionTimestamp(), Labels: object.GetLabels(),
		Annotations: object.GetAnnotations(), OwnerReferences: object.GetOwnerReferences(), Finalizers: object.GetFinalizers(),
	}
}

// TestSelectedSecrets says which Secrets the operator is told of.
func TestSelectedSecrets(t *testing.T) {
	issuers, watched := []string{"system"}, []string{"apps", "system"}
	client := map[string]string{v1alpha1.ClientLabel: "web"}
	managed := map[string]string{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue}
	for _, tc := range []struct {
		name      string
		namespace string
		labels    map[string]string
		all, some bool // selected where all namespaces are watched, and where some are
	}{
		{"a client's", "apps", client, true, true},
		{"one that says that we manage it", "apps", managed, false, false},
		{"any other", "apps", nil, false, false},
		{"a client's that nobody watches", "more", client, true, false},
		{"a registration or key ring", "system", managed, true, true},
		{"one beside them that is not ours", "system", client, false, false},
		{"any other beside them", "system", nil, false, false},
	} {
		for scope, want := range map[bool]bool{true: tc.all, false: tc.some} {
			configs := secrets(issuers, nil)
			if !scope {
				configs = secrets(issuers, watched)
			}
			config, named := configs[tc.namespace]
			if !named {
				config, named = configs[cache.AllNamespaces]
			}
			if got := named && config.LabelSelector.Matches(labels.Set(tc.labels)); got != want {
				t.Errorf("%s, all namespaces watched: %t: selected: %t, want %t", tc.name, scope, got, want)
			}
		}
	}
}
