package login

import (
	"encoding/json"
	"net/http"
)

// What we add to an answer stays small, whatever people and identity providers bring: gateways allow its header 4 KiB, often
// (nginx: proxy_buffer_size), and ours has 3 KiB at most, with a Location of 2 KiB at most. What a client sends to have it
// back comes on top: its state, its nonce and its URI.
const (
	// maxCarried bounds what is said of a person that travels in their session's cookie, and in each code that comes of it,
	// packed and in bytes, with the refresh token that travels to the first of them: so a code has room for a nonce, some
	// scopes and a resource beside it, and nobody writes anything. It is enough for names, address and a dozen groups.
	maxCarried = 370
	// roomyCookie is the longest cookie of a session that carries claims, maxSession the longest one of all, in characters.
	roomyCookie = 1100
	maxSession  = 1600
)

// Fits tells whether the session's cookie carries its claims. Else they are parked, and the session says where.
func (s *Session) Fits() bool {
	claims, err := PackClaims(s.Claims)
	if err != nil {
		return false
	}
	plain, err := json.Marshal(s)
	return err == nil && len(claims) <= maxCarried && sealedSize(len(plain)) <= roomyCookie
}

// FitsBeside tells whether a flow carries the lease to a code that carries these claims. Else it is parked, and the flow says
// where.
func (l *Lease) FitsBeside(claims map[string]any) bool {
	packed, err := PackClaims(claims)
	return err == nil && len(packed)+len(l.Issuer)+len(l.Token) <= maxCarried
}

// sealedSize is how long a sealed value of so many bytes is.
func sealedSize(plain int) int {
	const added = 4 + 24 + 16 // hint, nonce and tag
	return (plain + added + 2) / 3 * 4
}

// FormerCookies are cookies that remove what the browser has under names of the former version, when the session has one of
// its own.
func (s *Session) FormerCookies() []*http.Cookie {
	if !s.Former {
		return nil
	}
	return []*http.Cookie{forgetFormer(forSession)}
}
