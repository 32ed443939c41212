package endpoint

import (
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
)

// consented is why a resource owner lets a client have what it asks for.
type consented struct {
	how audit.Consent
	// skippedBy is the policy by which they were not asked; empty where they were, now or before.
	skippedBy string
}

// skipsConsent tells whether the platform answers for all that the request asks for, and by which policy. It is asked anew at
// each step: a policy that has been tightened meanwhile bites here.
func (a *authorization) skipsConsent() (policy string, ok bool) {
	return a.client.SkipsConsent(a.allowed.Scopes, a.answer.uri)
}

// consentOf tells why, of a request that needs no page any more. What a person has allowed counts before the platform's word.
func (a *authorization) consentOf(q *login.Question) consented {
	switch {
	case q.Consented:
		return consented{how: audit.ConsentGiven}
	case q.Remembered:
		return consented{how: audit.ConsentRemembered}
	default:
		policy, _ := a.skipsConsent()
		return consented{audit.ConsentSkipped, policy}
	}
}
