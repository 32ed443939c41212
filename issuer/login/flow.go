package login

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tokenwright.dev/issuer/seal"
)

// FlowLifetime is how long a person may take over one authorization request.
const FlowLifetime = 30 * time.Minute

var (
	// ErrFlow says that a flow cannot be read: it was altered, or its key is gone.
	ErrFlow = errors.New("login: this is no authorization request of ours")
	// ErrFlowExpired says that the person took too long. The client has to ask again.
	ErrFlowExpired = errors.New("login: the authorization request has expired")
	// ErrFlowBrowser says that the flow began in another browser, or that this one keeps no cookies: somebody may have been
	// sent into a request that is not theirs (RFC 9700 section 4.7).
	ErrFlowBrowser = errors.New("login: the authorization request began in another browser")
	// ErrFlowSize says that the authorization request is too long to be carried through the pages.
	ErrFlowSize = errors.New("login: the authorization request is too long")
)

// Flow is an authorization request that waits for its resource owner. It travels sealed in the forms of the pages, so
// nothing is stored for whoever has not logged in, and each tab has its own. A login that no client asked for, to see "my
// access" or to answer a device, is a flow with an empty form.
type Flow struct {
	ID string `json:"id"`
	// Browser is the secret that the cookie of the flow must hold.
	Browser string `json:"browser"`
	// Form is the authorization request as it came, encoded, but for its id_token_hint.
	Form string `json:"form"`
	// Hinted is the subject of that hint, which was verified: ID tokens are as long as what they say of people.
	Hinted string `json:"hinted,omitempty"`
	// Device is the user code of the device that is to be answered (RFC 8628 section 3.3); empty for any other flow.
	Device string `json:"device,omitempty"`
	// Upstream is what the login of this flow brought from elsewhere; nil without.
	Upstream *Brought  `json:"upstream,omitempty"`
	Started  time.Time `json:"started"`
}

// Brought is a lease that belongs to the grant that a flow ends in: nobody else may use it, since a provider that rotates
// its refresh tokens takes a second use for a theft.
type Brought struct {
	// SessionID is the session that the login began.
	SessionID string `json:"sid"`
	Lease     Lease  `json:"lease,omitzero"`
	// Parked is the name under which the lease is kept elsewhere, where it is longer than a flow should carry: see Lease.Fits.
	Parked string `json:"parked,omitempty"`
}

// NewFlow begins a flow for an authorization request.
func NewFlow(form string, now time.Time) Flow {
	return Flow{ID: rand.Text(), Browser: browserSecret(now), Form: form, Started: now.UTC()}
}

// Cookie ties the flow to the browser that gets it. The flow's ID ends its name, so that two tabs do not disturb each other.
func (f *Flow) Cookie(sealer *seal.Sealer) *http.Cookie {
	return jarOf(sealer).cookie(forFlow+f.ID, f.Browser, int(FlowLifetime.Seconds()))
}

// Forget is the cookie that removes the flow's own once the client has its answer.
func (f *Flow) Forget(sealer *seal.Sealer) *http.Cookie {
	return jarOf(sealer).cookie(forFlow+f.ID, "", forget)
}

// SealFlow makes of the flow what stands in a form. The error is ErrFlowSize where it would be too long.
func SealFlow(sealer *seal.Sealer, flow Flow, now time.Time) (string, error) {
	plain, err := json.Marshal(flow)
	if err != nil {
		return "", fmt.Errorf("encode flow: %w", err)
	}
	sealed, err := sealer.Seal(seal.Flow, plain, now)
	if err != nil {
		return "", fmt.Errorf("seal flow: %w", err)
	}
	if len(sealed) > seal.MaxSize {
		return "", ErrFlowSize
	}
	return sealed, nil
}

// OpenFlow reads what SealFlow made, for the browser that came with cookies. The error is ErrFlow, ErrFlowExpired or
// ErrFlowBrowser.
func OpenFlow(sealer *seal.Sealer, sealed string, cookies []*http.Cookie, now time.Time) (Flow, error) {
	var flow Flow
	plain, err := sealer.Open(seal.Flow, sealed)
	if err != nil || json.Unmarshal(plain, &flow) != nil {
		return Flow{}, ErrFlow
	}
	if err := flow.check(jarOf(sealer), cookies, now); err != nil {
		return Flow{}, err
	}
	return flow, nil
}

// check tells whether the flow still counts, for the browser that came with cookies.
func (f *Flow) check(own jar, cookies []*http.Cookie, now time.Time) error {
	switch {
	case !now.Before(f.Started.Add(FlowLifetime)):
		return ErrFlowExpired
	case !f.begunIn(own, cookies):
		return ErrFlowBrowser
	default:
		return nil
	}
}

func (f *Flow) begunIn(own jar, cookies []*http.Cookie) bool {
	for _, cookie := range cookies {
		purpose, ok := own.holds(cookie.Name)
		if ok && purpose == forFlow+f.ID && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(f.Browser)) == 1 {
			return true
		}
	}
	return false
}
