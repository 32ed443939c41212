package kube

import (
	"context"
	"log/slog"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
)

// revocations are the kids that the present version of each ring names as revoked. The zero value has heard of no ring.
type revocations map[audit.Ring]map[string]bool

// fresh lists those of gone that the former version of the ring did not name, and takes its place. Of the first version after
// a start it lists none: that was told by whoever was running then.
func (r *revocations) fresh(ring audit.Ring, gone []keys.Revoked) []keys.Revoked {
	former, heard := (*r)[ring]
	present := make(map[string]bool, len(gone))
	var fresh []keys.Revoked
	for _, k := range gone {
		present[k.KID] = true
		if heard && !former[k.KID] {
			fresh = append(fresh, k)
		}
	}
	if *r == nil {
		*r = revocations{}
	}
	(*r)[ring] = present
	return fresh
}

var revokedEvents = map[audit.Ring]audit.Event{
	audit.SigningRing: audit.SigningKeyRevoked, audit.SealingRing: audit.SealingKeyRevoked,
}

// tellRevoked tells the metrics and the audit log of keys that a ring names as revoked, when it is in use.
func (s *secretStore) tellRevoked(ring audit.Ring, gone []keys.Revoked) {
	s.Metrics.RevokedKeys(ring, len(gone))
	for _, k := range s.revoked.fresh(ring, gone) {
		if s.Audit != nil {
			s.Audit.Write(context.Background(), slog.LevelWarn, revokedEvents[ring], &audit.Entry{KeyID: k.KID})
		}
	}
}
