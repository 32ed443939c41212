package endpoint

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/token"
)

// appendIDToken writes the ID token, where the resource owner was asked for one (OpenID Connect Core sections 3.1.3.3 and
// 12.2). What it says of them is what their identity provider knows now; the claims that scopes release are at the userinfo
// endpoint, and here only those that were asked for by name (section 5.4).
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
	identity, _ := s.identity(by, &granted.Data)
	body = append(body, `,"id_token":"`...)
	body, err = token.AppendIDToken(body, signer, &token.IDClaims{
		Issuer: x.view.config.URL, Subject: by.Subject, Audience: client.ID(),
		IssuedAt: x.began.Unix(), Expires: x.began.Add(time.Duration(rules.Lifetime) * time.Second).Unix(),
		AuthTime: by.AuthTime.Unix(), Nonce: granted.Nonce, ACR: by.ACR, AMR: by.AMR, SessionID: by.SessionID,
		AccessToken: string(access),
		Further:     login.Released(identity, nil, granted.Data.Asked.IDToken),
	})
	if err != nil {
		return nil, oauth.ServerError.Hide(err)
	}
	return append(body, '"'), nil
}
