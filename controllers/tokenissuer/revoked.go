package tokenissuer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/keys"
)

func signingKeysToRevoke(ti *v1alpha1.TokenIssuer) []string {
	if ti.Spec.Signing == nil {
		return nil
	}
	return kids(ti.Spec.Signing.RevokeKeys)
}

func sealingKeysToRevoke(ti *v1alpha1.TokenIssuer) []string {
	if ti.Spec.Sealing == nil {
		return nil
	}
	return kids(ti.Spec.Sealing.RevokeKeys)
}

func kids(list []v1alpha1.KeyID) []string {
	out := make([]string, 0, len(list))
	for _, kid := range list {
		out = append(out, string(kid))
	}
	return out
}

// offline warns of those who cannot hear of a revocation: nothing that an issuer serves makes them forget a key.
const offline = "; a verifier that checks tokens offline may believe a signing key for as long as it keeps the key set, " +
	"some until they start again: docs/verifiers.md says which, and how to make each forget it"

// revocation is KeysRevoked, of rings that a pass has just left; nil where nothing was revoked and nothing is to be.
func revocation(ti *v1alpha1.TokenIssuer, signing, sealing keys.Ring) *metav1.Condition {
	missing := append(
		notFound(signingKeysToRevoke(ti), signing, "signing.revokeKeys", sealing, "sealing.revokeKeys"),
		notFound(sealingKeysToRevoke(ti), sealing, "sealing.revokeKeys", signing, "signing.revokeKeys")...)
	gone := append(listRevoked("signing", signing), listRevoked("sealing", sealing)...)
	told := missing
	if len(gone) > 0 {
		told = append(told, "revoked: "+strings.Join(gone, ", ")+"; what they made is refused here")
	}
	if len(signing.Revoked) > 0 {
		told[len(told)-1] += offline
	}
	message := strings.Join(told, ". ")
	switch {
	case len(missing) > 0:
		return new(condition.False(v1alpha1.KeysRevoked, v1alpha1.ReasonKeyNotFound, message))
	case len(gone) > 0:
		return new(condition.True(v1alpha1.KeysRevoked, v1alpha1.ReasonKeysRevoked, message))
	default:
		return nil
	}
}

// notFound tells of each kid that field lists and that names no key that was revoked in its ring.
func notFound(listed []string, ring keys.Ring, field string, other keys.Ring, otherField string) []string {
	var out []string
	for _, kid := range listed {
		switch {
		case slices.ContainsFunc(ring.Revoked, func(gone keys.Revoked) bool { return gone.KID == kid }):
		case slices.ContainsFunc(other.Keys, func(k keys.Key) bool { return k.JWK.KeyID == kid }):
			out = append(out, fmt.Sprintf("%s is not revoked: it is a key of the other ring, so list it in %s and not in %s",
				kid, otherField, field))
		default:
			out = append(out, fmt.Sprintf("%s in %s is no key of this issuer: compare it with status; if the key has left the ring "+
				"long ago, take it out of the list", kid, field))
		}
	}
	return out
}

// listRevoked names the revoked keys of a ring, by what it is for.
func listRevoked(use string, ring keys.Ring) []string {
	out := make([]string, 0, len(ring.Revoked))
	for _, gone := range ring.Revoked {
		out = append(out, fmt.Sprintf("%s key %s (%s) at %s", use, gone.KID, gone.Algorithm, gone.RevokedAt.Format(time.RFC3339)))
	}
	return out
}

// revocation is KeysRevoked; nil where there is nothing to say of that, or the rings are not known.
func (o *outcome) revocation(ti *v1alpha1.TokenIssuer) *metav1.Condition {
	if o.err != nil {
		return nil
	}
	return revocation(ti, o.signing.Ring, o.sealing.Ring)
}
