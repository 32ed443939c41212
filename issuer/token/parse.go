package token

// received is the claims of a token that came in.
type received struct {
	Claims

	notBefore int64
}

// parseClaims reads the payload of a token whose rules are given (RFC 7519 section 4).
func parseClaims(text string, rules rules) (*received, error) {
	members, ok := parseObject(text)
	if !ok {
		return nil, ErrMalformed
	}
	for _, claim := range rules.required {
		if !members.has(claim) {
			return nil, ErrClaims
		}
	}
	r := reader{object: members}
	claims := &received{
		Claims: Claims{
			Issuer:   r.text("iss"),
			Subject:  r.text("sub"),
			Audience: r.texts("aud"),
			ClientID: r.text("client_id"),
			Scope:    r.text("scope"),
			IssuedAt: r.seconds("iat"),
			Expires:  r.seconds("exp"),
			ID:       r.text("jti"),

			AuthTime:  r.seconds("auth_time"),
			ACR:       r.text("acr"),
			AMR:       r.texts("amr"),
			SessionID: r.text("sid"),
		},
		notBefore: r.seconds("nbf"),
	}
	if r.spoilt {
		return nil, ErrClaims
	}
	return claims, nil
}
