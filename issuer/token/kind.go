package token

import (
	"slices"
	"time"
)

// Kind is a kind of JWT. Each has rules of its own, so that none passes as another (RFC 8725 section 3.12).
type Kind int

// The kinds of JWT that are read here. A new one is a constant, a row in kinds, and a row in TestKinds.
const (
	// AccessToken is a JWT access token (RFC 9068).
	AccessToken Kind = iota + 1
	// ReturnedToken is an access token that has come back to us: whoever has it may ask us about its resource owner, or give
	// it up, whichever resource it is for.
	ReturnedToken
	// IDTokenHint is an ID token of ours that a client sends back to say whom it means (OpenID Connect Core section
	// 3.1.2.1, RP-Initiated Logout section 2). Nobody proves anything by it.
	IDTokenHint
)

// The values of typ that are minted here.
const (
	accessTokenType = "at+jwt"
	// plainType is that of ID tokens and UserInfo responses, which have none of their own.
	plainType         = "JWT"
	introspectionType = "token-introspection+jwt" // RFC 9701 section 5
	logoutType        = "logout+jwt"              // OpenID Connect Back-Channel Logout section 2.4
)

// rules are what a JWT of one kind must be, beside what every JWT must be.
type rules struct {
	// types are the accepted values of typ, byte for byte (RFC 8725 section 3.11).
	types []string
	// required are the claims that must be there.
	required []string
	// forAnybody says that a caller who names no audience takes a token for any.
	forAnybody bool
	// lapse is how long a token is accepted after it has expired.
	lapse time.Duration
}

// accessToken follows RFC 9068 sections 2.2 and 4.
var accessToken = rules{
	types:    []string{accessTokenType, "application/" + accessTokenType},
	required: []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"},
}

// kinds holds the rules of every kind. A Kind without a row is never accepted.
var kinds = map[Kind]rules{
	AccessToken:   accessToken,
	ReturnedToken: accessToken.forAll(),
	IDTokenHint: {
		types:      []string{plainType, "application/" + plainType},
		required:   []string{"iss", "exp", "aud", "sub", "iat"},
		forAnybody: true,
		lapse:      hintLapse,
	},
}

// hintLapse is how old a hint may be. Who logs out has most likely an ID token that has expired (RP-Initiated Logout
// section 2); one that is older still says little of who sits there now.
const hintLapse = 30 * 24 * time.Hour

// skew is how far another clock may be ahead of ours. It excuses what was issued in our future, never what has expired:
// when a token ends is told to its client, and holds.
const skew = 60 * time.Second

// judge holds claims to what the verifier expects.
func (v Verifier) judge(c *received, rules rules, audiences []string, now time.Time) error {
	latest := now.Add(skew).Unix()
	switch {
	case !v.trusts(c.Issuer):
		return ErrIssuer
	case !rules.admit(c.Audience, audiences):
		return ErrAudience
	case now.Add(-rules.lapse).Unix() >= c.Expires:
		return ErrExpired
	case c.IssuedAt > latest || c.notBefore > latest:
		return ErrNotYet
	default:
		return nil
	}
}

// trusts tells whether a token may come from issuer, which a token always names.
func (v Verifier) trusts(issuer string) bool {
	return issuer != "" && (issuer == v.Issuer || slices.Contains(v.Others, issuer))
}

// forAll is r for tokens whose audience is not asked about.
func (r rules) forAll() rules {
	r.forAnybody = true
	return r
}

// admit tells whether a token for named is one for any of audiences.
func (r rules) admit(named, audiences []string) bool {
	if r.forAnybody && len(audiences) == 0 {
		return true
	}
	return slices.ContainsFunc(named, func(aud string) bool { return slices.Contains(audiences, aud) })
}
