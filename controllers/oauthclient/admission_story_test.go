package oauthclient_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// labelNamespace puts labels on a namespace, as the platform team does.
func (s *story) labelNamespace(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	stage.Change(t, s.Stage, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, func(ns *corev1.Namespace) {
		ns.Labels = labels
	})
}

func TestTakenClientID(t *testing.T) {
	s := begin(t)
	other := s.Namespace(t)
	stage.Change(t, s.Stage, s.root, build.AllowClientIDs("legacy"))
	winner := s.registered(t, "first", build.ClientID("legacy"))
	loser := build.OAuthClient(other+"/second", build.ClientID("legacy"))
	s.Create(t, loser)
	inUse := s.clientSecret(t, winner)
	before := s.registration(t, winner)

	s.pass(t, loser)
	s.WantCondition(t, loser, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonClientIDTaken)
	if message := stage.Message(loser, v1alpha1.Ready); !strings.Contains(message, s.Apps+"/first") {
		t.Errorf("the loser is told %q, which does not name %s/first", message, s.Apps)
	}
	s.pass(t, winner)
	if diff := cmp.Diff([]string{"apply OAuthClient status"}, s.Writes()); diff != "" {
		t.Errorf("writes for the loser, and then for the winner (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, s.registration(t, winner)); diff != "" {
		t.Errorf("the loser changed the winner's registration (-before +after):\n%s", diff)
	}

	s.Delete(t, loser)
	s.Create(t, build.OAuthClient(other+"/second", build.ClientID("legacy")))
	s.pass(t, loser)
	if !s.accepts(t, winner, inUse) {
		t.Fatal("the loser took the winner's registration with it")
	}

	s.Delete(t, winner)
	s.pass(t, winner)
	s.settle(t, loser)
	s.WantCondition(t, loser, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if s.accepts(t, loser, inUse) || !s.accepts(t, loser, s.clientSecret(t, loser)) {
		t.Error("want the heir's credential accepted, and the winner's no longer")
	}
}

// TestRaceForClientID lets two clients take one client_id at the same time, each unseen by the other.
func TestRaceForClientID(t *testing.T) {
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.AllowClientIDs("legacy"))
	first, second := s.client(t, "first", build.ClientID("legacy")), s.client(t, "second", build.ClientID("legacy"))
	s.Sync(t)
	s.Freeze()
	for _, oc := range []*v1alpha1.OAuthClient{first, second} {
		if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
			t.Fatalf("%s: %v", oc.Name, err)
		}
	}
	s.WantCondition(t, first, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	s.WantCondition(t, second, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonClientIDTaken)
	if !s.Gone(t, s.credentialsSecret(second)) {
		t.Error("the loser has credentials, of which the issuer knows nothing")
	}
}

// TestAdmission takes clients in and out again. Whatever revokes leaves the Secret, so that a mistake can be undone.
func TestAdmission(t *testing.T) {
	for _, tc := range []struct {
		name         string
		given        func(*testing.T, *story) // before the client is registered
		expel, admit func(*testing.T, *story)
		reason       string
		revokes      bool
	}{
		{
			name:   "namespace not admitted",
			expel:  func(t *testing.T, s *story) { s.changeIssuer(t, build.OwnNamespaceOnly()) },
			admit:  func(t *testing.T, s *story) { s.changeIssuer(t, build.AdmitNamespaces(nil)) },
			reason: v1alpha1.ReasonNamespaceNotAdmitted, revokes: true,
		},
		{
			name: "namespace loses its label",
			given: func(t *testing.T, s *story) {
				s.labelNamespace(t, s.Apps, map[string]string{"clients": "yes"})
				s.changeIssuer(t, build.AdmitNamespaces(map[string]string{"clients": "yes"}))
			},
			expel:  func(t *testing.T, s *story) { s.labelNamespace(t, s.Apps, nil) },
			admit:  func(t *testing.T, s *story) { s.labelNamespace(t, s.Apps, map[string]string{"clients": "yes"}) },
			reason: v1alpha1.ReasonNamespaceNotAdmitted, revokes: true,
		},
		{
			name:   "no policy",
			expel:  func(t *testing.T, s *story) { s.Delete(t, s.root) },
			admit:  func(t *testing.T, s *story) { s.Create(t, build.TokenPolicy(s.System+"/another")) },
			reason: v1alpha1.ReasonNoPolicy, revokes: true,
		},
		{
			name: "no policy that selects",
			expel: func(t *testing.T, s *story) {
				stage.Change(t, s.Stage, s.root, build.SelectNamespaces(map[string]string{"a": "b"}))
			},
			admit:  func(t *testing.T, s *story) { s.changeIssuer(t, build.AllowUngoverned()) },
			reason: v1alpha1.ReasonNoPolicy, revokes: true,
		},
		{
			name:   "a local policy alone authorizes nobody",
			given:  func(t *testing.T, s *story) { s.Create(t, build.TokenPolicy(s.Apps+"/own", build.AllowScopes("*"))) },
			expel:  func(t *testing.T, s *story) { s.Delete(t, s.root) },
			admit:  func(t *testing.T, s *story) { s.Create(t, build.TokenPolicy(s.System+"/another")) },
			reason: v1alpha1.ReasonNoPolicy, revokes: true,
		},
		{
			name:   "no issuer",
			expel:  func(t *testing.T, s *story) { s.Delete(t, build.TokenIssuer(s.Issuer().String())) },
			admit:  func(t *testing.T, s *story) { s.Create(t, build.TokenIssuer(s.Issuer().String())) },
			reason: v1alpha1.ReasonIssuerNotFound,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			if tc.given != nil {
				tc.given(t, s)
			}
			oc := s.registered(t, "web")
			inUse := s.clientSecret(t, oc)

			tc.expel(t, s)
			s.settle(t, oc)
			s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionFalse, tc.reason)
			s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, tc.reason)
			s.WantCondition(t, oc, v1alpha1.Stalled, metav1.ConditionTrue, tc.reason)
			s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, v1alpha1.ReasonNotRegistered)
			s.WantCondition(t, oc, v1alpha1.PolicyCompliant, metav1.ConditionFalse, v1alpha1.ReasonNotRegistered)
			if revoked := s.Gone(t, s.registrationSecret(oc)); revoked != tc.revokes {
				t.Errorf("the registration is gone: %t, want %t", revoked, tc.revokes)
			}

			tc.admit(t, s)
			s.settle(t, oc)
			s.wantSound(t, oc)
			if s.clientSecret(t, oc) != inUse {
				t.Error("the credential was replaced, though it was only out of force")
			}
		})
	}
}

func (s *story) changeIssuer(t *testing.T, change func(*v1alpha1.TokenIssuer)) {
	t.Helper()
	stage.Change(t, s.Stage, build.TokenIssuer(s.Issuer().String()), change)
}

// TestUngovernedAllow registers a client under the built-in rules, and says so.
func TestUngovernedAllow(t *testing.T) {
	s := begin(t)
	s.Delete(t, s.root)
	s.changeIssuer(t, build.AllowUngoverned())
	oc := s.registered(t, "web", build.Lifetime("2h"))
	lifetime := oc.Status.Effective.AccessToken.Lifetime
	if len(oc.Status.Effective.Policies) != 0 || lifetime.Value != "1h" || lifetime.DecidedBy != v1alpha1.DecidedByBuiltin {
		t.Errorf("policies %v decided a lifetime of %v, want none, and 1h by %s", oc.Status.Effective.Policies, lifetime,
			v1alpha1.DecidedByBuiltin)
	}
}

// TestTightenedPolicy narrows what is registered at once, and names the policy and the value.
func TestTightenedPolicy(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("orders:read", "orders:write"), build.Lifetime("45m"))
	inUse := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, s.root, func(tp *v1alpha1.TokenPolicy) {
		build.AllowScopes("*:read")(tp)
		build.MaxLifetime("5m")(tp)
	})
	s.pass(t, oc)
	if diff := cmp.Diff([]string{"update registration", "update credentials", "apply OAuthClient status"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	r := s.registration(t, oc)
	if diff := cmp.Diff([]string{"orders:read"}, r.Scopes); diff != "" || r.AccessTokenLifetime != 300 {
		t.Errorf("registered for %v seconds, with scopes (-want +got):\n%s", r.AccessTokenLifetime, diff)
	}
	s.WantCondition(t, oc, v1alpha1.PolicyCompliant, metav1.ConditionFalse, v1alpha1.ReasonBeyondPolicy)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonBeyondPolicy)
	for _, part := range []string{"orders:write", s.System + "/root"} {
		if message := stage.Message(oc, v1alpha1.Ready); !strings.Contains(message, part) {
			t.Errorf("message %q does not name %s", message, part)
		}
	}
	if got := oc.Status.Effective.AccessToken.Lifetime; got.Value != "5m" || string(got.DecidedBy) != s.System+"/root" {
		t.Errorf("status tells of a lifetime of %v", got)
	}
	if s.clientSecret(t, oc) != inUse {
		t.Error("the credential was replaced")
	}
}

// TestPolicyNotAccepted breaks policies: one that was accepted before stays in force as it was; a local one that never was
// lets new clients of its namespace wait, and holds up nothing else; a root one that never was holds up nobody.
func TestPolicyNotAccepted(t *testing.T) {
	s := begin(t)
	policies := s.TokenPolicies()
	stage.Change(t, s.Stage, s.root, build.AllowScopes("*:read"))
	s.Reconcile(t, policies, s.root)
	oc := s.client(t, "web", build.Scopes("a:read", "a:write", "b:read"))
	s.pass(t, oc)
	before := s.registration(t, oc)
	scopes := func(when string, want ...string) {
		t.Helper()
		s.settle(t, oc)
		if diff := cmp.Diff(want, s.registration(t, oc).Scopes); diff != "" {
			t.Errorf("scopes, %s (-want +got):\n%s", when, diff)
		}
	}

	stage.Change(t, s.Stage, s.root, func(tp *v1alpha1.TokenPolicy) {
		build.AllowScopes("*")(tp)
		build.SelectNonsense()(tp)
	})
	s.Reconcile(t, policies, s.root)
	s.settle(t, oc)
	if diff := cmp.Diff(before, s.registration(t, oc)); diff != "" {
		t.Errorf("a version that is not accepted changed a registration (-before +after):\n%s", diff)
	}

	s.Create(t, build.TokenPolicy(s.System+"/unknown", build.SelectNonsense(), build.AllowScopes("nothing")))
	s.Create(t, build.TokenPolicy(s.Apps+"/broken", build.SelectNonsense(), build.AllowScopes("nothing")))
	scopes("beside policies that were never accepted", "a:read", "b:read")
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionTrue, v1alpha1.ReasonRegistered)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted)
	s.Create(t, build.TokenPolicy(s.System+"/less", build.AllowScopes("b:*")))
	scopes("after the platform allowed less", "b:read")

	late := s.client(t, "late")
	s.settle(t, late)
	s.WantCondition(t, late, v1alpha1.Registered, metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted)
	if !s.Gone(t, s.registrationSecret(late)) || !s.Gone(t, s.credentialsSecret(late)) {
		t.Error("a client was registered beside a local policy that nobody knows")
	}
	s.Delete(t, build.TokenPolicy(s.Apps+"/broken"))
	s.settle(t, late)
	s.wantSound(t, late)

	s.Create(t, build.TokenPolicy(s.Apps+"/broken", build.SelectNonsense()))
	s.Delete(t, s.root)
	s.Delete(t, build.TokenPolicy(s.System+"/less"))
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted)
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("a client is registered, though no root policy that was accepted is left")
	}
}

// TestWaitingClientIsNotRegisteredAnew breaks, while a policy of its namespace is unknown, what keeps a client registered. It
// must wait: what would be registered now may be more than its team wants.
func TestWaitingClientIsNotRegisteredAnew(t *testing.T) {
	for _, tc := range []struct {
		name string
		lose func(*testing.T, *story, *v1alpha1.OAuthClient)
	}{
		{"registration deleted", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) { s.Delete(t, s.registrationSecret(oc)) }},
		{"registration garbled", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.registrationSecret(oc), func(held *corev1.Secret) { held.Data[registration.DataKey] = nil })
		}},
		{"client made anew", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) { s.remake(t, oc, build.Scopes("b")) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web", build.Scopes("a", "b"))
			s.Create(t, build.TokenPolicy(s.Apps+"/broken", build.SelectNonsense(), build.AllowScopes("a")))
			tc.lose(t, s, oc)
			s.settle(t, oc)
			s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted)
			s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted)
			held := s.registrationSecret(oc)
			if s.Gone(t, held) {
				return
			}
			if r, err := registration.Decode(held.Data[registration.DataKey]); err == nil {
				t.Errorf("it is registered, for the scopes %q", r.Scopes)
			}
		})
	}
}

// remake replaces a client by another one of its name, by force: nobody released the former one.
func (s *story) remake(t *testing.T, oc *v1alpha1.OAuthClient, options ...func(*v1alpha1.OAuthClient)) {
	t.Helper()
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = nil })
	s.Delete(t, oc)
	*oc = *build.OAuthClient(s.Apps+"/"+oc.Name, options...)
	s.Create(t, oc)
}

// TestPredecessor gives a client the name of one that was removed by force. Nothing of the former one may live on.
func TestPredecessor(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a"))
	former := s.clientSecret(t, oc)
	s.remake(t, oc, build.Scopes("b"))
	s.settle(t, oc)
	if r := s.registration(t, oc); r.Owner.UID != string(oc.UID) || s.accepts(t, oc, former) {
		t.Errorf("the registration is that of %s, want %s; the former credential is accepted: %t", r.Owner.UID, oc.UID,
			s.accepts(t, oc, former))
	}
	// The former Secret is its former owner's until the garbage collector has removed it.
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
	s.Delete(t, s.credentialsSecret(oc))
	s.settle(t, oc)
	s.wantSound(t, oc)
}

// TestIssuerComesLater lets a client wait for an issuer, and then for its key ring.
func TestIssuerComesLater(t *testing.T) {
	s := &story{Stage: stage.New(t)}
	s.reconciler = s.OAuthClients()
	s.Create(t, build.TokenPolicy(s.System+"/root"))
	oc := s.client(t, "web")
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonIssuerNotFound)
	if len(oc.Finalizers) != 0 {
		t.Error("a client is held that was never registered")
	}
	issuer := build.TokenIssuer(s.Issuer().String())
	s.Create(t, issuer)
	if result := s.Reconcile(t, s.reconciler, oc); result.RequeueAfter == 0 {
		t.Error("a client is forgotten whose issuer has no key ring yet")
	}
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("a client was registered at an issuer whose key ring is not prepared for it")
	}
	s.Reconcile(t, s.TokenIssuers(), issuer)
	s.settle(t, oc)
	s.wantSound(t, oc)
}

// TestUnservedIssuer refuses a client that brings an issuer of its own.
func TestUnservedIssuer(t *testing.T) {
	s := begin(t)
	s.Create(t, build.TokenIssuer(s.Apps+"/own", build.AllowUngoverned()))
	oc := s.client(t, "web", build.Of(s.Apps+"/own"))
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonIssuerNotFound)
}

// TestLongerLifetimePreparesKeyRing raises the ring before anything that long is registered.
func TestLongerLifetimePreparesKeyRing(t *testing.T) {
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.MaxLifetime("12h"))
	oc := s.client(t, "web", build.Lifetime("12h"))
	s.pass(t, oc)
	want := []string{
		"patch OAuthClient", "update signing keys", "create registration", "create credentials", "apply OAuthClient status",
	}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if got := time.Duration(s.registration(t, oc).AccessTokenLifetime) * time.Second; got != 12*time.Hour {
		t.Errorf("registered for %v, want 12h", got)
	}
	another := s.client(t, "another", build.Lifetime("11h"))
	s.pass(t, another)
	if diff := cmp.Diff([]string{"patch OAuthClient", "create registration", "create credentials", "apply OAuthClient status"}, s.Writes()); diff != "" {
		t.Errorf("writes, for a lifetime that the ring is prepared for (-want +got):\n%s", diff)
	}
}

// TestNewKeyRingIsPrepared takes an issuer's ring away, so that it gets another one, which knows nothing of lifetimes.
func TestNewKeyRingIsPrepared(t *testing.T) {
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.MaxLifetime("12h"))
	oc := s.registered(t, "web", build.Lifetime("12h"))
	ring := secret(s.System, registration.SigningRingName("default"))
	s.Delete(t, ring)
	s.Reconcile(t, s.TokenIssuers(), build.TokenIssuer(s.Issuer().String()))
	s.settle(t, oc)
	s.Read(t, ring)
	if got := ring.Annotations[v1alpha1.LongestLifetimeAnnotation]; got != "43200" {
		t.Errorf("the new ring remembers lifetimes up to %s s, want 43200, which is registered", got)
	}
}

// TestKeyRingIsNoRing tells a client why it waits.
func TestKeyRingIsNoRing(t *testing.T) {
	s := &story{Stage: stage.New(t)}
	s.reconciler = s.OAuthClients()
	s.Create(t, build.TokenPolicy(s.System+"/root"), build.TokenIssuer(s.Issuer().String()),
		secret(s.System, registration.SigningRingName("default")))
	oc := s.client(t, "web")
	s.pass(t, oc)
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("a client was registered at an issuer without a key ring")
	}
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonWriteRefused)
	if message := stage.Message(oc, v1alpha1.Ready); !strings.Contains(message, "key ring") {
		t.Errorf("the message %q does not speak of the key ring", message)
	}
}

// TestLongerLifetimeWaitsForKeyRing registers nothing while the ring cannot be raised.
func TestLongerLifetimeWaitsForKeyRing(t *testing.T) {
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.MaxLifetime("12h"))
	oc := s.registered(t, "web")
	before := s.registration(t, oc)
	stage.Change(t, s.Stage, oc, build.Lifetime("12h"))
	s.CrashAt(1, stage.Before)
	if _, err := s.Try(t, s.reconciler, oc); err == nil {
		t.Fatal("Reconcile succeeded, want the crash")
	}
	if diff := cmp.Diff(before, s.registration(t, oc)); diff != "" {
		t.Errorf("the registration changed before the ring (-before +after):\n%s", diff)
	}
}
