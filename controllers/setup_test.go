package controllers_test

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	certutil "k8s.io/client-go/util/cert"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

const system = "tokenwright-system"

// installation is a cluster with our CRDs, roles and samples, in which one operator runs at a time.
type installation struct {
	client.WithWatch
	env      *env.Env
	requests *requests
}

// requests remembers what an operator sent, leases aside.
type requests struct {
	mu     sync.Mutex
	writes []string
	reads  map[string]bool
	read   chan struct{} // holds one token while there is a read that nobody looked at
}

func install(t *testing.T) *installation {
	t.Helper()
	e := env.Start(t)
	c, err := client.NewWithWatch(e.Config, client.Options{Scheme: e.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for _, folder := range []string{"rbac", "samples"} {
		some, err := stack.Manifests(filepath.Join(root, "config", folder))
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, some...)
	}
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	in := &installation{WithWatch: c, env: e}
	t.Cleanup(func() { in.clear(objects) })
	for _, object := range objects {
		if object.GetKind() == "TokenIssuer" { // nobody runs Pods here
			_ = unstructured.SetNestedField(object.Object, "External", "spec", "deployment", "management")
		}
		if err := c.Create(t.Context(), object); client.IgnoreAlreadyExists(err) != nil {
			t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
	return in
}

// clear removes all but the namespaces, which nobody would let go here, and gives these their labels back. Nobody
// collects garbage here either.
func (in *installation) clear(objects []*unstructured.Unstructured) {
	ctx := context.Background()
	kinds := []client.Object{
		&v1alpha1.OAuthClient{}, &v1alpha1.TokenPolicy{}, &v1alpha1.TokenIssuer{}, &corev1.Secret{}, &corev1.ConfigMap{},
	}
	for _, object := range objects {
		if object.GetKind() != "Namespace" {
			continue
		}
		object.SetResourceVersion("")
		_ = in.Update(ctx, object)
		var held v1alpha1.OAuthClientList
		_ = in.List(ctx, &held, client.InNamespace(object.GetName()))
		for i := range held.Items {
			held.Items[i].Finalizers = nil
			_ = in.Update(ctx, &held.Items[i])
		}
		for _, kind := range kinds {
			_ = in.DeleteAllOf(ctx, kind, client.InNamespace(object.GetName()))
		}
	}
}

// rank puts namespaces before what stands in them.
func rank(object *unstructured.Unstructured) int {
	if object.GetKind() == "Namespace" {
		return 0
	}
	return 1
}

// operate runs an operator under the rights that it has in a cluster, until the test or the returned function ends it.
func (in *installation) operate(t *testing.T) (stop func()) {
	t.Helper()
	ctrl.SetLogger(logr.Discard())
	in.requests = &requests{reads: map[string]bool{}, read: make(chan struct{}, 1)}
	own := rest.CopyConfig(in.env.Config)
	own.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + system + ":tokenwright-operator",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + system, "system:authenticated"},
	}
	own.Wrap(in.requests.listen)
	options := controllers.Options{
		IssuerNamespaces: []string{system}, DefaultIssuer: types.NamespacedName{Namespace: system, Name: "default"}, Workers: 4,
	}
	mgr, err := ctrl.NewManager(own, ctrl.Options{
		Scheme: in.env.Scheme, Cache: controllers.CacheOptions(options.IssuerNamespaces, nil),
		Metrics:        metricsserver.Options{BindAddress: "0"},
		LeaderElection: true, LeaderElectionID: "tokenwright-operator", LeaderElectionNamespace: system,
		LeaderElectionReleaseOnCancel: true,
		Controller:                    config.Controller{SkipNameValidation: new(true)}, // several operators, one after the other
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := controllers.Setup(ctx, mgr, options); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the operator: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// listen notes what goes out.
func (r *requests) listen(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		r.note(request)
		return next.RoundTrip(request)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func (r *requests) note(request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case strings.Contains(request.URL.Path, "/leases"):
	case request.Method == http.MethodGet:
		r.reads[request.URL.Path] = true
		select {
		case r.read <- struct{}{}:
		default:
		}
	default:
		r.writes = append(r.writes, request.Method+" "+request.URL.Path)
	}
}

// awaitReads waits until all of these have been read.
func (r *requests) awaitReads(t *testing.T, paths []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		r.mu.Lock()
		left := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return r.reads[path] })
		r.mu.Unlock()
		if len(left) == 0 {
			return
		}
		select {
		case <-r.read:
		case <-ctx.Done():
			t.Fatalf("never read: %q", left)
		}
	}
}

// TestOperator runs the operator as a cluster does: all controllers, a cache, leader election, and no more rights than
// config/rbac gives.
func TestOperator(t *testing.T) {
	in := install(t)
	stop := in.operate(t)
	t.Run("samples become ready", in.samplesBecomeReady)
	t.Run("changes arrive", in.changesArrive)
	t.Run("what is left is ready", in.samplesBecomeReady)
	stop()
	t.Run("a restart writes nothing", in.restartWritesNothing)
}

func (in *installation) samplesBecomeReady(t *testing.T) {
	for _, client := range in.clients(t) {
		await(t, in, &client, "ready", ready(v1alpha1.ReasonReady))
	}
	await(t, in, build.TokenIssuer(system+"/default"), "ready, with its clients counted", func(o client.Object) bool {
		clients := o.(*v1alpha1.TokenIssuer).Status.Clients
		return ready(v1alpha1.ReasonReady)(o) && clients != nil && int(*clients) == len(in.clients(t))
	})
	await(t, in, build.TokenPolicy(system+"/baseline"), "ready, with its clients counted", func(o client.Object) bool {
		clients := o.(*v1alpha1.TokenPolicy).Status.Clients
		return ready(v1alpha1.ReasonReady)(o) && clients != nil && int(*clients) == len(in.clients(t))
	})
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "tokenwright-operator"}}
	if err := in.Get(t.Context(), client.ObjectKeyFromObject(lease), lease); err != nil || lease.Spec.HolderIdentity == nil {
		t.Errorf("the Lease (%v) is held by %v, want the operator", err, lease.Spec.HolderIdentity)
	}
}

func (in *installation) clients(t *testing.T) []v1alpha1.OAuthClient {
	t.Helper()
	var list v1alpha1.OAuthClientList
	if err := in.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

// changesArrive does to the objects around a client what people do, and waits for what the operator makes of it.
func (in *installation) changesArrive(t *testing.T) {
	invoices := func() *v1alpha1.OAuthClient { return build.OAuthClient("team-billing/invoices") }
	credentials := func() *corev1.Secret { return secret("team-billing", "invoices-credentials") }
	registered := func() *corev1.Secret {
		return secret(system, registration.SecretName("default", policy.ClientID(invoices())))
	}
	first := credentials()
	in.read(t, first)
	issuer := build.TokenIssuer(system + "/default")
	in.read(t, issuer)
	differs := func(o client.Object) bool {
		return o != nil && string(o.(*corev1.Secret).Data["client-secret"]) != string(first.Data["client-secret"])
	}
	labelled := func(o client.Object) bool {
		return o != nil && o.GetLabels()[v1alpha1.ManagedByLabel] == v1alpha1.ManagedByValue && o.GetLabels()[v1alpha1.ClientLabel] == "invoices"
	}
	first509, second509 := authorityOf(t, "one.example"), authorityOf(t, "two.example")
	believes := func(bundle []byte) func(client.Object) bool {
		return func(o client.Object) bool { return o != nil && bytes.Equal(o.(*corev1.Secret).Data["ca.crt"], bundle) }
	}
	for _, step := range []struct {
		name  string
		do    func()
		what  client.Object
		until string
		done  func(client.Object) bool
	}{
		{"the Secret is deleted", func() { in.remove(t, credentials()) }, credentials(), "made anew", differs},
		{"the registration is deleted", func() { in.remove(t, registered()) }, registered(), "restored", there},
		{"the Secret loses the label that it is watched by", func() {
			in.change(t, credentials(), func(o client.Object) {
				o.SetLabels(map[string]string{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue})
			})
		}, credentials(), "labelled", labelled},
		{"the Secret loses its other label", func() {
			in.change(t, credentials(), func(o client.Object) { o.SetLabels(map[string]string{v1alpha1.ClientLabel: "invoices"}) })
		}, credentials(), "labelled", labelled},
		{"the namespace loses its label", func() { in.label(t, "team-billing", map[string]string{"tier": "restricted"}) },
			invoices(), "expelled", ready(v1alpha1.ReasonNamespaceNotAdmitted)},
		{"the namespace gets it back", func() {
			in.label(t, "team-billing", map[string]string{"tier": "restricted", "oauth.tokenwright.dev/clients": "true"})
		}, invoices(), "ready", ready(v1alpha1.ReasonReady)},
		{"the namespace is restricted no longer", func() {
			in.label(t, "team-billing", map[string]string{"oauth.tokenwright.dev/clients": "true"})
		}, invoices(), "under one policy less", func(o client.Object) bool {
			effective := o.(*v1alpha1.OAuthClient).Status.Effective
			return effective != nil && !slices.Contains(effective.Policies, system+"/restricted")
		}},
		{"a policy is tightened", func() {
			in.change(t, build.TokenPolicy(system+"/baseline"), func(o client.Object) { build.AllowScopes("billing:*")(o.(*v1alpha1.TokenPolicy)) })
		}, invoices(), "told so", ready(v1alpha1.ReasonBeyondPolicy)},
		{"and loosened", func() {
			in.change(t, build.TokenPolicy(system+"/baseline"), func(o client.Object) { build.AllowScopes("*")(o.(*v1alpha1.TokenPolicy)) })
		}, invoices(), "ready", ready(v1alpha1.ReasonReady)},
		{"the issuer is deleted", func() { in.remove(t, build.TokenIssuer(system+"/default")) }, invoices(), "told so",
			ready(v1alpha1.ReasonIssuerNotFound)},
		{"and applied again", func() {
			in.create(t, build.TokenIssuer(system+"/default", func(ti *v1alpha1.TokenIssuer) { ti.Spec = issuer.Spec }))
		}, invoices(), "ready", ready(v1alpha1.ReasonReady)},
		{"its configuration is deleted", func() { in.remove(t, configuration()) }, configuration(), "restored", there},
		{"its configuration is altered", func() {
			in.change(t, configuration(), func(o client.Object) { o.(*corev1.ConfigMap).Data = nil })
		}, configuration(), "restored", func(o client.Object) bool { return len(o.(*corev1.ConfigMap).Data) == 1 }},
		{"a CA is named that is not there", func() {
			in.change(t, build.TokenIssuer(system+"/default"), func(o client.Object) { build.Believe("corp-ca", "")(o.(*v1alpha1.TokenIssuer)) })
		}, build.TokenIssuer(system + "/default"), "told so", ready(v1alpha1.ReasonCABundleMissing)},
		{"it comes", func() {
			corp := secret(system, "corp-ca")
			corp.Data = map[string][]byte{"ca.crt": first509}
			in.create(t, corp)
		}, credentials(), "handed on", believes(first509)},
		{"it is another one", func() {
			in.change(t, secret(system, "corp-ca"), func(o client.Object) { o.(*corev1.Secret).Data["ca.crt"] = second509 })
		}, credentials(), "handed on", believes(second509)},
		{"the client is deleted", func() { in.remove(t, invoices()) }, registered(), "gone", gone},
		{"a client is removed by force", func() {
			api := build.OAuthClient("team-billing/billing-api")
			in.change(t, api, func(o client.Object) { o.SetFinalizers(nil) })
			in.remove(t, api)
		}, secret(system, registration.SecretName("default", "team-billing.billing-api")), "gone", gone},
	} {
		step.do()
		t.Log(step.name)
		await(t, in, step.what, step.until, step.done)
	}
}

func secret(namespace, name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func configuration() *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: registration.ServiceName("default")}}
}

func (in *installation) read(t *testing.T, object client.Object) {
	t.Helper()
	if err := in.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatal(err)
	}
}

func (in *installation) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := in.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

func (in *installation) remove(t *testing.T, object client.Object) {
	t.Helper()
	if err := in.WithWatch.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// change writes an object with a change, whatever else is written at the same time.
func (in *installation) change(t *testing.T, object client.Object, change func(client.Object)) {
	t.Helper()
	in.read(t, object)
	before := object.DeepCopyObject().(client.Object)
	change(object)
	if err := in.Patch(t.Context(), object, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

func (in *installation) label(t *testing.T, namespace string, labels map[string]string) {
	t.Helper()
	in.change(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, func(o client.Object) { o.SetLabels(labels) })
}

// restartWritesNothing starts another operator over objects that are in order, and waits until it has looked at all of
// them. It then asks it for one thing, the status of a client that cannot be registered, and wants to see nothing else.
// authorityOf is a certificate that may stand for a CA.
func authorityOf(t *testing.T, name string) []byte {
	t.Helper()
	certificate, _, err := certutil.GenerateSelfSignedCertKey(name, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func (in *installation) restartWritesNothing(t *testing.T) {
	all := in.readByPasses(t)
	stop := in.operate(t)
	in.requests.awaitReads(t, all)
	lost := build.OAuthClient("default/lost", build.Of("default/none"))
	in.create(t, lost)
	defer in.remove(t, lost)
	await(t, in, lost, "told so", ready(v1alpha1.ReasonIssuerNotFound))
	stop()
	in.requests.mu.Lock()
	defer in.requests.mu.Unlock()
	got := slices.DeleteFunc(in.requests.writes, func(write string) bool {
		// Events of that client, and of who leads.
		return write == "POST /apis/events.k8s.io/v1/namespaces/default/events" || write == "POST /api/v1/namespaces/"+system+"/events"
	})
	want := []string{"PATCH /apis/oauth.tokenwright.dev/v1alpha1/namespaces/default/oauthclients/lost/status"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// readByPasses lists what passes over all objects read, one live object at least for each pass.
func (in *installation) readByPasses(t *testing.T) []string {
	t.Helper()
	paths := []string{"/api/v1/namespaces/" + system + "/configmaps/" + registration.ServiceName("default")}
	for _, oc := range in.clients(t) {
		paths = append(paths, "/api/v1/namespaces/"+oc.Namespace+"/secrets/"+oc.Status.Binding.Name)
	}
	var versions corev1.ConfigMapList
	if err := in.List(t.Context(), &versions, client.InNamespace(system), client.HasLabels{v1alpha1.PolicyLabel}); err != nil {
		t.Fatal(err)
	}
	for _, version := range versions.Items {
		paths = append(paths, "/api/v1/namespaces/"+system+"/configmaps/"+version.Name)
	}
	if len(paths) < 8 {
		t.Fatalf("only these would be read: %q", paths)
	}
	return paths
}
