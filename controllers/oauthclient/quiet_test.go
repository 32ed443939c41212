package oauthclient_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// TestSteadyStateWritesNothing reconciles clients in every state again and again: not one request goes out that could
// change anything.
func TestSteadyStateWritesNothing(t *testing.T) {
	everything := []func(*v1alpha1.OAuthClient){
		build.Scopes("a", "b"), build.DefaultScopes("a"), build.Audiences("https://one.example", "https://two.example"),
		build.Guards("https://own.example"), build.Lifetime("20m"), build.Labels(map[string]string{"tier": "web"}),
	}
	for _, tc := range []struct {
		name   string
		given  func(*testing.T, *story) *v1alpha1.OAuthClient
		reason string
	}{
		{"smallest", func(t *testing.T, s *story) *v1alpha1.OAuthClient { return s.client(t, "web") }, v1alpha1.ReasonReady},
		{"everything", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			stage.Change(t, s.Stage, s.root, build.AllowGuards("https://own.example"))
			return s.client(t, "web", everything...)
		}, v1alpha1.ReasonReady},
		{"beyond policy", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			stage.Change(t, s.Stage, s.root, build.AllowAudiences())
			return s.client(t, "web", everything...)
		}, v1alpha1.ReasonBeyondPolicy},
		{"resource server alone", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			stage.Change(t, s.Stage, s.root, build.AllowGuards("https://own.example"))
			return s.client(t, "web", build.Guards("https://own.example"), func(oc *v1alpha1.OAuthClient) { oc.Spec.GrantTypes = nil })
		}, v1alpha1.ReasonReady},
		{"replaced credential", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Delete(t, s.credentialsSecret(oc))
			return oc
		}, v1alpha1.ReasonReady},
		{"foreign Secret", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			s.Create(t, secret(s.Apps, "web-oauth"))
			return s.client(t, "web")
		}, v1alpha1.ReasonSecretNotOwned},
		{"no issuer", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			return s.client(t, "web", build.Of(s.System+"/none"))
		}, v1alpha1.ReasonIssuerNotFound},
		{"no room", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			s.changeIssuer(t, build.MaxClients(1))
			s.registered(t, "first")
			return s.client(t, "web")
		}, v1alpha1.ReasonTooManyClients},
		{"no policy", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			s.Delete(t, s.root)
			return s.client(t, "web")
		}, v1alpha1.ReasonNoPolicy},
		{"a local policy that was never accepted", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			oc := s.registered(t, "web")
			s.Create(t, build.TokenPolicy(s.Apps+"/broken", build.SelectNonsense()))
			return oc
		}, v1alpha1.ReasonPolicyNotAccepted},
		{"taken client_id", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			stage.Change(t, s.Stage, s.root, build.AllowClientIDs("legacy"))
			s.registered(t, "holder", build.ClientID("legacy"))
			return s.client(t, "web", build.ClientID("legacy"))
		}, v1alpha1.ReasonClientIDTaken},
		{"client_id not allowed", func(t *testing.T, s *story) *v1alpha1.OAuthClient {
			return s.client(t, "web", build.ClientID("admin"))
		}, v1alpha1.ReasonClientIDNotAllowed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := tc.given(t, s)
			s.pass(t, oc)
			s.WantCondition(t, oc, v1alpha1.Ready, statusOf(tc.reason), tc.reason)
			s.Writes()
			s.Told()
			for range 2 {
				s.pass(t, oc)
			}
			if diff := cmp.Diff([]string(nil), s.Writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string(nil), s.Told()); diff != "" {
				t.Errorf("Events (-want +got):\n%s", diff)
			}
		})
	}
}

func statusOf(reason string) metav1.ConditionStatus {
	if reason == v1alpha1.ReasonReady {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

// TestEvents tells of changes that matter, once each: nothing of a client that is well from the start.
func TestEvents(t *testing.T) {
	s := begin(t)
	wantTold := func(when string, want ...string) {
		t.Helper()
		told := s.Told()
		for i := range told {
			words := strings.Fields(told[i])
			told[i] = words[0] + " " + words[1]
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	oc := s.client(t, "web", build.Scopes("a"))
	s.settle(t, oc)
	wantTold("registered")

	s.changeIssuer(t, build.OwnNamespaceOnly())
	s.settle(t, oc)
	wantTold("expelled", "Warning NamespaceNotAdmitted")

	s.changeIssuer(t, build.AdmitNamespaces(nil))
	s.settle(t, oc)
	wantTold("admitted", "Normal Ready")

	s.Delete(t, s.credentialsSecret(oc))
	s.settle(t, oc)
	wantTold("Secret deleted", "Normal CredentialReplaced")

	stage.Change(t, s.Stage, oc, build.SecretName("elsewhere"))
	s.settle(t, oc)
	wantTold("Secret named anew", "Normal SecretMoved")

	stage.Change(t, s.Stage, s.root, build.AllowScopes())
	s.settle(t, oc)
	wantTold("policy tightened", "Warning BeyondPolicy")

	stage.Change(t, s.Stage, s.root, build.AllowAudiences())
	s.settle(t, oc)
	wantTold("policy tightened further")

	s.Delete(t, oc)
	s.settle(t, oc)
	wantTold("deleted")

	poor := s.client(t, "poor", build.Of(s.System+"/none"))
	s.settle(t, poor)
	wantTold("never well", "Warning IssuerNotFound")
}

// TestEventsAreShort holds what the API server takes: a longer note would be lost.
func TestEventsAreShort(t *testing.T) {
	const longest = 1024
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.AllowScopes())
	var scopes []string
	for i := range 64 {
		scopes = append(scopes, fmt.Sprintf("%s:%d", strings.Repeat("scope", 25), i))
	}
	oc := s.client(t, "web", build.Scopes(scopes...))
	s.settle(t, oc)
	s.Read(t, oc)
	if message := stage.Message(oc, v1alpha1.Ready); len(message) < longest {
		t.Fatalf("the condition has a message of %d bytes only", len(message))
	}
	told := s.Told()
	if len(told) != 1 || len(told[0]) > len("Warning BeyondPolicy ")+longest {
		t.Errorf("told %q, want one Event of %d bytes at most", told, longest)
	}
}

// TestNothingSecretIsTold plays a client's life and then looks for its secrets, and their hashes, in all that others may
// read.
func TestNothingSecretIsTold(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	secrets := []string{s.clientSecret(t, oc)}
	s.Delete(t, s.credentialsSecret(oc))
	s.CrashAt(2, stage.After)
	_, err := s.Try(t, s.reconciler, oc)
	s.Restart()
	s.settle(t, oc)
	secrets = append(secrets, s.clientSecret(t, oc))
	stage.Change(t, s.Stage, s.root, build.AllowAudiences())
	s.settle(t, oc)
	s.Read(t, oc)
	public, _ := json.Marshal(oc)
	held := s.registrationSecret(oc)
	s.Read(t, held)
	metadata, _ := json.Marshal([]metav1.ObjectMeta{held.ObjectMeta})
	told := strings.Join(append(s.Told(), s.Logs(), fmt.Sprint(err), string(public), string(metadata)), "\n")
	for _, secret := range secrets {
		hash := registration.HashSecret(secret)
		forms := []string{secret, strings.TrimPrefix(secret, registration.SecretPrefix)[:16], hex.EncodeToString(hash)[:16],
			base64.StdEncoding.EncodeToString(hash)[:16], base64.RawURLEncoding.EncodeToString(hash)[:16]}
		for _, form := range forms {
			if strings.Contains(told, form) {
				t.Errorf("%q of a secret stands where everybody can read it", form)
			}
		}
		if all := string(held.Data[registration.DataKey]); strings.Contains(all, secret) {
			t.Error("the registration holds a secret in plaintext")
		}
	}
}
