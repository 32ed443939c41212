package audit

// EvictedKind is what made way for something newer.
type EvictedKind string

// The kinds.
const (
	// EvictedGrant is a grant of a person who may have no more.
	EvictedGrant EvictedKind = "grant"
	// EvictedDevice is a device that waited at a client, or came from a source, which may have no more.
	EvictedDevice EvictedKind = "device"
	// EvictedParked is what a person brought with a login before, or a code of theirs: so much is kept of each person.
	EvictedParked EvictedKind = "parked"
	// EvictedConnection is a connection that nobody was asking anything by.
	EvictedConnection EvictedKind = "connection"
)

// Evicted counts what made way because a limit was reached.
func (m *Metrics) Evicted(kind EvictedKind, count int) {
	m.evicted.WithLabelValues(string(kind)).Add(float64(count))
}
