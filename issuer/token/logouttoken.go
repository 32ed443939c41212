package token

import "tokenwright.dev/issuer/keys"

const (
	// logoutEvent is what makes a token a logout token (OpenID Connect Back-Channel Logout section 2.4).
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	// longestLogout is how long a logout token may live, in seconds (OpenID Connect Back-Channel Logout section 4).
	longestLogout = 120
)

// LogoutClaims is what a logout token says (OpenID Connect Back-Channel Logout section 2.4). It has no nonce, ever.
type LogoutClaims struct {
	Issuer   string
	Audience string // the client_id of the client
	// Subject and SessionID say who has logged out, and of which session; one of them is enough.
	Subject   string
	SessionID string
	// IssuedAt and Expires are in seconds since 1970, two minutes apart at most.
	IssuedAt int64
	Expires  int64
	ID       string // jti
}

// AppendLogoutToken appends to dst the logout token that signer makes of c, as a compact JWS.
func AppendLogoutToken(dst []byte, signer *keys.Signer, c *LogoutClaims) ([]byte, error) {
	switch {
	case !filled(c.Issuer, c.Audience, c.ID) || !filled(c.Subject+c.SessionID) || !isSubject(c.Subject):
		return nil, errIncomplete
	case !sane(c.IssuedAt, c.Expires, 0) || c.Expires-c.IssuedAt > longestLogout:
		return nil, errTimes
	}
	set := claimSet{
		"iss": c.Issuer, "aud": c.Audience, "iat": c.IssuedAt, "exp": c.Expires, "jti": c.ID,
		"events": map[string]struct{}{logoutEvent: {}},
	}
	set.put("sub", c.Subject)
	set.put("sid", c.SessionID)
	return set.append(dst, signer, logoutType)
}
