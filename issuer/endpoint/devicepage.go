package endpoint

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
)

const devicePath = "/device"

// serveDevice is where people say which device they mean and, once they have logged in, whether it may act for them (RFC
// 8628 section 3.3). Only then is the device looked for, so whoever tries codes needs an account to begin with.
func (s *Server) serveDevice(x *exchange) error {
	form, err := readForm(x)
	if err != nil {
		return err
	}
	if !form.Has(login.FieldFlow) {
		return s.takeUserCode(x, form)
	}
	flow, err := openFlow(x, form.Get(login.FieldFlow))
	if err != nil || flow.Device == "" {
		return s.askUserCode(x, http.StatusBadRequest, login.UserCodePage{TookTooLong: true})
	}
	session := s.session(x)
	switch {
	case session == nil || form.Get(login.FieldDecision) == login.DecisionSwitch:
		return x.redirect(x.view.path + loginPath + "?flow=" + url.QueryEscape(form.Get(login.FieldFlow)))
	case x.r.Method == http.MethodPost:
		return s.answerDevice(x, form, flow, session)
	default:
		return s.askAboutDevice(x, form.Get(login.FieldFlow), flow, session)
	}
}

// takeUserCode shows the page that asks for a code, and begins a flow with the one that was typed. A code in the address is
// filled in and no more: that somebody followed a link says nothing about who made it (RFC 8628 section 5.4).
func (s *Server) takeUserCode(x *exchange, form url.Values) error {
	code, ok := oauth.ParseUserCode(form.Get(login.FieldUserCode))
	switch {
	case x.r.Method != http.MethodPost:
		return s.askUserCode(x, http.StatusOK, login.UserCodePage{Code: code.Shown()})
	case !ok:
		return s.askUserCode(x, http.StatusBadRequest, login.UserCodePage{WrongCode: true})
	}
	flow := login.NewFlow("", x.began)
	flow.Device = string(code)
	sealed, err := login.SealFlow(x.view.sealer, flow, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	x.setCookies(flow.TieTo(x.view.sealer, x.r.Cookies()))
	return x.redirect(x.view.path + devicePath + "?flow=" + sealed)
}

func (s *Server) askUserCode(x *exchange, status int, view login.UserCodePage) error {
	view.Action = x.view.path + devicePath
	page, err := x.view.pages.UserCode(view)
	return x.show(status, page, err)
}

// askAboutDevice looks for the device and shows what it asks for. To look costs budget, found or not: where only failures
// did, somebody could tell a right code from a wrong one by the wait.
func (s *Server) askAboutDevice(x *exchange, sealed string, flow *login.Flow, session *login.Session) error {
	x.said.Subject, x.said.SessionID, x.said.SourceIP = session.Subject, session.ID, s.Proxies.Source(x.r)
	if wait := s.devices.look(session.Subject, x.said.SourceIP, x.began); wait > 0 {
		s.counts.device.Throttled()
		s.noteDenied(x, errTooManyCodes)
		x.w.Header().Set("Retry-After", seconds(wait))
		return s.askUserCode(x, http.StatusTooManyRequests, login.UserCodePage{Wait: wait, Code: oauth.UserCode(flow.Device).Shown()})
	}
	found, err := s.findDevice(x, flow)
	if errors.Is(err, errNoDevice) {
		return s.askCodeAgain(x, flow, err)
	}
	if err != nil {
		return err
	}
	found.open(x)
	token, err := login.SealForm(x.view.sealer, formOf(session, flow), login.PurposeDevice, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	page, err := x.view.pages.Device(deviceView(x, found, sealed, token, session))
	return x.show(http.StatusOK, page, err)
}

// formOf ties the form to the device as well: its token proves that this session was shown this code's page.
func formOf(session *login.Session, flow *login.Flow) string { return session.ID + "." + flow.ID }

func deviceView(x *exchange, found *waiting, sealed, token string, session *login.Session) login.DevicePage {
	registered, scopes := found.client.Registration(), found.device.Scopes
	view := login.DevicePage{
		Action: x.view.path + devicePath, Flow: sealed, Token: token, Code: found.code.Shown(),
		Client: clientView(registered), Username: session.Username,
		Scopes: login.DescribeScopes(scopes, x.view.config.Scopes), Resources: found.device.Resources,
		AtMost:  time.Duration(registered.AccessTokenLifetime) * time.Second,
		Offline: oauth.Scopes(scopes).Contains(grant.OfflineAccess),
	}
	if registered.RefreshToken != nil {
		view.AtMost = time.Duration(registered.RefreshToken.Lifetime) * time.Second
	}
	return view
}

// askCodeAgain tells a person that there is no such device, whatever the reason. It is logged here, since for them nothing
// has failed yet.
func (s *Server) askCodeAgain(x *exchange, flow *login.Flow, cause error) error {
	s.noteDenied(x, cause)
	view := login.UserCodePage{WrongCode: true, Code: oauth.UserCode(flow.Device).Shown()}
	return s.askUserCode(x, http.StatusBadRequest, view)
}
