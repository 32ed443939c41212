package login

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/seal"
)

// Ticket is a login that is under way at an upstream identity provider. It travels there and back sealed, as the state
// parameter (RFC 6749 section 10.12), with all that the answer must match: so nothing is stored for it, and what comes
// back is good for one flow, in the browser that it began in.
type Ticket struct {
	Flow     Flow   `json:"flow"`
	Provider string `json:"provider"`
	// Nonce must come back in the ID token (OpenID Connect Core section 3.1.2.1). Verifier is of PKCE (RFC 7636).
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

func newTicket(flow Flow, provider string) Ticket {
	flow.Upstream = nil // of a former login
	return Ticket{Flow: flow, Provider: provider, Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

// seal makes the state parameter. The error is ErrFlowSize where it would be too long.
func (t *Ticket) seal(sealer *seal.Sealer, now time.Time) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	sealed, err := sealer.Seal(seal.Ticket, plain, now)
	if err != nil {
		return "", fmt.Errorf("seal ticket: %w", err)
	}
	if len(sealed) > maxState {
		return "", ErrFlowSize
	}
	return sealed, nil
}

// maxState bounds the state parameter, in bytes: other servers bound the addresses that they are asked for, at 8 KiB
// often.
const maxState = 6 << 10

// OpenTicket reads the state parameter that came back from provider, for the browser that came with cookies. The error
// is ErrFlow, ErrFlowExpired or ErrFlowBrowser.
func OpenTicket(sealer *seal.Sealer, state, provider string, cookies []*http.Cookie, now time.Time) (Ticket, error) {
	var ticket Ticket
	plain, err := sealer.Open(seal.Ticket, state)
	if err != nil || json.Unmarshal(plain, &ticket) != nil || ticket.Provider != provider {
		return Ticket{}, ErrFlow
	}
	if err := ticket.Flow.check(jarOf(sealer), cookies, now); err != nil {
		return Ticket{}, err
	}
	return ticket, nil
}
