package tokenissuer_test

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

// staffed has an identity provider whose users stand in the Secret users.
func staffed(ti *v1alpha1.TokenIssuer) {
	ti.Spec.IdentityProviders = []v1alpha1.IdentityProvider{
		{Name: "staff", DisplayName: "Staff", Users: &v1alpha1.UsersProvider{SecretRef: v1alpha1.SecretReference{Name: "users"}}},
	}
}

// TestIssuerWaitsForItsUsers tells what is missing until it is there, without anybody waking it.
func TestIssuerWaitsForItsUsers(t *testing.T) {
	s := begin(t, staffed)
	if result := s.pass(t); result.RequeueAfter != 30*time.Second {
		t.Errorf("looks again after %v, want 30s", result.RequeueAfter)
	}
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonUsersSecretMissing)
	if message := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(message, "create secret generic users") {
		t.Errorf("the message %q does not say what to do", message)
	}
	users := s.secret("users")
	users.Type = v1alpha1.UsersSecretType
	users.Data = map[string][]byte{registration.UsersDataKey: []byte("users: []")}
	s.Create(t, users)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionFalse, v1alpha1.ReasonUsersSecretMissing)
	stage.Change(t, s.Stage, users, func(held *corev1.Secret) { held.Labels = map[string]string{v1alpha1.IssuerLabel: "default"} })
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.IdentityProvidersReady, metav1.ConditionTrue, v1alpha1.ReasonProvidersReady)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// TestPeopleBringRS256 adds identity providers to an issuer that runs: RS256 joins its keys, and signs no access token.
func TestPeopleBringRS256(t *testing.T) {
	s := running(t)
	stage.Change(t, s.Stage, s.issuer, staffed)
	s.pass(t)
	wantStates(t, s, "ES256 Active", "RS256 Pending")
	s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionFalse, v1alpha1.ReasonKeysPending)
	if diff := cmp.Diff([]string{"ES256"}, s.config(t).Algorithms); diff != "" {
		t.Errorf("algorithms of access tokens (-want +got):\n%s", diff)
	}
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.IdentityProviders = nil })
	s.pass(t)
	if got := stage.Message(s.issuer, v1alpha1.IdentityProvidersReady); got != "" {
		t.Errorf("an issuer without identity providers says of them %q", got)
	}
}

// TestConfigurationSaysWhatIsAskedFor carries spec over to what the issuer reads.
func TestConfigurationSaysWhatIsAskedFor(t *testing.T) {
	s := begin(t, staffed, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Sessions = &v1alpha1.Sessions{Lifetime: "12h", IdleLifetime: "30m"}
		ti.Spec.Branding = &v1alpha1.Branding{Name: "Shop", Logo: &v1alpha1.Logo{MediaType: "image/png", Data: []byte("png")}}
		ti.Spec.Scopes = []v1alpha1.ScopeDescription{{Name: "orders:read", Description: "see your orders"}}
		ti.Spec.Storage = &v1alpha1.Storage{Type: v1alpha1.StorageMemory}
	})
	s.pass(t)
	want := registration.IssuerConfig{
		URL: build.URL, Algorithms: []string{"ES256"},
		IdentityProviders: []registration.IdentityProvider{{Name: "staff", DisplayName: "Staff", UsersSecret: "users"}},
		Sessions:          registration.Sessions{Lifetime: 43200, IdleLifetime: 1800},
		Branding:          registration.Branding{Name: "Shop", Logo: []byte("png"), LogoType: "image/png"},
		Scopes:            map[string]string{"orders:read": "see your orders"},
		Storage:           registration.StorageMemory,
	}
	if diff := cmp.Diff(want, s.config(t)); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// TestSealingRingRemembersRefreshTokens from the start, also one that was made before there were any.
func TestSealingRingRemembersRefreshTokens(t *testing.T) {
	s := running(t)
	held := s.sealingSecret()
	if got := s.ring(t, held).LongestLifetime; got != 2592000 {
		t.Errorf("a new sealing ring remembers %d s, want 2592000", got)
	}
	old := strings.Replace(string(held.Data[registration.RingDataKey]), `"longestLifetime":2592000`, `"longestLifetime":3600`, 1)
	stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Data[registration.RingDataKey] = []byte(old) })
	s.pass(t)
	if diff := cmp.Diff([]string{"update sealing keys"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if got := s.ring(t, held).LongestLifetime; got != 2592000 {
		t.Errorf("an old sealing ring remembers %d s, want 2592000", got)
	}
}

// config reads what a replica is told.
func (s *story) config(t *testing.T) registration.IssuerConfig {
	t.Helper()
	held := s.configuration()
	s.Read(t, held)
	config, err := registration.DecodeConfig([]byte(held.Data[registration.ConfigDataKey]))
	if err != nil {
		t.Fatal(err)
	}
	return config
}
