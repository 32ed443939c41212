package keys

import "time"

const (
	// JWKSMaxAge is how long verifiers may keep the key set (RFC 9111 max-age), which hardly any heeds (docs/verifiers.md). No
	// more than 30 s: kube-apiserver takes 30 s off, and refuses a new key without a fetch until the rest is over.
	JWKSMaxAge = 30 * time.Second
	// Lead is the shortest time for which every replica serves a key before it signs, unless nothing else can sign: longer
	// than a verifier keeps the set that heeds JWKSMaxAge, and than the 30 s in which common ones do not fetch it again. Many
	// heed neither, which is what Plan.Lead is for.
	Lead = 90 * time.Second
	// Skew is how far clocks of replicas and verifiers may be apart.
	Skew = 60 * time.Second

	// farthest is how far apart clocks may be for a time to be set by the latest of them. One that leapt by years would
	// put off for years what cannot be undone.
	farthest = 24 * time.Hour
	// patience is when to look again for a clock that is behind.
	patience = 30 * time.Second
)

// MaxKeys is how many keys a ring holds at most: room for three algorithms that change keys every hour, each key kept for
// tokens of a day. Whoever changes algorithms faster waits: what signs goes on signing until there is room for another.
const MaxKeys = 96

// Plan is what a ring should hold.
type Plan struct {
	// Algorithms are those that need a key, in order of preference.
	Algorithms []string
	// RotationInterval is how long a key signs.
	RotationInterval time.Duration
	// Lead is how long every replica serves a key before it signs where another one signs meanwhile. Lead, the constant, when
	// it is shorter than that.
	Lead time.Duration
	// Revoked lists the kids of keys that must not be believed any more. One that the ring does not hold is ignored.
	Revoked []string
}

func (p Plan) lead() time.Duration { return max(p.Lead, Lead) }

// World is what the operator knows of time and of the replicas that use a ring. Clocks differ, so now is an interval:
// what must be over is judged by Early, what must not have begun is scheduled by Late. A clock that leaps can so delay a
// rotation, but neither hurry nor undo one.
type World struct {
	Early, Late time.Time
	// Loaded says that every live replica has loaded the ring's current revision.
	Loaded bool
}

// agreed tells whether the clocks are near enough to each other to set a time by them.
func (w World) agreed() bool { return w.Late.Sub(w.Early) <= farthest }

// already is a time that no replica's clock is before.
func (w World) already() time.Time { return seconds(w.Early.Add(-Skew)) }
