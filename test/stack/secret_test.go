package stack

import (
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// secretHeals takes the Secret from a client twice, as people do by mistake. Pods that run with the former secret must
// not notice.
func secretHeals(t *testing.T, in *live.Installation) {
	const byHand = "changed by hand, and long enough to be one"
	oc := job("team-orders", "forgetful")
	create(t, in, oc)
	oc, first := ready(t, in, oc.Namespace, oc.Name)
	held := []live.Credentials{first}
	for _, mishap := range []struct {
		name   string
		strike func(*corev1.Secret) error
	}{
		{"deleted", func(secret *corev1.Secret) error { return in.Client.Delete(t.Context(), secret) }},
		{"altered", func(secret *corev1.Secret) error {
			change := client.MergeFrom(secret.DeepCopy())
			secret.Data["client-secret"] = []byte(byHand)
			return in.Client.Patch(t.Context(), secret, change)
		}},
	} {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: oc.Namespace, Name: oc.Status.Binding.Name}}
		if err := mishap.strike(get(t, in, secret)); err != nil {
			t.Fatal(err)
		}
		began, former := time.Now(), held[len(held)-1]
		healed := live.Await(t, in, secret, "to hold a new client-secret", func(secret *corev1.Secret) bool {
			value := string(secret.Data["client-secret"])
			return value != former.ClientSecret && registration.WellFormed(value)
		})
		t.Logf("%s: healed after %v", mishap.name, time.Since(began).Round(time.Millisecond))
		held = append(held, in.CredentialsIn(healed))
		for age, credentials := range held {
			if credentials.ClientID != first.ClientID {
				t.Errorf("%s: client-id became %q, want %q", mishap.name, credentials.ClientID, first.ClientID)
			}
			if answer, err := in.AskToken(t.Context(), credentials); err != nil || answer.Status != http.StatusOK {
				t.Errorf("%s: credential number %d: %s (%v), want a token", mishap.name, age, answer.Says(), err)
			}
		}
		live.Await(t, in, oc, "to tell of its credentials", func(oc *v1alpha1.OAuthClient) bool {
			return wellTold(oc.Status.Credentials, len(held))
		})
	}
	last := first
	last.ClientSecret = byHand
	if answer, err := in.AskToken(t.Context(), last); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("what was put into the Secret by hand: %s (%v), want 401", answer.Says(), err)
	}
}

// wellTold wants one active credential, and all others on their way out.
func wellTold(told []v1alpha1.CredentialStatus, want int) bool {
	for i, credential := range told {
		state := v1alpha1.CredentialRetiring
		if i == 0 {
			state = v1alpha1.CredentialActive
		}
		if credential.State != state || (credential.ExpiresAt == nil) != (i == 0) {
			return false
		}
	}
	return len(told) == want
}
