package login

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tokenwright.dev/issuer/seal"
)

// ErrShown says that the consent page showed something else than is asked for now: the client's rules have changed
// meanwhile. Then its answer is about nothing, and the page is to be shown again.
var ErrShown = errors.New("login: the page asked for something else")

// Shown is what a consent page asks for.
type Shown struct{ Scopes, Claims, Resources []string }

// digest is the same for what reads the same, in whatever order.
func (s Shown) digest() (string, error) {
	lists := [][]string{s.Scopes, s.Claims, s.Resources}
	for i, list := range lists {
		lists[i] = slices.Sorted(slices.Values(list))
	}
	text, err := json.Marshal(lists)
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:]), err
}

// SealConsent is SealForm for the consent page. What somebody allows is what the page showed them, so the token holds that.
func SealConsent(sealer *seal.Sealer, sessionID string, shown Shown, now time.Time) (string, error) {
	digest, err := shown.digest()
	if err != nil {
		return "", err
	}
	return formToken{Session: sessionID, Purpose: PurposeConsent, Shown: digest, Issued: now.UTC()}.seal(sealer, now)
}

// CheckConsent is CheckForm for the consent page. The error may be ErrShown as well; it is for a page of a former version,
// whose token does not say what it showed.
func CheckConsent(sealer *seal.Sealer, token, sessionID string, shown Shown, now time.Time) error {
	made, err := openForm(sealer, token, sessionID, PurposeConsent, now)
	if err != nil {
		return err
	}
	if digest, err := shown.digest(); err != nil || made.Shown != digest {
		return ErrShown
	}
	return nil
}
