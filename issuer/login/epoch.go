package login

import (
	"crypto/sha256"
	"encoding/base64"
)

// epochSize is the size of an epoch, in bytes: two of one person never meet by chance.
const epochSize = 12

// epochOf names the time in which a person of a file has one password hash. What began in another epoch has ended: so a
// new password ends what the former one began, and a name that comes back with another hash inherits nothing. Nothing is
// stored for it, since each hash has a salt of its own. Whoever saw it could tell right guesses of a password from wrong
// ones if they knew the salt as well, so an epoch stands in sealed values only.
func epochOf(subject, passwordHash string) string {
	sum := sha256.Sum256([]byte("tokenwright epoch\x00" + subject + "\x00" + passwordHash))
	return base64.RawURLEncoding.EncodeToString(sum[:epochSize])
}

// Departure is the end of an epoch: all that somebody began before is over.
type Departure struct {
	// Provider, Subject and Username are the person's, as in Identity.
	Provider, Subject, Username string
	// Reason tells people why.
	Reason string
}

// The reasons of a Departure.
const (
	ReasonLeft     = "the users file has them no longer"
	ReasonDisabled = "the users file disables them"
	ReasonPassword = "their password hash has changed"
)

// Departures are the people of u whose epoch is over in next, a later version of the file, in no order. Whoever next keeps,
// see After, has not departed.
func (u *Users) Departures(next *Users) []Departure {
	var gone []Departure
	for subject, was := range u.people() {
		if next.kept[subject] != nil {
			continue
		}
		reason := was.departs(next.bySubject[subject])
		if _, disabled := next.doubts.about(was); disabled && reason == ReasonLeft {
			reason = ReasonDisabled
		}
		if reason != "" {
			gone = append(gone, Departure{was.identity.Provider, subject, was.identity.Username, reason})
		}
	}
	return gone
}

// departs tells why the epoch of a user is over, if it is. Somebody who is disabled has none to end.
func (u *user) departs(next *user) string {
	switch {
	case u.disabled:
		return ""
	case next == nil:
		return ReasonLeft
	case next.disabled:
		return ReasonDisabled
	case next.identity.Epoch != u.identity.Epoch:
		return ReasonPassword
	default:
		return ""
	}
}
