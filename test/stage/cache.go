package stage

import (
	"context"
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/controllers/oauthclient"
)

// standingCache is a cache that can be stopped, and that tells of every change.
type standingCache struct {
	cache.Cache
	changed chan struct{} // holds one token while there is a change that nobody looked at
	cancel  context.CancelFunc
	done    chan struct{}
}

// watched are the kinds in the cache, each as the reconcilers read it.
func watched() []client.ObjectList {
	return []client.ObjectList{
		&v1alpha1.OAuthClientList{}, &v1alpha1.TokenPolicyList{}, &v1alpha1.TokenIssuerList{}, &v1alpha1.IssuerReportList{},
		metadata("Secret"), metadata("ConfigMap"), metadata("Namespace"),
	}
}

func metadata(kind string) client.ObjectList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind + "List"))
	return list
}

func newCache(t *testing.T, s *Stage) *standingCache {
	t.Helper()
	options := controllers.CacheOptions([]string{s.System}, nil)
	options.Scheme = s.Scheme
	inner, err := cache.New(s.Config, options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &standingCache{Cache: inner, changed: make(chan struct{}, 1), cancel: cancel, done: make(chan struct{})}
	t.Cleanup(c.stop)
	finder := clients.Finder{DefaultIssuer: s.Issuer()}
	if err := finder.Index(ctx, inner); err != nil {
		t.Fatal(err)
	}
	if err := oauthclient.IndexOwners(ctx, inner); err != nil {
		t.Fatal(err)
	}
	for _, list := range watched() {
		c.tell(ctx, t, list)
	}
	go func() {
		defer close(c.done)
		_ = inner.Start(ctx)
	}()
	if !inner.WaitForCacheSync(t.Context()) {
		t.Fatal("the cache did not sync")
	}
	return c
}

// tell makes c.changed ready whenever an object of a kind changes.
func (c *standingCache) tell(ctx context.Context, t *testing.T, list client.ObjectList) {
	t.Helper()
	informer, err := c.GetInformer(ctx, item(list), cache.BlockUntilSynced(false))
	if err != nil {
		t.Fatal(err)
	}
	changed := func() {
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed() },
		UpdateFunc: func(any, any) { changed() },
		DeleteFunc: func(any) { changed() },
	})
	if err != nil {
		t.Fatal(err)
	}
}

// item is an empty object of the kind that list is of.
func item(list client.ObjectList) client.Object {
	switch list := list.(type) {
	case *v1alpha1.OAuthClientList:
		return &v1alpha1.OAuthClient{}
	case *v1alpha1.TokenPolicyList:
		return &v1alpha1.TokenPolicy{}
	case *v1alpha1.TokenIssuerList:
		return &v1alpha1.TokenIssuer{}
	case *v1alpha1.IssuerReportList:
		return &v1alpha1.IssuerReport{}
	default:
		object := &metav1.PartialObjectMetadata{}
		kind := list.GetObjectKind().GroupVersionKind()
		object.SetGroupVersionKind(schema.GroupVersionKind{Version: kind.Version, Kind: strings.TrimSuffix(kind.Kind, "List")})
		return object
	}
}

// stop ends the watches; what was read can be read on.
func (c *standingCache) stop() {
	c.cancel()
	<-c.done
}

// Sync waits until the cache has seen everything that is true now. It needs a cache that runs.
func (s *Stage) Sync(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	want := s.versions(ctx, t, s.Client)
	for !maps.Equal(want, s.versions(ctx, t, s.cache)) {
		select {
		case <-s.cache.changed:
		case <-ctx.Done():
			t.Fatalf("the cache has %v, want %v", s.versions(t.Context(), t, s.cache), want)
		}
	}
}

// versions tells the resourceVersion of each object of this stage that the cache should hold.
func (s *Stage) versions(ctx context.Context, t *testing.T, reader client.Reader) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, list := range watched() {
		if err := reader.List(ctx, list); err != nil {
			t.Fatal(err)
		}
		kind := kindOf(item(list))
		_ = apimeta.EachListItem(list, func(o runtimeObject) error {
			if object := o.(client.Object); s.has(kind, object) && (reader == s.cache || s.selects(kind, object)) {
				found[kind+" "+client.ObjectKeyFromObject(object).String()] = object.GetResourceVersion()
			}
			return nil
		})
	}
	return found
}

// has tells whether an object is of this stage.
func (s *Stage) has(kind string, object client.Object) bool {
	if kind == "Namespace" {
		return s.namespaces[object.GetName()]
	}
	return s.namespaces[object.GetNamespace()]
}

// selects tells whether the cache should hold an object, by the labels that it has on the API server.
func (s *Stage) selects(kind string, object client.Object) bool {
	_, labelled := object.GetLabels()[v1alpha1.ClientLabel]
	managed := object.GetLabels()[v1alpha1.ManagedByLabel] == v1alpha1.ManagedByValue
	system := object.GetNamespace() == s.System
	switch kind {
	case "Secret":
		return system && managed || !system && labelled
	case "ConfigMap":
		return system && managed
	default:
		return true
	}
}
