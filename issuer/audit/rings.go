package audit

// Ring is one of an issuer's two key rings.
type Ring string

// The rings of an issuer.
const (
	SigningRing Ring = "signing"
	SealingRing Ring = "sealing"
)

// ResetKeys forgets the keys of a ring that another one replaces.
func (m *Metrics) ResetKeys() { m.signFrom.Reset() }

// SignsFrom notes since when a key signs, or from when on it will, in seconds since 1970.
func (m *Metrics) SignsFrom(kid, algorithm string, unix int64) {
	m.signFrom.WithLabelValues(kid, algorithm).Set(float64(unix))
}

// RevokedKeys notes how many keys the loaded ring names as revoked.
func (m *Metrics) RevokedKeys(ring Ring, count int) {
	m.revokedKeys.WithLabelValues(string(ring)).Set(float64(count))
}
