package endpoint

import (
	"errors"
	"log/slog"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/token"
)

const authorizationPath = registration.AuthorizationPath

// authorization is an authorization request that is understood: who asks for what, and where the answer goes.
type authorization struct {
	client  *policy.Client
	form    *oauth.AuthorizationForm
	req     *oauth.AuthorizationRequest
	allowed policy.Authorized // what the resource owner may be asked to allow
	answer  *callback
	// hinted is the subject of the id_token_hint; empty without one.
	hinted string
	// consent is why the resource owner lets the client have it, once that is settled.
	consent consented
}

// serveAuthorization answers the authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core section 3.1.2).
func (s *Server) serveAuthorization(x *exchange) error {
	form, err := oauth.ReadAuthorization(x.r)
	if err != nil {
		return err
	}
	if x.foreignForm() {
		return x.repeat(authorizationPath, form.Encode())
	}
	asked, err := s.understand(x, form)
	if err != nil {
		return err
	}
	return s.proceed(x, asked, nil, s.session(x), false)
}

// understand reads a request in the order in which it may be trusted: until client and redirect URI are known to belong
// together, failures are for a page; from then on they are for the client (RFC 6749 section 4.1.2.1).
func (s *Server) understand(x *exchange, form *oauth.AuthorizationForm) (*authorization, error) {
	client, ok := s.Registry.Snapshot().Client(form.ClientID)
	if !ok {
		return nil, oauth.InvalidRequest.Refusef("the application that sent you here is not registered at this issuer")
	}
	x.said.ClientID = client.ID()
	redirect, ok := oauth.MatchRedirectURI(client.Registration().RedirectURIs, form.RedirectURI)
	if !ok {
		return nil, oauth.InvalidRequest.Refusef("the application that sent you here asks for an answer at an address that is not registered for it")
	}
	a := &authorization{client: client, form: form}
	a.answer = &callback{uri: redirect, mode: form.ResponseMode(), state: form.State(), issuer: x.view.config.URL}
	if err := a.read(x); err != nil {
		return nil, a.answer.refuse(err)
	}
	return a, nil
}

// read understands the rest. The error is for the client.
func (a *authorization) read(x *exchange) error {
	var err error
	if a.req, err = a.form.Request(); err != nil {
		return err
	}
	if err := checkACR(a.req.Claims); err != nil {
		return err
	}
	a.allowed, err = a.client.Authorize(policy.Request{
		GrantType: grant.AuthorizationCode, Scopes: a.req.Scopes, Resources: a.req.Resources,
	})
	if err != nil {
		return err
	}
	if a.req.IDTokenHint == "" {
		return nil
	}
	hint, err := x.verifier().Verify(a.req.IDTokenHint, token.IDTokenHint, nil, x.began)
	if err != nil {
		return oauth.InvalidRequest.Because(err, "id_token_hint is no ID token of this issuer")
	}
	a.hinted = hint.Subject
	return nil
}

// proceed does what comes next for a request: a page, or an answer to the client. Flow is nil for one that has just come.
// Consented says that the resource owner has just allowed it.
func (s *Server) proceed(x *exchange, a *authorization, flow *login.Flow, session *login.Session, consented bool) error {
	question, err := s.question(x, a, flow, session)
	if err != nil {
		return a.answer.refuse(err)
	}
	question.Consented = consented
	step, err := login.Next(question)
	switch {
	case err != nil:
		return a.answer.refuse(err)
	case step == login.StepIssue:
		a.consent = a.consentOf(&question)
		return s.sendCode(x, a, flow, session)
	case step == login.StepConsent && x.r.URL.Path == x.view.path+consentPath:
		return s.renderConsent(x, a, flow, session)
	case step == login.StepConsent:
		return s.sendTo(x, a, flow, consentPath)
	default:
		return s.sendTo(x, a, flow, loginPath)
	}
}

// question gathers what decides about the next step. A request that has just come begins now.
func (s *Server) question(x *exchange, a *authorization, flow *login.Flow, session *login.Session) (login.Question, error) {
	registered := a.client.Registration()
	q := login.Question{
		Prompt: a.req.Prompt, MaxAge: a.req.MaxAge, HintedSubject: a.hinted, WantedSubjects: wantedSubjects(a.req.Claims),
		Session: session, FlowStarted: x.began, Now: x.began,
		AlwaysAsk: registered.Public && oauth.Loopback(a.answer.uri) || len(a.claimsByName()) > 0,
	}
	_, q.Skipped = a.skipsConsent()
	if flow != nil {
		q.FlowID, q.FlowStarted = flow.ID, flow.Started
	}
	if session == nil {
		return q, nil
	}
	grants, err := s.allowed(x, session)
	if err != nil {
		return q, err
	}
	q.Remembered = login.Covers(grants, registered.Owner.UID, a.allowed.Scopes, a.allowed.Resources, x.began)
	return q, nil
}

// wantedSubjects are those that the claims parameter insists on (OpenID Connect Core section 5.5.1). A value that is no text
// is nobody's sub, and asks for nobody all the same.
func wantedSubjects(claims *oauth.ClaimsRequest) []string {
	if claims == nil {
		return nil
	}
	var subjects []string
	for _, value := range claims.IDToken["sub"].Values {
		text, _ := value.(string)
		subjects = append(subjects, text)
	}
	return subjects
}

// sendTo goes on at a page. The request travels along, sealed and tied to this browser.
func (s *Server) sendTo(x *exchange, a *authorization, flow *login.Flow, path string) error {
	if flow == nil {
		begun := login.NewFlow(a.form.EncodeWithoutHint(), x.began)
		begun.Hinted = a.hinted
		flow = &begun
		x.setCookies(flow.TieTo(x.view.sealer, x.r.Cookies()))
	}
	sealed, err := login.SealFlow(x.view.sealer, *flow, x.began)
	switch {
	case errors.Is(err, login.ErrFlowSize):
		return a.answer.refuse(oauth.InvalidRequest.Because(err, "the request is too long"))
	case err != nil:
		return a.answer.refuse(oauth.Unavailable(unavailable, err))
	}
	return x.redirect(x.view.path + path + "?flow=" + sealed)
}

// sendCode gives the client what it came for (RFC 6749 section 4.1.2).
func (s *Server) sendCode(x *exchange, a *authorization, flow *login.Flow, session *login.Session) error {
	if err := s.admitCode(x, session); err != nil {
		return a.answer.refuse(err)
	}
	switch whole, err := s.complete(x, session); {
	case err != nil:
		return a.answer.refuse(err)
	case !whole:
		return s.proceed(x, a, flow, nil, false)
	}
	asked := a.askedClaims()
	lease, leaseIn := a.lease(flow, session)
	code := grant.Code{
		ID: token.NewID(), ClientID: a.client.ID(), ClientUID: a.client.Registration().Owner.UID,
		RedirectURI: a.answer.uri, Challenge: a.req.CodeChallenge, Nonce: a.req.Nonce,
		Scopes: a.allowed.Scopes, Resources: a.allowed.Resources, ByPlatform: a.consent.skippedBy != "",
		Subject: session.Subject, Username: session.Username, Provider: session.Provider, SessionID: session.ID,
		AuthTime: session.AuthTime.Unix(), SessionEnds: session.Started.Add(x.view.bounds.Lifetime).Unix(),
		AMR: session.AMR, Epoch: session.Epoch, Asked: asked, Issued: x.began.Unix(),
		Claims: a.releasable(session, asked), Lease: lease,
		Places: grant.Places{Claims: session.Parked, Lease: leaseIn},
	}
	value, err := s.issue(x, &code)
	if err != nil {
		return a.answer.refuse(err)
	}
	if flow != nil {
		x.setCookie(flow.Forget(x.view.sealer))
	}
	s.Metrics.Authorized(a.consent.how)
	x.said.ConsentSkippedBy = a.consent.skippedBy
	s.logGranted(x, &code)
	return a.answer.send(x, oauth.Param{Name: "code", Value: value})
}

// logGranted tells the log before the client is told.
func (s *Server) logGranted(x *exchange, code *grant.Code) {
	x.said.Subject, x.said.SessionID, x.said.Provider = code.Subject, code.SessionID, code.Provider
	x.said.Scope, x.said.Audience = oauth.Scopes(code.Scopes).String(), code.Resources
	x.said.SourceIP = s.Proxies.Source(x.r)
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.AuthorizationGranted, &x.said)
}

// offline tells whether the grant is to outlive the login session.
func (a *authorization) offline() bool { return slices.Contains(a.allowed.Scopes, grant.OfflineAccess) }
