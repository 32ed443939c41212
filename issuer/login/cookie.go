package login

import "net/http"

// forget is the Max-Age that makes a browser drop a cookie.
const forget = -1

// hostCookie has all the attributes that a __Host- cookie needs: browsers take one only over TLS, for this very host and
// for all its paths (RFC 6265bis section 4.1.3.2). SameSite=Lax lets it come along when a client sends the browser here,
// which Strict would not. With a maxAge of 0 it lasts until the browser is closed.
func hostCookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
