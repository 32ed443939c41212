package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// upstreamAlgorithms may sign ID tokens: none at all and shared secrets are not among them (RFC 8725 section 3.1).
var upstreamAlgorithms = []string{
	oidc.ES256, oidc.ES384, oidc.ES512, oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

// said are the claims of an upstream identity provider: those of the userinfo endpoint, and over them those of the ID
// token, which are signed.
type said map[string]any

func (s said) text(name string) string {
	text, _ := s[name].(string)
	return text
}

// read verifies the ID token that came with tokens (OpenID Connect Core section 3.1.3.7), and asks the userinfo
// endpoint where there is one: many providers tell most of what they know only there (section 5.4).
func (u *Upstream) read(ctx context.Context, found *discovered, tokens *oauth2.Token) (said, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: there is no ID token", ErrUpstreamAnswer)
	}
	claims, err := u.verify(ctx, found, raw, tokens.AccessToken)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUpstreamAnswer, tell(err))
	}
	if found.provider.UserInfoEndpoint() == "" {
		return claims, nil
	}
	info, err := found.provider.UserInfo(u.site.with(ctx), oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, u.site.failed(fmt.Errorf("userinfo: %w", err), ErrUpstreamAway)
	}
	all := said{}
	if err := info.Claims(&all); err != nil || info.Subject != claims.text("sub") { // section 5.3.2
		return nil, fmt.Errorf("%w: userinfo is about somebody else", ErrUpstreamAnswer)
	}
	maps.Copy(all, claims)
	return all, nil
}

// verify checks signature, issuer, audience and times by go-oidc, and then what that leaves to us.
func (u *Upstream) verify(ctx context.Context, found *discovered, raw, accessToken string) (said, error) {
	if err := checkType(raw); err != nil {
		return nil, err
	}
	token, err := found.provider.Verifier(&oidc.Config{
		ClientID: u.rules.OIDC.ClientID, SupportedSigningAlgs: upstreamAlgorithms, Now: u.now,
	}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	claims := said{}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	return claims, claims.check(token, u.rules.OIDC.ClientID, accessToken)
}

// check looks at authorized party, subject and at_hash (OpenID Connect Core section 3.1.3.7, 3.1.3.8).
func (s said) check(token *oidc.IDToken, clientID, accessToken string) error {
	_, named := s["azp"]
	switch {
	case (named || len(token.Audience) > 1) && s.text("azp") != clientID:
		return errors.New("the ID token was made for another client")
	case token.Subject == "" || len(token.Subject) > maxOwnSubject:
		return errors.New("the ID token has no proper sub")
	case token.AccessTokenHash != "" && token.VerifyAccessToken(accessToken) != nil:
		return errors.New("the ID token belongs to another access token")
	default:
		return nil
	}
}

// checkType refuses JWTs of other kinds: access tokens and logout tokens name theirs (RFC 8725 section 3.11).
func checkType(raw string) error {
	parsed, err := jose.ParseSignedCompact(raw, signatureAlgorithms())
	if err != nil {
		return errors.New("the ID token is malformed, or signed by an algorithm that is not accepted")
	}
	kind, named := parsed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]
	if text, ok := kind.(string); named && (!ok || !strings.EqualFold(text, "JWT")) {
		return errors.New("the ID token is a token of another type")
	}
	return nil
}

func signatureAlgorithms() []jose.SignatureAlgorithm {
	out := make([]jose.SignatureAlgorithm, 0, len(upstreamAlgorithms))
	for _, name := range upstreamAlgorithms {
		out = append(out, jose.SignatureAlgorithm(name))
	}
	return out
}

// identity makes of what a provider says a person of ours. They are known by its issuer and its sub, never by an
// address, which may pass to somebody else (OpenID Connect Core section 5.7).
func (u *Upstream) identity(ctx context.Context, all said) (Identity, error) {
	claims, omitted, err := u.claims.apply(ctx, all)
	if err != nil {
		return Identity{}, err
	}
	return Identity{
		Provider: u.rules.Name, Subject: u.subject(all), Username: username(all), Claims: claims, Omitted: omitted, Carried: true,
		AuthTime: all.moment("auth_time", u.now()), AMR: methods(all["amr"]),
	}, nil
}

func (u *Upstream) subject(all said) string {
	return Subject(u.rules.Name, u.rules.OIDC.Issuer+" "+all.text("sub")) // no issuer holds a blank
}

// username is the first name that people can read.
func username(all said) string {
	for _, name := range []string{"preferred_username", "email", "name", "sub"} {
		if text := all.text(name); text != "" && printable(text) {
			runes := []rune(text)
			return string(runes[:min(len(runes), maxUsername)])
		}
	}
	return "someone"
}

// moment is a time that has been; zero for none.
func (s said) moment(name string, now time.Time) time.Time {
	var seconds int64
	switch n := s[name].(type) {
	case float64:
		seconds = int64(n)
	case json.Number:
		seconds, _ = n.Int64()
	}
	if seconds <= 0 || seconds > now.Unix() {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// methods are authentication methods (RFC 8176), if they are few and short enough to be passed on.
func methods(value any) []string {
	const most, longest = 8, 32
	list := texts(value)
	tooLong := func(text string) bool { return len(text) > longest }
	if len(list) == 0 || len(list) > most || slices.ContainsFunc(list, tooLong) {
		return nil
	}
	return list
}
