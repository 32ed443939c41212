package endpoint

import (
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
)

// session is the login session of the browser that x came from; nil if there is none that still counts. A copy of a cookie
// whose owner has logged out counts no more, nor does that of a person who is gone or has another password since.
func (s *Server) session(x *exchange) *login.Session {
	session := login.OpenSession(x.view.sealer, x.r.Cookies(), x.view.bounds, x.began)
	if session == nil || !s.Registry.Present(session.Provider, session.Subject, session.Epoch) {
		return nil
	}
	issued := store.Issued{SessionID: session.ID, Subject: session.Subject, At: session.Started}
	if x.view.stores.Revocations.Revoked(issued) {
		return nil
	}
	if session.Stale(x.began, x.view.bounds) {
		s.keep(x, session.Visit(x.began))
	}
	return session
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
