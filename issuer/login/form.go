package login

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tokenwright.dev/issuer/seal"
)

// formLifetime is how long a page may stay open before its forms are refused.
const formLifetime = time.Hour

var (
	// ErrForm says that a form was not made for the session and the purpose that it came with.
	ErrForm = errors.New("login: the form was not made for this session")
	// ErrFormExpired says that the page was open for too long. To load it again is all that it takes.
	ErrFormExpired = errors.New("login: the form has expired")
)

// Purpose is what a form does, so that a token of one form is good for no other.
type Purpose string

// The purposes of forms. Consent belongs to a flow as well; its token says that the page was shown to who is still logged
// in.
const (
	PurposeConsent Purpose = "consent"
	PurposeRevoke  Purpose = "revoke"
	PurposeLogout  Purpose = "logout"
	PurposeDevice  Purpose = "device"
)

type formToken struct {
	Session string  `json:"session"`
	Purpose Purpose `json:"purpose"`
	// Shown is of what the page asks for, where that counts: see SealConsent.
	Shown  string    `json:"shown,omitempty"`
	Issued time.Time `json:"issued"`
}

// SealForm makes the token against cross-site request forgery of a form in a session. The login form needs none: its
// sealed flow and the cookie of that are one.
func SealForm(sealer *seal.Sealer, sessionID string, purpose Purpose, now time.Time) (string, error) {
	return formToken{Session: sessionID, Purpose: purpose, Issued: now.UTC()}.seal(sealer, now)
}

func (f formToken) seal(sealer *seal.Sealer, now time.Time) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("encode form token: %w", err)
	}
	sealed, err := sealer.Seal(seal.Form, plain, now)
	if err != nil {
		return "", fmt.Errorf("seal form token: %w", err)
	}
	return sealed, nil
}

// CheckForm tells whether a form that came with token was made by us, for this session and purpose. The error is ErrForm
// or ErrFormExpired.
func CheckForm(sealer *seal.Sealer, token, sessionID string, purpose Purpose, now time.Time) error {
	_, err := openForm(sealer, token, sessionID, purpose, now)
	return err
}

func openForm(sealer *seal.Sealer, token, sessionID string, purpose Purpose, now time.Time) (formToken, error) {
	var made formToken
	plain, err := sealer.Open(seal.Form, token)
	if err != nil || json.Unmarshal(plain, &made) != nil {
		return made, ErrForm
	}
	if made.Purpose != purpose || subtle.ConstantTimeCompare([]byte(made.Session), []byte(sessionID)) != 1 {
		return made, ErrForm
	}
	if !now.Before(made.Issued.Add(formLifetime)) {
		return made, ErrFormExpired
	}
	return made, nil
}
