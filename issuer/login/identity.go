package login

import "time"

// Identity is a person as an identity provider knows them. It is shared between requests and must not be changed.
type Identity struct {
	// Provider is the identity provider's name.
	Provider string
	// Subject is the person's sub here: see Subject.
	Subject string
	// Username is what people call them. It may change, and nothing is decided by it.
	Username string
	// Claims are what is known of them, by the names of OpenID Connect Core section 5.1 and further ones; the sub is not
	// among them.
	Claims map[string]any
	// Omitted are the names of the claims that an identity provider elsewhere gave at this login in a form that they do not
	// have. They are not among Claims.
	Omitted []string
	// AMR is how they proved who they are (RFC 8176).
	AMR []string
	// AuthTime is when they proved it; zero for just now.
	AuthTime time.Time
	// Epoch is of the time in which they have this password: what began in another one has ended. Empty for people of a
	// provider elsewhere.
	Epoch string
	// Carried says that nobody here can be asked for Claims again: they travel with the session, and stay with what it
	// grants.
	Carried bool
}
