package login

import "net/http"

// Content security policies of pages (Content Security Policy Level 3). A page loads our style and our logo and nothing
// else; nobody frames it, so nobody can lay it under a bait (RFC 9700 section 4.16).
//
// formsLeave says nothing of form-action. Browsers hold that to all redirects that follow a form, and those lead from the
// login to the client, and from there to wherever the client goes on, which nobody can list here. What it would defend
// against, a form that somebody else has put into the page, html/template keeps out.
const (
	formsLeave = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	formsStay  = formsLeave + "; form-action 'self'"
)

// Write answers with the page, as securely as browsers can be told to handle it.
func (p Page) Write(w http.ResponseWriter, status int) {
	securityHeaders(w.Header(), p.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(p.Body)
}

// securityHeaders are those of every page. Since there is no Referer, browsers send "Origin: null" with our forms, too:
// whoever wants to know where a form came from looks at Sec-Fetch-Site. The opener policy cuts a login in a pop-up off from
// the page that opened it; such clients hear of its end at their own redirect URI, by a BroadcastChannel.
func securityHeaders(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}
