package audit

// EndCause says why a login session has ended.
type EndCause string

// The causes.
const (
	// EndedByLogout: its person logged out.
	EndedByLogout EndCause = "logout"
	// EndedByAnother: the browser was logged in by another person.
	EndedByAnother EndCause = "another_person"
	// EndedByAge: it had lasted as long as it may. What each client had of it counts.
	EndedByAge EndCause = "age"
	// EndedByDeletion: somebody deleted the last grant that a client had of it.
	EndedByDeletion EndCause = "grant_deleted"
	// EndedByRevocation: somebody wrote a TokenRevocation. What each client had of it counts.
	EndedByRevocation EndCause = "revocation"
)

// SessionEnded counts the end of a session, or of what a client that listens had of it.
func (m *Metrics) SessionEnded(cause EndCause) { m.sessionsEnded.WithLabelValues(string(cause)).Inc() }
