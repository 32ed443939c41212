package oauthclient_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// woken calls a watch's handler with a queue and tells which of this stage's clients it woke, as "<namespace>/<name>" with
// the namespaces called apps and more.
func (s *crowd) woken(t *testing.T, handle func(queue)) []string {
	t.Helper()
	s.Sync(t)
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer q.ShutDown()
	handle(q)
	woken := []string{}
	for q.Len() > 0 {
		request, _ := q.Get()
		namespace := map[string]string{s.Apps: "apps", s.more: "more", s.System: "system"}[request.Namespace]
		woken = append(woken, namespace+"/"+request.Name)
		q.Done(request)
	}
	slices.Sort(woken)
	return woken
}

// crowd is a story with clients of several namespaces, labels and issuers.
type crowd struct {
	*story
	more string
}

func gather(t *testing.T) *crowd {
	t.Helper()
	s := &crowd{story: begin(t)}
	s.more = s.Namespace(t)
	s.labelNamespace(t, s.more, map[string]string{"tier": "more"})
	front, back := map[string]string{"tier": "front"}, map[string]string{"tier": "back"}
	s.Create(t,
		build.OAuthClient(s.Apps+"/a", build.Labels(front)),
		build.OAuthClient(s.Apps+"/b", build.Labels(back)),
		build.OAuthClient(s.more+"/c", build.Labels(front)),
		build.OAuthClient(s.more+"/d", build.Of(s.System+"/default")),
		build.OAuthClient(s.more+"/e", build.Of(s.more+"/own"), build.Labels(front)),
		build.OAuthClient(s.System+"/f"),
	)
	return s
}

// TestPolicyWakesWhomItSelects wakes those that the old or the new version selects, and nobody else.
func TestPolicyWakesWhomItSelects(t *testing.T) {
	s := gather(t)
	on := s.reconciler.OnPolicy()
	front := build.SelectClients(map[string]string{"tier": "front"})
	back := build.SelectClients(map[string]string{"tier": "back"})
	more := build.SelectNamespaces(map[string]string{"tier": "more"})
	root := func(options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
		return build.TokenPolicy(s.System+"/p", options...)
	}
	local := func(options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
		return build.TokenPolicy(s.Apps+"/p", options...)
	}
	for _, tc := range []struct {
		name     string
		old, new *v1alpha1.TokenPolicy
		want     []string
	}{
		{"root, all", nil, root(), []string{"apps/a", "apps/b", "more/c", "more/d", "system/f"}},
		{"root, by label", nil, root(front), []string{"apps/a", "more/c"}},
		{"root, by namespace", nil, root(more), []string{"more/c", "more/d"}},
		{"root, by both", nil, root(front, more), []string{"more/c"}},
		{"root, nobody", nil, root(build.SelectClients(map[string]string{"tier": "none"})), []string{}},
		{"root, deleted", root(front), nil, []string{"apps/a", "more/c"}},
		{"root, moved", root(front), root(back), []string{"apps/a", "apps/b", "more/c"}},
		{"root, no longer accepted", root(back), root(build.SelectNonsense()), []string{"apps/a", "apps/b", "more/c", "more/d", "system/f"}},
		{"local, all", nil, local(), []string{"apps/a", "apps/b"}},
		{"local, by label", nil, local(back), []string{"apps/b"}},
		{"local, moved", local(back), local(front), []string{"apps/a", "apps/b"}},
		{"local, with a field for roots", nil, local(more), []string{"apps/a", "apps/b"}},
		{"local, where other issuers' clients stand", nil, build.TokenPolicy(s.more+"/p", front), []string{"more/c", "more/e"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := s.woken(t, func(q queue) {
				switch {
				case tc.old == nil:
					on.Create(t.Context(), event.CreateEvent{Object: tc.new}, q)
				case tc.new == nil:
					on.Delete(t.Context(), event.DeleteEvent{Object: tc.old}, q)
				default:
					on.Update(t.Context(), event.UpdateEvent{ObjectOld: tc.old, ObjectNew: tc.new}, q)
				}
			})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIssuerAndNamespaceWakeTheirs(t *testing.T) {
	s := gather(t)
	issuer := func(key string) func(queue) {
		return func(q queue) {
			s.reconciler.OnIssuer().Create(t.Context(), event.CreateEvent{Object: build.TokenIssuer(key)}, q)
		}
	}
	namespace := func(name string) func(queue) {
		return func(q queue) {
			object := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: name}}
			s.reconciler.OnNamespace().Update(t.Context(), event.UpdateEvent{ObjectOld: object, ObjectNew: object}, q)
		}
	}
	for _, tc := range []struct {
		name   string
		handle func(queue)
		want   []string
	}{
		{"the default issuer", issuer(s.System + "/default"), []string{"apps/a", "apps/b", "more/c", "more/d", "system/f"}},
		{"another issuer", issuer(s.more + "/own"), []string{"more/e"}},
		{"an issuer of nobody", issuer(s.System + "/other"), []string{}},
		{"a namespace", namespace(s.Apps), []string{"apps/a", "apps/b"}},
		{"a namespace without clients", namespace("default"), []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, s.woken(t, tc.handle)); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretWakesItsClient(t *testing.T) {
	s := gather(t)
	on := s.reconciler.OnSecret()
	credentials := func(namespace, client string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: map[string]string{
			v1alpha1.ClientLabel: client,
		}}}
	}
	registrationIn := func(namespace, owner, id string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Annotations: map[string]string{
			v1alpha1.OwnerAnnotation: owner, v1alpha1.ClientIDAnnotation: id,
		}}}
	}
	registration := func(owner, id string) client.Object { return registrationIn(s.System, owner, id) }
	ringIn := func(namespace, issuer, longest string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Labels: map[string]string{v1alpha1.IssuerLabel: issuer},
			Annotations: map[string]string{v1alpha1.LongestLifetimeAnnotation: longest},
		}}
	}
	ring := func(issuer, longest string) client.Object { return ringIn(s.System, issuer, longest) }
	forged := registrationIn(s.more, s.Apps+"/a", s.Apps+".b")
	created := func(object client.Object) func(queue) {
		return func(q queue) { on.Create(t.Context(), event.CreateEvent{Object: object}, q) }
	}
	updated := func(before, after client.Object) func(queue) {
		return func(q queue) { on.Update(t.Context(), event.UpdateEvent{ObjectOld: before, ObjectNew: after}, q) }
	}
	deleted := func(object client.Object) func(queue) {
		return func(q queue) { on.Delete(t.Context(), event.DeleteEvent{Object: object}, q) }
	}
	for _, tc := range []struct {
		name   string
		handle func(queue)
		want   []string
	}{
		{"created, with its client", created(credentials(s.Apps, "a")), []string{}},
		{"created, without a client", created(registration(s.Apps+"/gone", "x")), []string{"apps/gone"}},
		{"altered", updated(credentials(s.Apps, "a"), credentials(s.Apps, "a")), []string{"apps/a"}},
		{"given to another", updated(credentials(s.Apps, "a"), credentials(s.Apps, "b")), []string{"apps/a", "apps/b"}},
		{"loses its label", updated(credentials(s.Apps, "a"), credentials(s.Apps, "")), []string{"apps/a"}},
		{"deleted", deleted(credentials(s.more, "c")), []string{"more/c"}},
		{"registration altered", updated(registration(s.Apps+"/a", "x"), registration(s.Apps+"/a", "x")), []string{"apps/a"}},
		{"registration deleted, and others wait for its client_id", deleted(registration("x/y", s.more+".c")), []string{"/y", "more/c"}},
		{"key ring altered", updated(ring("default", "7200"), ring("default", "3600")), []string{}},
		{"key ring deleted", deleted(ring("default", "3600")), []string{"apps/a", "apps/b", "more/c", "more/d", "system/f"}},
		{"key ring of another issuer deleted", deleted(ring("other", "3600")), []string{}},
		{"a tenant's that names another's client, created", created(registrationIn(s.more, s.Apps+"/gone", "x")), []string{}},
		{"a tenant's that names another's client, altered", updated(forged, forged), []string{}},
		{"a tenant's that names another's client and client_id, deleted", deleted(forged), []string{}},
		{"a tenant's that looks like a key ring, deleted", deleted(ringIn(s.more, "own", "3600")), []string{}},
		{"of nobody", deleted(&metav1.PartialObjectMetadata{}), []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, s.woken(t, tc.handle)); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWaitersAreWoken lets the deletion of a winner wake the loser.
func TestWaitersAreWoken(t *testing.T) {
	s := gather(t)
	stage.Change(t, s.Stage, s.root, build.AllowClientIDs("legacy"))
	winner := s.registered(t, "winner", build.ClientID("legacy"))
	s.client(t, "loser", build.ClientID("legacy"))
	held := s.registrationSecret(winner)
	s.Read(t, held)
	got := s.woken(t, func(q queue) {
		s.reconciler.OnSecret().Delete(t.Context(), event.DeleteEvent{Object: metadataOf(held)}, q)
	})
	if diff := cmp.Diff([]string{"apps/loser", "apps/winner"}, got); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
}

func metadataOf(secret *corev1.Secret) client.Object {
	return &metav1.PartialObjectMetadata{ObjectMeta: secret.ObjectMeta}
}

// TestLoginsWakeWhoNeedsPeople: the flip alone wakes, and those alone that it concerns.
func TestLoginsWakeWhoNeedsPeople(t *testing.T) {
	s := begin(t)
	s.Create(t,
		build.OAuthClient(s.Apps+"/web", granted(v1alpha1.AuthorizationCode)),
		build.OAuthClient(s.Apps+"/tv", granted(v1alpha1.DeviceCode, v1alpha1.ClientCredentials)),
		build.OAuthClient(s.Apps+"/machine"),
		build.OAuthClient(s.Apps+"/elsewhere", granted(v1alpha1.DeviceCode), build.Of(s.Apps+"/own")),
	)
	c := &crowd{story: s}
	with := func(states ...v1alpha1.LoginState) *v1alpha1.TokenIssuer {
		ti := build.TokenIssuer(s.System + "/default")
		for i, state := range states {
			name := string(rune('a' + i))
			ti.Spec.IdentityProviders = append(ti.Spec.IdentityProviders, v1alpha1.IdentityProvider{Name: name})
			ti.Status.IdentityProviders = append(ti.Status.IdentityProviders, v1alpha1.IdentityProviderStatus{Name: name, Login: state})
		}
		return ti
	}
	const possible, impossible = v1alpha1.LoginPossible, v1alpha1.LoginImpossible
	theirs, nobody := []string{"apps/tv", "apps/web"}, []string{}
	for _, tc := range []struct {
		name     string
		old, new *v1alpha1.TokenIssuer
		want     []string
	}{
		{"nobody can any more", with(possible), with(impossible), theirs},
		{"somebody can again", with(impossible), with(v1alpha1.LoginUnknown), theirs},
		{"nothing new", with(impossible), with(impossible), nobody},
		{"one of two", with(possible, possible), with(possible, impossible), nobody},
		{"the other, too", with(possible, impossible), with(impossible, impossible), theirs},
		{"without providers", with(), with(), nobody},
	} {
		got := c.woken(t, func(q queue) {
			s.reconciler.LoginsChanged(t.Context(), event.UpdateEvent{ObjectOld: tc.old, ObjectNew: tc.new}, q)
		})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: woken (-want +got):\n%s", tc.name, diff)
		}
	}
}

// granted gives a client grant types, and what these need.
func granted(types ...v1alpha1.GrantType) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = types
		if slices.Contains(types, v1alpha1.AuthorizationCode) {
			oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
		}
	}
}
