package endpoint

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

const userinfoPath = registration.UserInfoPath

func (s *Server) userinfoRoute() *route {
	return &route{
		serve: s.serveUserinfo, methods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		allow: []string{"GET, HEAD, POST, OPTIONS"}, count: s.counts.userinfo, noStore: true,
	}
}

// serveUserinfo tells a client of the resource owner what their grant releases (OpenID Connect Core section 5.3). What it
// says is the identity provider's present knowledge; of people who logged in elsewhere, what their grant was last told.
func (s *Server) serveUserinfo(x *exchange) error {
	raw, err := oauth.ParseBearer(x.r)
	if err != nil {
		return err
	}
	access, err := s.readAccess(x, raw, token.ReturnedToken, nil)
	if errors.Is(err, store.ErrUnavailable) { // the token may be good: nobody is to throw it away
		return grant.StoreFailed(err)
	}
	if err != nil {
		return oauth.RefuseToken(err)
	}
	if access.grant == nil {
		return oauth.RefuseImpersonal()
	}
	rules, granted := access.client.Registration().Scopes, strings.Fields(access.claims.Scope)
	if !slices.Contains(granted, policy.OpenID) || !slices.Contains(rules, policy.OpenID) {
		return oauth.RefuseScope(policy.OpenID)
	}
	data := grant.OpenData(x.view.sealer, access.grant.Sealed)
	identity, ok := s.identity(access.grant, &data)
	if !ok {
		return oauth.RefuseToken(errPersonGone)
	}
	release := login.Release{Rules: rules, Granted: granted, Named: data.Asked.UserInfo}
	return s.answerUserinfo(x, access.client, access.claims.Subject, release.Of(identity))
}
