package registration

// OIDCProvider is an issuer elsewhere that people log in at, with this one as its client (OpenID Connect Core).
type OIDCProvider struct {
	// Issuer is its issuer identifier, ClientID what it calls this issuer.
	Issuer   string `json:"issuer"`
	ClientID string `json:"clientID"`
	// ClientSecret names the Secret that holds the client secret; a public client has none.
	ClientSecret string `json:"clientSecret,omitempty"`
	// Scopes are what is asked for there.
	Scopes []string `json:"scopes"`
	// Claims are made of what it says.
	Claims []ClaimMapping `json:"claims,omitempty"`
}

// ClaimMapping makes one claim by an expression in CEL.
type ClaimMapping struct {
	Name       string `json:"name"`
	Expression string `json:"expression"`
}
