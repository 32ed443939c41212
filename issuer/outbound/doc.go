// Package outbound reaches the addresses that somebody else has written down, and no address at which nobody of theirs
// can be (OWASP's server-side request forgery): whoever may write a URL must not reach by the issuer's hand what only
// the issuer can reach.
//
// It owns which special-purpose ranges there are, which of them each Profile lets pass, and the transport that asks. It
// does not know what is sent, nor to whom; and what the platform itself writes (an upstream identity provider, the
// issuer of a guard, the operator's own Services) does not come here.
package outbound
