package endpoint

import (
	"net/http"
	"slices"
	"strings"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
)

// visit is what somebody logs in for: a client that asks for authorization, or a device that shows them a code.
type visit struct {
	flow *login.Flow
	// client is whom the login is for, as people know it; empty for a device, which is not looked for before the login.
	client string
	hint   string // who is expected to log in
	next   string // the path to go on at
	// ask is what is passed on where the login is elsewhere.
	ask login.Ask
	// refreshes says that there may be a refresh token in the end: else there is nobody to ask after the person for.
	refreshes bool
}

// visit is what the login page belongs to, as its form or its query names it.
func (s *Server) visit(x *exchange, sealed string) (*visit, error) {
	flow, err := openFlow(x, sealed)
	if err != nil {
		return nil, err
	}
	return s.visitOf(x, flow)
}

// visitOf is what the login of a flow is for.
func (s *Server) visitOf(x *exchange, flow *login.Flow) (*visit, error) {
	if flow.Device != "" {
		return &visit{flow: flow, next: devicePath, refreshes: true}, nil
	}
	asked, err := s.resume(x, flow)
	if err != nil {
		return nil, err
	}
	client := clientView(asked.client.Registration()).Shown()
	return &visit{
		flow: flow, client: client, hint: asked.req.LoginHint, next: consentPath,
		refreshes: asked.client.Registration().RefreshToken != nil,
		ask:       login.Ask{Prompt: promptOf(asked.req.Prompt), MaxAge: asked.req.MaxAge, LoginHint: asked.req.LoginHint},
	}, nil
}

// openFlow is the flow that a page belongs to.
func openFlow(x *exchange, sealed string) (*login.Flow, error) {
	flow, err := login.OpenFlow(x.view.sealer, sealed, x.r.Cookies(), x.began)
	if err != nil {
		return nil, oauth.InvalidRequest.Because(err, flowAdvice(err))
	}
	x.setCookies(flow.Surplus(x.view.sealer, x.r.Cookies()))
	return &flow, nil
}

// setCookies adds cookies to the answer.
func (x *exchange) setCookies(cookies []*http.Cookie) {
	for _, cookie := range cookies {
		x.setCookie(cookie)
	}
}

// setCookie adds a cookie to the answer, in the place of one of the same name: browsers keep the last one, and each is a line
// of the header.
func (x *exchange) setCookie(cookie *http.Cookie) {
	header := x.w.Header()
	header["Set-Cookie"] = slices.DeleteFunc(header["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, cookie.Name+"=")
	})
	http.SetCookie(x.w, cookie)
}

// resume is the authorization request of a flow. It is understood anew: the client may have changed meanwhile. Its hint was
// verified when it came.
func (s *Server) resume(x *exchange, flow *login.Flow) (*authorization, error) {
	form, err := oauth.ParseAuthorizationForm(flow.Form)
	if err != nil {
		return nil, err
	}
	asked, err := s.understand(x, form)
	if err == nil && flow.Hinted != "" {
		asked.hinted = flow.Hinted
	}
	return asked, err
}
