package login

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenwright.dev/issuer/store"
)

// ErrCredentials is the one answer to a login that fails: nobody learns whether the user exists, or is disabled.
var ErrCredentials = errors.New("login: username or password is wrong")

// maxUsername bounds a username, in characters.
const maxUsername = 64

// passwordAMR is how users of a file prove who they are (RFC 8176).
var passwordAMR = []string{"pwd"}

// Users are the users of one static identity provider. They are immutable, and safe for concurrent use.
type Users struct {
	byName    map[string]*user // by folded username
	bySubject map[string]*user
	decoy     passwordHash
	// memory is what the costliest hash needs, in bytes, and costliest the place of its entry. Each login pays for it, so that waiting
	// tells nothing of a name.
	memory    int64
	costliest int
	// refused are the entries that were left out, doubts who may be meant by them, and kept, by subject, those of them who go
	// on with what they began: see After.
	refused []Refusal
	doubts  doubts
	kept    map[string]*user
	places  func() places
}

type user struct {
	identity Identity
	hash     passwordHash
	disabled bool
	mark     string // of the hash
}

// Len is the number of users, the disabled ones included, and those whose entries were left out not.
func (u *Users) Len() int { return len(u.byName) }

// Authenticate checks a password. Unknown and disabled users cost the same work as a wrong password, as far as the
// hashes of the file are of one kind and cost, and the memory of its costliest. The error is ErrCredentials, ErrBusy if the
// gate stayed shut, or ErrTooCostly.
func (u *Users) Authenticate(ctx context.Context, gate *Gate, username, password string) (Identity, error) {
	if Hopeless(username, password) {
		return Identity{}, ErrCredentials
	}
	leave, err := gate.enter(ctx, u.memory)
	if err != nil {
		return Identity{}, err
	}
	defer leave()
	found, hash := u.find(username), u.decoy
	if found != nil {
		hash = found.hash
	}
	if !hash.matches(password) || found == nil || found.disabled {
		return Identity{}, ErrCredentials
	}
	return found.identity, nil
}

// Hopeless tells whether nobody can be logged in by these, whatever a file says: they cost no hash.
func Hopeless(username, password string) bool {
	return len(password) > MaxPassword || len(username) > maxUsername*utf8.UTFMax
}

// Memory is what a login needs, in bytes, while its password is checked.
func (u *Users) Memory() int64 { return u.memory }

// Named finds a user by what somebody typed as their username, disabled or not.
func (u *Users) Named(username string) (Identity, bool) {
	if found := u.find(username); found != nil {
		return found.identity, true
	}
	for _, kept := range u.kept {
		if fold(kept.identity.Username) == fold(strings.TrimSpace(username)) {
			return kept.identity, true
		}
	}
	return Identity{}, false
}

// Lookup finds a user by the sub of their tokens. It reports false for whoever has left the file, or is disabled there:
// their tokens are good for nothing from then on. Whoever is kept, see After, is there as they were.
func (u *Users) Lookup(subject string) (Identity, bool) {
	found, ok := u.bySubject[subject]
	if !ok {
		found, ok = u.kept[subject]
	}
	if !ok || found.disabled {
		return Identity{}, false
	}
	return found.identity, true
}

// Holds tells whether what a person began in epoch still counts. What began before there were epochs has an empty one, and
// counts as long as the person is there.
func (u *Users) Holds(subject, epoch string) bool {
	identity, ok := u.Lookup(subject)
	return ok && (epoch == "" || epoch == identity.Epoch)
}

// find is nil for a stranger. Spaces around the name are those that a telephone's keyboard adds.
func (u *Users) find(username string) *user {
	return u.byName[fold(strings.TrimSpace(username))]
}

// fold makes names that differ in case alone the same.
func fold(name string) string { return store.FoldName(name) }

// printable tells whether people can see all of text: no control characters, and none that reorder what stands around.
func printable(text string) bool {
	return utf8.ValidString(text) && !slices.ContainsFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) })
}
