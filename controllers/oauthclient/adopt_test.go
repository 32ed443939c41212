package oauthclient

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// TestAdopts tells a secret that was let go from one that was restored. The client's UID is "web"; a former client of
// its name had "former". The Secret holds the secret "a".
func TestAdopts(t *testing.T) {
	for _, tc := range []struct {
		name       string
		owner      types.UID // that the Secret refers to
		letGo      string    // the UID that the Secret was let go by
		registered string    // the credentials of a former client's registration; "-" without one
		by         string    // the UID in that registration
		want       bool
	}{
		{"only the registration is lost", "web", "", "-", "", true},
		{"only the registration is lost, after a former client's Secret was taken over", "web", "former", "-", "", true},
		{"a crash after a restored Secret was taken over", "web", "", "b", "former", true},

		{"orphaned, and could not be emptied", "", "former", "-", "", false},
		{"orphaned, could not be emptied, and the owner stayed", "former", "former", "-", "", false},
		{"let go, and brought back with its registration", "", "former", "a", "former", false},

		{"restored without owners", "", "", "a", "former", true},
		{"restored without owners, and the registration was left out, or swept meanwhile", "", "", "-", "", true},
		{"restored with owners", "former", "", "a", "former", true},
		{"restored with owners, an issuer's namespace left out", "former", "", "-", "", false},
		{"restored with owners, and the registration is of another time", "former", "", "a", "other", false},
		{"restored from before a replacement", "", "", "b a+12h", "former", false},
		{"restored from after one that the registration missed", "", "", "b", "former", false},

		{"put there for the client", "", "", "-", "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			oc := build.OAuthClient("apps/web")
			oc.UID = "web"
			secret := &corev1.Secret{Data: map[string][]byte{keyClientSecret: []byte(secretOf("a"))}}
			if tc.owner != "" {
				secret.OwnerReferences = []metav1.OwnerReference{{Kind: "OAuthClient", Name: "web", UID: tc.owner}}
			}
			if tc.letGo != "" {
				secret.Annotations = map[string]string{v1alpha1.LetGoAnnotation: tc.letGo}
			}
			var former *registration.Registration
			if tc.registered != "-" {
				former = &registration.Registration{Credentials: credentialsOf(tc.registered), Owner: registration.Owner{UID: tc.by}}
			}
			if got := adopts(oc, secret, former); got != tc.want {
				t.Errorf("adopted: %t, want %t", got, tc.want)
			}
		})
	}
}
