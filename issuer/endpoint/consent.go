package endpoint

import (
	"errors"
	"net/http"
	"net/url"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
)

const consentPath = "/consent"

// serveConsent goes on with a request after the login: it asks the resource owner if that is needed, and takes the answer
// (RFC 6749 section 4.1.1).
func (s *Server) serveConsent(x *exchange) error {
	form, err := readForm(x)
	if err != nil {
		return err
	}
	asked, flow, err := s.flow(x, form.Get(login.FieldFlow))
	if err != nil {
		return err
	}
	session := s.session(x)
	if x.r.Method != http.MethodPost || session == nil {
		return s.proceed(x, asked, flow, session, false)
	}
	switch err := s.readDecision(x, form, asked, session); {
	case errors.Is(err, errSwitch):
		return s.sendTo(x, asked, flow, loginPath)
	case errors.Is(err, login.ErrShown):
		return s.proceed(x, asked, flow, session, false)
	case oauth.CodeOf(err) == oauth.AccessDenied:
		x.setCookie(flow.Forget(x.view.sealer))
		return asked.answer.refuse(err)
	case err != nil:
		return err
	default:
		return s.proceed(x, asked, flow, session, true)
	}
}

// errSwitch says that somebody else is to log in.
var errSwitch = errors.New("another user")

// readDecision returns nil if the resource owner allows what was on the page. The form belongs to their session: nobody's
// consent counts for whoever has logged in since, and none for what the page did not show.
func (s *Server) readDecision(x *exchange, form url.Values, asked *authorization, session *login.Session) error {
	switch form.Get(login.FieldDecision) {
	case login.DecisionSwitch:
		return errSwitch
	case login.DecisionAllow:
	default:
		return oauth.AccessDenied.Refusef("the resource owner denied the request")
	}
	err := login.CheckConsent(x.view.sealer, form.Get(login.FieldToken), session.ID, asked.shown(), x.began)
	if errors.Is(err, login.ErrShown) {
		return err
	}
	if err != nil {
		return oauth.InvalidRequest.Because(err, "the page was open for too long, or belongs to another login")
	}
	return nil
}
