package oauth

import "strings"

// Prompt is which pages a client insists on (OpenID Connect Core section 3.1.2.1). The zero value leaves it to the issuer.
type Prompt struct {
	None          bool // no page at all; then nothing else is set
	Login         bool
	Consent       bool
	SelectAccount bool
}

// parsePrompt reads a set of words with one space between them. A word that is not known is refused, since to leave it out
// would not do what the client insists on; create is not known here (Initiating User Registration section 4.1).
func parsePrompt(value string) (Prompt, error) {
	var p Prompt
	if value == "" {
		return p, nil
	}
	for word := range strings.SplitSeq(value, " ") {
		switch word {
		case "none":
			p.None = true
		case "login":
			p.Login = true
		case "consent":
			p.Consent = true
		case "select_account":
			p.SelectAccount = true
		default:
			return Prompt{}, InvalidRequest.Refusef("prompt must be of none, login, consent, select_account")
		}
	}
	if p.None && (p != Prompt{None: true}) {
		return Prompt{}, InvalidRequest.Refusef("prompt none must stand alone")
	}
	return p, nil
}
