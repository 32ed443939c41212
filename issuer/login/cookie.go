package login

import (
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"

	"tokenwright.dev/issuer/seal"
)

// forget is the Max-Age that makes a browser drop a cookie.
const forget = -1

// What a cookie is for ends its name.
const (
	forSession  = "session"
	forFamiliar = "familiar"
	forFlow     = "flow-" // and the flow's ID
)

// hostPrefix begins the names of an issuer with a host of its own: browsers take such a cookie only over TLS, for this very
// host and for all its paths (RFC 6265bis section 4.1.3.2).
const hostPrefix = "__Host-tw-"

// jar is where browsers keep the cookies of one issuer.
type jar struct{ prefix, path string }

// jarOf is the jar of the issuer that sealer is of. One with a path shares its host with others, which are neither to read
// its cookies nor to overwrite them: its cookies are for its path, so that __Host- cannot be, and have names of their own.
func jarOf(sealer *seal.Sealer) jar {
	issuer, err := url.Parse(sealer.Issuer())
	if err != nil || strings.Trim(issuer.Path, "/") == "" {
		return jar{hostPrefix, "/"}
	}
	path := issuer.EscapedPath()
	sum := sha256.Sum256([]byte(path))
	const enough = 5 // bytes, to tell the issuers of one host apart
	own := strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:enough]))
	return jar{"__Secure-tw-" + own + "-", path}
}

// holds tells what the cookie called name is for, if it is of this issuer. Names of the former version count, where all
// issuers of a host had the same: what opens is the issuer's own.
func (j jar) holds(name string) (purpose string, ok bool) {
	if purpose, ok = strings.CutPrefix(name, j.prefix); ok {
		return purpose, true
	}
	return strings.CutPrefix(name, hostPrefix)
}

// former tells whether the cookie called name is one of the former version's, which has another name now.
func (j jar) former(name string) bool {
	return j.prefix != hostPrefix && strings.HasPrefix(name, hostPrefix)
}

// cookie has all the attributes that its prefix asks for. SameSite=Lax lets it come along when a client sends the browser
// here, which Strict would not. With a maxAge of 0 it lasts until the browser is closed.
func (j jar) cookie(purpose, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: j.prefix + purpose, Value: value, Path: j.path, MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// forgetFormer removes a cookie of the former version.
func forgetFormer(purpose string) *http.Cookie {
	return jar{hostPrefix, "/"}.cookie(purpose, "", forget)
}
