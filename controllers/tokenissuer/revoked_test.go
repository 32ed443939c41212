package tokenissuer

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/test/build"
)

// TestRevocation is the table of what KeysRevoked says of two rings: each holds a key, and one that was revoked.
func TestRevocation(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	ring := func(held, gone string) keys.Ring {
		ring := keys.Ring{Keys: []keys.Key{{JWK: jose.JSONWebKey{KeyID: held}}}}
		if gone != "" {
			ring.Revoked = []keys.Revoked{{KID: gone, Algorithm: "ES256", RevokedAt: noon}}
		}
		return ring
	}
	list := func(kids ...string) []string { return kids }
	for _, tc := range []struct {
		name                        string
		signing, sealing            []string
		goneSigning, goneSealing    string
		status                      metav1.ConditionStatus
		reason, message, notMessage string
	}{
		{"nothing", nil, nil, "", "", "", "", "", ""},
		{"a signing key", list("a"), nil, "a", "", yes, v1alpha1.ReasonKeysRevoked, "signing key a (ES256) at 2026-03-01T12:00:00Z", "sealing"},
		{"verifiers are named", list("a"), nil, "a", "", yes, v1alpha1.ReasonKeysRevoked, "docs/verifiers.md", ""},
		{"a sealing key", nil, list("b"), "", "b", yes, v1alpha1.ReasonKeysRevoked, "sealing key b", "verifier"},
		{"one that is no longer listed", nil, nil, "a", "", yes, v1alpha1.ReasonKeysRevoked, "signing key a", ""},
		{"an unknown one", list("c"), nil, "", "", no, v1alpha1.ReasonKeyNotFound, "c in signing.revokeKeys is no key of this issuer", "revoked:"},
		{"an unknown one beside others", list("a", "c"), nil, "a", "", no, v1alpha1.ReasonKeyNotFound, "revoked: signing key a", ""},
		{"a sealing key in the wrong list", list("sealing"), nil, "", "", no, v1alpha1.ReasonKeyNotFound, "list it in sealing.revokeKeys", "no key of"},
		{"a signing key in the wrong list", nil, list("signing"), "", "", no, v1alpha1.ReasonKeyNotFound, "list it in signing.revokeKeys", "no key of"},
	} {
		ti := build.TokenIssuer("system/default", build.Revokes(tc.signing, tc.sealing))
		got := revocation(ti, ring("signing", tc.goneSigning), ring("sealing", tc.goneSealing))
		if tc.reason == "" {
			if got != nil {
				t.Errorf("%s: %v", tc.name, got)
			}
			continue
		}
		if got == nil || got.Status != tc.status || got.Reason != tc.reason || !strings.Contains(got.Message, tc.message) {
			t.Errorf("%s: %v, want %s with %q", tc.name, got, tc.reason, tc.message)
		} else if tc.notMessage != "" && strings.Contains(got.Message, tc.notMessage) {
			t.Errorf("%s: %q, which should not say %q", tc.name, got.Message, tc.notMessage)
		}
	}
}
