package audit

// Consent is why a code goes to a client.
type Consent string

// The ways of consent.
const (
	// ConsentGiven was asked for on a page, just now.
	ConsentGiven Consent = "given"
	// ConsentRemembered is that of a grant which is live.
	ConsentRemembered Consent = "remembered"
	// ConsentSkipped was not asked for: a TokenPolicy has the platform answer.
	ConsentSkipped Consent = "skipped"
)

// Authorized counts a code that goes to a client.
func (m *Metrics) Authorized(consent Consent) { m.authorized.WithLabelValues(string(consent)).Inc() }
