package keys

import (
	"slices"
	"time"
)

// NextRotation is when a key next takes over from another that signs until then, by what plan asks for now. It changes when
// the ring or plan does, or when it has come: a key that is published has a date, and until there is one it is where the key
// that signs will have signed for the interval. It is zero where that cannot be told: without a key that signs, and while
// the next one waits for the replicas.
func (r Ring) NextRotation(plan Plan, now time.Time) time.Time {
	var next time.Time
	for _, k := range r.Keys {
		switch at := r.followed(k, plan); {
		case k.StateAt(now) != Active || !at.After(now):
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return next
}

// followed is when k stops signing; zero where that cannot be told.
func (r Ring) followed(k Key, plan Plan) time.Time {
	waiting := func(other Key) bool { return other.JWK.Algorithm == k.JWK.Algorithm && other.SignFrom.IsZero() }
	switch {
	case !k.SignUntil.IsZero():
		return k.SignUntil
	case !slices.Contains(plan.Algorithms, k.JWK.Algorithm), slices.ContainsFunc(r.Keys, waiting):
		return time.Time{}
	default:
		return k.SignFrom.Add(plan.RotationInterval)
	}
}

// NextRemoval is when the first of the keys that have stopped signing is dropped; zero while none is to be.
func (r Ring) NextRemoval() time.Time {
	var next time.Time
	for _, k := range r.Keys {
		if at := k.LastExpiry.Add(Skew); !k.LastExpiry.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}
