package store

import (
	"strings"
	"unicode"
)

// User is a person by the name that people know them by, which may pass from one to another, or change.
type User struct {
	// Provider is the identity provider's name.
	Provider string
	// Username is what they are called there.
	Username string
}

// Folded is u in the form that is compared: case and blanks around the name do not count, as at a login.
func (u User) Folded() User { return User{u.Provider, FoldName(strings.TrimSpace(u.Username))} }

// FoldName makes names that differ in case alone the same.
func FoldName(name string) string { return strings.Map(foldRune, name) }

func foldRune(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}

// Finding is whom a User was found to be.
type Finding struct {
	Outcome FindingOutcome
	// Subjects are the sub of each, in order; MaxFound at most.
	Subjects []string
	// Grants is how many live grants they have.
	Grants int
	// Providers are the identity providers that there are, where there is none of that name.
	Providers []string
}

// MaxFound bounds the subjects of one name: a provider elsewhere may give it to another person now and then.
const MaxFound = 16

// FindingOutcome says how the search for a User ended.
type FindingOutcome int

const (
	// FoundLater says that it cannot be told yet: the configuration, the users or the grants have not arrived.
	FoundLater FindingOutcome = iota
	// Found says that there is somebody of that name.
	Found
	// FoundNobody says that nobody who is known here has that name.
	FoundNobody
	// FoundNoProvider says that the issuer has no identity provider of that name.
	FoundNoProvider
)
