package audit

// Omission is a place at which claims of a person were left out, each as a whole.
type Omission string

// The places.
const (
	// OmittedFromIDToken: there is no room for them in an ID token.
	OmittedFromIDToken Omission = "id_token"
	// OmittedAtLogin: an identity provider elsewhere gave them in a form that they do not have.
	OmittedAtLogin Omission = "login"
)

// Event is the event that tells of it.
func (o Omission) Event() Event {
	if o == OmittedAtLogin {
		return LoginClaimsOmitted
	}
	return IDTokenClaimsOmitted
}

// Omitted counts so many claims that were left out.
func (m *Metrics) Omitted(from Omission, claims int) {
	m.omitted.WithLabelValues(string(from)).Add(float64(claims))
}
