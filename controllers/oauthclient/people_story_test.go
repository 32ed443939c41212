package oauthclient_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// forPeople makes it a client that people log in to, and that keeps a grant for as long as said.
func forPeople(refresh v1alpha1.Duration) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
		oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
		oc.Spec.Scopes = []v1alpha1.Scope{"openid"}
		oc.Spec.RefreshToken = &v1alpha1.RefreshTokenWishes{Lifetime: refresh}
	}
}

// beginStaffed is a story whose issuer has somebody to log in, and whose root policy lets grants live for a year.
func beginStaffed(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	issuer := build.TokenIssuer(s.Issuer().String())
	stage.Change(t, s.Stage, issuer, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.IdentityProviders = []v1alpha1.IdentityProvider{
			{Name: "staff", Users: &v1alpha1.UsersProvider{SecretRef: v1alpha1.SecretReference{Name: "users"}}},
		}
	})
	stage.Change(t, s.Stage, s.root, func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.RefreshToken = &v1alpha1.RefreshTokenRules{MaxLifetime: "8760h"}
	})
	return s
}

// TestLongerGrantsPrepareKeyRing raises the sealing ring before anything that long is registered.
func TestLongerGrantsPrepareKeyRing(t *testing.T) {
	s := beginStaffed(t)
	oc := s.client(t, "web", forPeople("8760h"))
	s.pass(t, oc)
	want := []string{
		"patch OAuthClient", "update sealing keys", "create registration", "create credentials", "apply OAuthClient status",
	}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	ring := secret(s.System, registration.SealingRingName("default"))
	s.Read(t, ring)
	if got := ring.Annotations[v1alpha1.LongestLifetimeAnnotation]; got != "31536000" {
		t.Errorf("the sealing ring remembers lifetimes up to %s s, want 31536000", got)
	}
	if got := oc.Status.Effective.RefreshToken.Lifetime; got.Value != "8760h" || got.DecidedBy != v1alpha1.DecidedByClient {
		t.Errorf("grants live for %v", got)
	}
	ordinary := s.client(t, "ordinary", forPeople("720h"))
	s.pass(t, ordinary)
	if diff := cmp.Diff([]string{"patch OAuthClient", "create registration", "create credentials", "apply OAuthClient status"}, s.Writes()); diff != "" {
		t.Errorf("writes, for a lifetime that every ring is prepared for (-want +got):\n%s", diff)
	}
}

// TestClientTurnsPublicAndBack loses its credentials at once, and gets new ones.
func TestClientTurnsPublicAndBack(t *testing.T) {
	s := beginStaffed(t)
	oc := s.registered(t, "web", forPeople("24h"))
	former := s.clientSecret(t, oc)

	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) {
		oc.Spec.Authentication = &v1alpha1.ClientAuthentication{Public: &v1alpha1.PublicClient{}}
	})
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	held := s.registration(t, oc)
	if !held.Public || !held.RefreshToken.Rotate || len(held.Credentials)+len(oc.Status.Credentials) != 0 || s.accepts(t, oc, former) {
		t.Errorf("registered with %d credentials, public: %t, rotating: %t", len(held.Credentials), held.Public, held.RefreshToken.Rotate)
	}
	credentials := s.credentialsSecret(oc)
	s.Read(t, credentials)
	if _, has := credentials.Data["client-secret"]; has || string(credentials.Data["client-id"]) != oc.Status.ClientID {
		t.Errorf("the Secret of a public client has the client_id %q, and a client secret: %t", credentials.Data["client-id"], has)
	}

	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Spec.Authentication = nil })
	s.settle(t, oc)
	s.wantSound(t, oc)
	if s.clientSecret(t, oc) == former || s.accepts(t, oc, former) {
		t.Error("the credential from before is back")
	}
}
