package endpoint

import (
	"net/http"
	"net/url"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// show answers with a page.
func (x *exchange) show(status int, page login.Page, err error) error {
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	x.status = status
	page.Write(x.w, status)
	return nil
}

// post answers with a form that brings params to a client (OAuth 2.0 Form Post Response Mode section 2).
func (x *exchange) post(uri string, params []oauth.Param) error {
	view := login.FormPostPage{Action: uri}
	for _, param := range params {
		view.Fields = append(view.Fields, login.FormField{Name: param.Name, Value: param.Value})
	}
	page, err := x.view.pages.FormPost(view)
	return x.show(http.StatusOK, page, err)
}

// renderRefusal tells a person that something failed. What the client's developer should know stands there, too.
func (s *Server) renderRefusal(x *exchange, status int, refusal *oauth.Error) {
	if x.view.pages == nil {
		x.write(status, nil)
		return
	}
	var detail string
	if refusal.Code != oauth.ServerError && refusal.Code != oauth.TemporarilyUnavailable {
		detail = refusal.Description
	}
	page, err := x.view.pages.Error(login.Trouble(refusal.Unwrap(), detail, ""))
	if x.show(status, page, err) != nil {
		x.write(status, nil)
	}
}

// renderLogin shows the login page, or the choice of identity providers where none is chosen.
func (s *Server) renderLogin(x *exchange, client, flow string, provider *registration.IdentityProvider, status int, view login.LoginPage) error {
	action := x.view.path + loginPath
	if provider == nil {
		choice, some := s.choices(x)
		if !some {
			return s.renderClosed(x, flow, nil)
		}
		page, err := x.view.pages.ChooseProvider(login.ProviderPage{Action: action, Flow: flow, Client: client, Providers: choice})
		return x.show(status, page, err)
	}
	view.Action, view.Flow, view.Client = action, flow, client
	view.Provider = login.ProviderView{Name: provider.Name, DisplayName: provider.DisplayName}
	view.Others = len(x.view.config.IdentityProviders) > 1
	page, err := x.view.pages.Login(view)
	return x.show(status, page, err)
}

// renderConsent asks the resource owner.
func (s *Server) renderConsent(x *exchange, a *authorization, flow *login.Flow, session *login.Session) error {
	sealed, err := login.SealFlow(x.view.sealer, *flow, x.began)
	if err != nil {
		return a.answer.refuse(oauth.Unavailable(unavailable, err))
	}
	token, err := login.SealConsent(x.view.sealer, session.ID, a.shown(), x.began)
	if err != nil {
		return a.answer.refuse(oauth.Unavailable(unavailable, err))
	}
	registered := a.client.Registration()
	view := login.ConsentPage{
		Action: x.view.path + consentPath, Flow: sealed, Token: token,
		Client: clientView(registered), Username: session.Username,
		Scopes:    login.DescribeScopes(a.allowed.Scopes, x.view.config.Scopes),
		Claims:    a.claimsByName(),
		Resources: a.allowed.Resources,
		ReturnsTo: originOf(a.answer.uri),
		AtMost:    time.Duration(registered.AccessTokenLifetime) * time.Second,
		Offline:   a.offline(),
	}
	if registered.RefreshToken != nil {
		view.AtMost = time.Duration(registered.RefreshToken.Lifetime) * time.Second
	}
	if registered.BackchannelLogoutURI != "" { // then the grant is kept as long as the session may last
		view.AtMost = max(view.AtMost, x.view.bounds.Lifetime)
	}
	page, err := x.view.pages.Consent(view)
	return x.show(http.StatusOK, page, err)
}

// renderAccount shows what a person has allowed.
func (s *Server) renderAccount(x *exchange, session *login.Session, shown grantsPage) error {
	revoke, err := login.SealForm(x.view.sealer, session.ID, login.PurposeRevoke, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	logout, err := login.SealForm(x.view.sealer, session.ID, login.PurposeLogout, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	view := login.AccountPage{
		RevokeAction: x.view.path + accountPath, RevokeToken: revoke,
		LogoutAction: x.view.path + logoutPath, LogoutToken: logout, Username: session.Username, Notice: shown.notice, Page: shown.number, Pages: shown.pages,
	}
	for i := range shown.grants {
		view.Grants = append(view.Grants, s.grantView(x, &shown.grants[i]))
	}
	page, err := x.view.pages.Account(view)
	return x.show(http.StatusOK, page, err)
}

func (s *Server) grantView(x *exchange, g *store.Grant) login.GrantView {
	view := login.GrantView{
		ID: g.ID, Client: login.ClientView{ID: g.Client.ID}, Scopes: login.DescribeScopes(g.Scopes, x.view.config.Scopes),
		Resources: g.Resources, Since: g.CreatedAt, LastUsed: g.LastUsed, Until: g.Latest(),
		ByPlatform: g.ByPlatform,
	}
	if client, ok := s.Registry.Snapshot().Client(g.Client.ID); ok && client.Registration().Owner.UID == g.Client.UID {
		view.Client = clientView(client.Registration())
	}
	return view
}

func clientView(r *registration.Registration) login.ClientView {
	return login.ClientView{ID: r.ClientID, Name: r.DisplayName}
}

// originOf is the part of a URI that says whose it is.
func originOf(uri string) string {
	parsed, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return parsed.Scheme + "://" + parsed.Host
}
