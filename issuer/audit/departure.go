package audit

// DepartureOutcome tells what became of the access of somebody who left a users file or got another password.
type DepartureOutcome string

// What can become of it.
const (
	// DepartureEnded: it has ended for good.
	DepartureEnded DepartureOutcome = "ended"
	// DepartureFailed: an attempt to end it failed, and is made again. It is refused meanwhile.
	DepartureFailed DepartureOutcome = "failed"
	// DepartureDropped: nobody tries any more. It is refused, unless the very same entry comes back.
	DepartureDropped DepartureOutcome = "dropped"
)

// Departed counts what became of the access of so many people.
func (m *Metrics) Departed(outcome DepartureOutcome, people int) {
	m.departures.WithLabelValues(string(outcome)).Add(float64(people))
}
