package hostile

import (
	"net/http"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// reasonPending is what a client is told that waits for a policy without an accepted version.
const reasonPending = v1alpha1.ReasonPolicyNotAccepted

func keyOf(namespace, name string) client.ObjectKey {
	return client.ObjectKey{Namespace: namespace, Name: name}
}

// root names a root policy.
func root(name string, options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
	return build.TokenPolicy(stack.Namespace+"/"+name, options...)
}

// denyScopes takes scopes away.
func denyScopes(patterns ...v1alpha1.ScopePattern) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.Scopes = &v1alpha1.ScopeRules{Denied: patterns} }
}

// selectNamespace makes a root policy govern one namespace. In a local one it is a field that only root policies may have,
// so no version of that is ever accepted.
func selectNamespace(name string) func(*v1alpha1.TokenPolicy) {
	return build.SelectNamespaces(map[string]string{corev1.LabelMetadataName: name})
}

// refusedLocalPolicy plays each change that the platform team can make over a namespace in which a policy waits. The
// policies of these stories are root policies for the namespace alone, so that the other stories go on.
func (w *tenantWorld) refusedLocalPolicy(t *testing.T, _ *world) {
	m, other := newTeam(t, w.world, "team-waits"), newTeam(t, w.world, "team-waits-too")
	orders := m.register(t, "orders", build.Scopes("orders:read", "orders:write", "orders:list"))
	legacy := m.register(t, "legacy", build.ClientID("legacy-orders"))
	leaver, revoked := m.register(t, "leaver"), m.register(t, "revoked")
	expelled := other.register(t, "expelled")
	live.Create(t, m.hands, m.policy("narrow", denyScopes("orders:list")))
	w.wantToken(t, orders, "no orders:list", func(a live.Token) bool { return a.Scope == "orders:read orders:write" })
	for _, each := range []*team{m, other} {
		broken := each.policy("broken", selectNamespace(each.namespace))
		live.Create(t, each.hands, broken)
		live.AwaitReason(t, w.Installation, broken, v1alpha1.ReasonRootOnly)
	}

	for _, change := range []struct {
		name string
		make func(*testing.T)
	}{
		{"a new client waits, and is told", func(t *testing.T) {
			late := m.oauthClient("late")
			live.Create(t, m.hands, late)
			live.AwaitReason(t, w.Installation, late, reasonPending)
		}},
		{"a root policy denies a scope", func(t *testing.T) {
			live.Create(t, w.Client, root("waits-denied", selectNamespace(m.namespace), denyScopes("orders:write")))
			w.wantToken(t, orders, "orders:read alone", func(a live.Token) bool { return a.Scope == "orders:read" })
		}},
		{"a root policy shortens tokens", func(t *testing.T) {
			live.Create(t, w.Client, root("waits-short", selectNamespace(m.namespace), build.MaxLifetime("2m")))
			w.wantToken(t, orders, "two minutes", func(a live.Token) bool { return a.ExpiresIn == 120 })
		}},
		{"an accepted local policy is damaged, and stays in force", func(t *testing.T) {
			narrow := m.policy("narrow")
			live.Change(t, m.hands, narrow, func(tp *v1alpha1.TokenPolicy) {
				tp.Spec.Scopes = nil
				selectNamespace(m.namespace)(tp)
			})
			live.AwaitReason(t, w.Installation, narrow, v1alpha1.ReasonRootOnly)
			live.Change(t, w.Client, root("waits-short"), build.MaxLifetime("1m"))
			w.wantToken(t, orders, "one minute, and orders:read alone", func(a live.Token) bool {
				return a.ExpiresIn == 60 && a.Scope == "orders:read"
			})
		}},
		{"the registered client is told what waits", func(t *testing.T) {
			live.Await(t, w.Installation, m.oauthClient("orders"), "to name what waits", func(oc *v1alpha1.OAuthClient) bool {
				return slices.ContainsFunc(oc.Status.Conditions, func(c metav1.Condition) bool { return c.Reason == reasonPending })
			})
		}},
		{"a rule on client_ids goes", func(t *testing.T) {
			live.Remove(t, w.Client, root("names"))
			w.wantRefused(t, legacy)
		}},
		{"tokens are revoked", func(t *testing.T) { w.revocationHolds(t, revoked) }},
		{"a client is deleted", func(t *testing.T) {
			live.Remove(t, m.hands, m.oauthClient("leaver"))
			w.wantRefused(t, leaver)
		}},
		{"the issuer takes the namespace no longer", func(t *testing.T) {
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: other.namespace}}
			live.Change(t, w.Client, namespace, func(n *corev1.Namespace) { delete(n.Labels, admitted) })
			w.wantRefused(t, expelled)
		}},
		{"all root policies go, and nobody is governed", func(t *testing.T) { w.ungovernedAreRefused(t, orders) }},
	} {
		t.Run(change.name, change.make)
	}
}

// revocationHolds revokes all tokens of a client, as in an incident.
func (w *tenantWorld) revocationHolds(t *testing.T, credentials live.Credentials) {
	guard := newTeam(t, w.world, "team-guard").register(t, "guard", build.Guards(build.API))
	raw := w.Token(t, credentials.Config()).AccessToken
	w.wantActive(t, guard, raw, true)
	live.Create(t, w.Client, &v1alpha1.TokenRevocation{
		ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "incident"},
		Spec: v1alpha1.TokenRevocationSpec{
			IssuerName: stack.DefaultIssuer, ClientID: v1alpha1.ClientID(credentials.ClientID),
			IssuedBefore: metav1.NewTime(time.Now().Add(time.Minute)), ExpiresAt: metav1.NewTime(time.Now().Add(2 * time.Hour)),
		},
	})
	w.wantActive(t, guard, raw, false)
}

// ungovernedAreRefused takes all root policies away, and gives them back.
func (w *tenantWorld) ungovernedAreRefused(t *testing.T, credentials live.Credentials) {
	var all v1alpha1.TokenPolicyList
	if err := w.Client.List(t.Context(), &all, client.InNamespace(stack.Namespace)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for i := range all.Items {
			again := &v1alpha1.TokenPolicy{Spec: all.Items[i].Spec}
			again.Namespace, again.Name = all.Items[i].Namespace, all.Items[i].Name
			if err := w.Client.Create(contextOf(t), again); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range all.Items {
		live.Remove(t, w.Client, &all.Items[i])
	}
	w.wantRefused(t, credentials)
}

// refusedRootPolicy: what a root policy might have given waits for it, and nothing else.
func (w *tenantWorld) refusedRootPolicy(t *testing.T, _ *world) {
	const unheard = "https://unheard.example"
	m := newTeam(t, w.world, "team-ordinary")
	orders := m.register(t, "orders", build.Scopes("orders:read"))
	damaged := root("damaged", build.SelectNonsense(), build.AllowGuards(unheard), build.AllowClientIDs("unheard-of"))
	live.Create(t, w.Client, damaged)
	t.Cleanup(func() {
		if err := w.Client.Delete(contextOf(t), damaged); err != nil {
			t.Error(err)
		}
	})
	live.AwaitReason(t, w.Installation, damaged, v1alpha1.ReasonInvalidSelector)
	t.Run("a root policy shortens tokens", func(t *testing.T) {
		live.Create(t, w.Client, root("ordinary-short", selectNamespace(m.namespace), build.MaxLifetime("3m")))
		w.wantToken(t, orders, "three minutes", func(a live.Token) bool { return a.ExpiresIn == 180 })
	})
	t.Run("an ordinary client registers", func(t *testing.T) {
		if late := w.settled(t, m, "late"); !live.IsReady(late) {
			t.Errorf("it waits: %s", live.Condition(late, v1alpha1.Ready).Message)
		}
	})
	t.Run("who needs what it might have given waits", func(t *testing.T) {
		for name, option := range map[string]func(*v1alpha1.OAuthClient){
			"guard": build.Guards(unheard), "foreign": build.ClientID("unheard-of"),
		} {
			if waits := w.settled(t, m, name, option); live.IsReady(waits) {
				t.Errorf("%s does not wait", name)
			}
		}
	})
}

// settled applies a client and waits until it is Ready, or a user has to act.
func (w *tenantWorld) settled(t *testing.T, m *team, name string, options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	t.Helper()
	oc := m.oauthClient(name, options...)
	live.Create(t, m.hands, oc)
	return live.Await(t, w.Installation, oc, "to be Ready or Stalled", func(oc *v1alpha1.OAuthClient) bool {
		return live.IsReady(oc) || live.Condition(oc, v1alpha1.Stalled).Status == metav1.ConditionTrue
	})
}

// wantActive lets the API that tokens are for ask until it hears what it should.
func (w *world) wantActive(t *testing.T, guard live.Credentials, raw string, want bool) {
	t.Helper()
	w.Until(t, soon, "active or not", w.introspect(guard, raw), func(a live.Answer) bool {
		return a.Status == http.StatusOK && active(a) == want
	})
}
