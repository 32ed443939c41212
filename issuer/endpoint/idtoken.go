package endpoint

import (
	"log/slog"
	"slices"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/token"
)

// appendIDToken writes the ID token, where the resource owner was asked for one (OpenID Connect Core sections 3.1.3.3 and
// 12.2).
func (s *Server) appendIDToken(body []byte, x *exchange, client *policy.Client, access []byte, granted *grant.Granted) ([]byte, error) {
	rules := client.Registration().IDToken
	if rules == nil || !slices.Contains(granted.Scopes, policy.OpenID) {
		return body, nil
	}
	signer, err := x.view.keys.Signer([]string{rules.Algorithm}, x.began)
	if err != nil {
		return nil, oauth.Unavailable(unavailable, err)
	}
	by := granted.Authorization
	body = append(body, `,"id_token":"`...)
	body, err = token.AppendIDToken(body, signer, &token.IDClaims{
		Issuer: x.view.config.URL, Subject: by.Subject, Audience: client.ID(),
		IssuedAt: x.began.Unix(), Expires: x.began.Add(time.Duration(rules.Lifetime) * time.Second).Unix(),
		AuthTime: by.AuthTime.Unix(), Nonce: granted.Nonce, ACR: by.ACR, AMR: by.AMR, SessionID: by.SessionID,
		AccessToken: string(access),
		Further:     s.told(x, client, granted),
	})
	if err != nil {
		return nil, oauth.ServerError.Hide(err)
	}
	return append(body, '"'), nil
}

// told is what an ID token says of its resource owner: what their identity provider knows now of the claims that the granted
// scopes release, and of those that were asked for there by name (OpenID Connect Core sections 5.4 and 5.5). A client may
// want the latter alone. What there is no room for is told at the userinfo endpoint.
func (s *Server) told(x *exchange, client *policy.Client, granted *grant.Granted) map[string]any {
	registered, by := client.Registration(), granted.Authorization
	identity, _ := s.identity(by, &granted.Data)
	release := login.Release{Rules: registered.Scopes, Granted: granted.Scopes, Named: granted.Data.Asked.IDToken}
	if registered.IDToken.Claims == registration.ClaimsMinimal {
		release.Granted = nil
	}
	fitting, left := token.Fit(release.Of(identity), release.Named)
	s.noteOmitted(x, audit.OmittedFromIDToken, &audit.Entry{
		ClientID: client.ID(), GrantID: by.ID, Subject: by.Subject, Provider: by.Provider, Claims: left,
	})
	return fitting
}

// noteOmitted tells the log and the metrics of claims that were left out at a place, if any were.
func (s *Server) noteOmitted(x *exchange, from audit.Omission, what *audit.Entry) {
	if len(what.Claims) == 0 {
		return
	}
	s.Metrics.Omitted(from, len(what.Claims))
	s.Audit.Write(x.r.Context(), slog.LevelInfo, from.Event(), what)
}
