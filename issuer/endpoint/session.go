package endpoint

import (
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
)

// session is the login session of the browser that x came from; nil if there is none that still counts.
func (s *Server) session(x *exchange) *login.Session {
	session := login.OpenSession(x.view.sealer, x.r.Cookies(), x.view.bounds, x.began)
	if session == nil || !s.stands(x, session) {
		return nil
	}
	if session.Stale(x.began, x.view.bounds) {
		s.keep(x, session.Visit(x.began))
	}
	return session
}

// former is the session of a browser that may have been away for too long to be logged in by its cookie. The session goes on
// without it, and so does what was granted in it; nil if there is none.
func (s *Server) former(x *exchange) *login.Session {
	session := login.FormerSession(x.view.sealer, x.r.Cookies(), x.view.bounds, x.began)
	if session == nil || !s.stands(x, session) {
		return nil
	}
	return session
}

// stands tells whether a session still counts. A copy of a cookie counts no more when its owner has logged out, or has logged
// in once more and got another one; nor does that of a person who is gone or has another password since.
func (s *Server) stands(x *exchange, session *login.Session) bool {
	return s.Registry.Present(session.Provider, session.Subject, session.Epoch) &&
		!x.view.stores.Revocations.Revoked(store.Issued{
			TokenID: session.CookieID(), SessionID: session.ID, Subject: session.Subject,
			User: store.User{Provider: session.Provider, Username: session.Username}, At: session.Started,
		})
}

// keep writes the session into the browser. Where that fails the former cookie stays, which is good for a while; so does that
// of the former version which carries more than a cookie should.
func (s *Server) keep(x *exchange, session login.Session) {
	if session.Claims != nil && !session.Fits() {
		return
	}
	cookie, err := session.Cookie(x.view.sealer, x.began)
	if err != nil {
		s.Log.WarnContext(x.r.Context(), "Failed to renew a session", "error", err)
		return
	}
	x.setCookie(cookie)
	x.setCookies(session.FormerCookies())
}

// flow is the authorization request that a page belongs to, as the form or the query of the page names it.
func (s *Server) flow(x *exchange, sealed string) (*authorization, *login.Flow, error) {
	flow, err := openFlow(x, sealed)
	if err != nil {
		return nil, nil, err
	}
	asked, err := s.resume(x, flow)
	return asked, flow, err
}
