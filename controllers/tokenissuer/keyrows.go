package tokenissuer

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/keys"
)

// maxRows is how many keys of a ring a status lists, besides those that were revoked (keys.MaxRevoked).
const maxRows = 32

// describe tells of the keys of a ring what may be told. Of more than a status may list, the oldest are left out: they
// only wait for their last token to expire.
func describe(ring keys.Ring, now time.Time) []v1alpha1.KeyStatus {
	newest := ring.Keys[max(0, len(ring.Keys)-maxRows):]
	out := make([]v1alpha1.KeyStatus, 0, len(ring.Revoked)+len(newest))
	for _, gone := range ring.Revoked[max(0, len(ring.Revoked)-keys.MaxRevoked):] {
		out = append(out, v1alpha1.KeyStatus{
			KID:         gone.KID,
			Algorithm:   gone.Algorithm,
			State:       v1alpha1.KeyRevoked,
			CreatedAt:   metav1.NewTime(gone.CreatedAt),
			SignFrom:    timeOrNil(gone.SignFrom),
			RemoveAfter: timeOrNil(gone.LastExpiry),
			RevokedAt:   timeOrNil(gone.RevokedAt),
		})
	}
	for _, k := range newest {
		out = append(out, v1alpha1.KeyStatus{
			KID:         k.JWK.KeyID,
			Algorithm:   k.JWK.Algorithm,
			State:       v1alpha1.KeyState(k.StateAt(now)),
			CreatedAt:   metav1.NewTime(k.CreatedAt),
			SignFrom:    timeOrNil(k.SignFrom),
			SignUntil:   timeOrNil(k.SignUntil),
			RemoveAfter: timeOrNil(k.LastExpiry),
		})
	}
	return out
}

func timeOrNil(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(metav1.NewTime(t))
}

// keysReady says whether each algorithm has a key that signs at now. One that is to sign access tokens is in no hurry while
// another signs in its place.
func keysReady(ring keys.Ring, wanted []string, now time.Time) metav1.Condition {
	scheduled := ""
	for i, algorithm := range wanted {
		switch next := nextKey(ring, algorithm, now); {
		case next.StateAt(now) == keys.Active:
		case i == 0 && next.StateAt(now) == keys.Published && standIn(ring, now) != "":
			scheduled = fmt.Sprintf("the key for %s is published and signs from %s on; until then that for %s does",
				algorithm, next.SignFrom.Format(time.RFC3339), standIn(ring, now))
		default:
			return condition.False(v1alpha1.KeysReady, v1alpha1.ReasonKeysPending, fmt.Sprintf(
				"the key for %s is served and waits until verifiers can know it", algorithm))
		}
	}
	if scheduled != "" {
		return condition.True(v1alpha1.KeysReady, v1alpha1.ReasonKeysScheduled, scheduled)
	}
	return condition.True(v1alpha1.KeysReady, v1alpha1.ReasonKeysActive, "each algorithm has a key that signs")
}

// nextKey is the key of algorithm that signs at now, else the one that will; the zero Key, which is Pending, if there is none.
func nextKey(ring keys.Ring, algorithm string, now time.Time) keys.Key {
	var next keys.Key
	for _, k := range ring.Keys {
		switch state := k.StateAt(now); {
		case k.JWK.Algorithm != algorithm:
		case state == keys.Active:
			return k
		case state == keys.Published && next.SignFrom.IsZero():
			next = k
		}
	}
	return next
}

// standIn is the algorithm of a key that signs at now; empty without any.
func standIn(ring keys.Ring, now time.Time) string {
	i := slices.IndexFunc(ring.Keys, func(k keys.Key) bool { return k.StateAt(now) == keys.Active })
	if i < 0 {
		return ""
	}
	return ring.Keys[i].JWK.Algorithm
}
