package endpoint

import (
	"encoding/json"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/oauth"
)

const (
	oauthWellKnown = "/.well-known/oauth-authorization-server"
	oidcWellKnown  = "/.well-known/openid-configuration"
)

// wellKnown lists where the metadata of an issuer with path stands: inserted before the path (RFC 8414 section 3.1), and
// for OpenID Connect both appended to it (Discovery section 4.1) and inserted (RFC 8414 section 5).
func wellKnown(path string) []string {
	return []string{oauthWellKnown + path, path + oidcWellKnown, oidcWellKnown + path}
}

// metadata describes the issuer (RFC 8414 section 2). A member stands here when what it names works, never before. All
// URLs come from the configuration, none from the request.
type metadata struct {
	Issuer                string `json:"issuer"`
	TokenEndpoint         string `json:"token_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	IntrospectionEndpoint string `json:"introspection_endpoint"`
	// ResponseTypes is empty while there is no authorization endpoint, and given all the same: RFC 8414 requires it, and
	// readers fail without it.
	ResponseTypes            []string       `json:"response_types_supported"`
	GrantTypes               []string       `json:"grant_types_supported"`
	TokenAuthMethods         []oauth.Method `json:"token_endpoint_auth_methods_supported"`
	IntrospectionAuthMethods []oauth.Method `json:"introspection_endpoint_auth_methods_supported"`
}

// clientAuthentication are the methods that clients may authenticate by, at every endpoint alike.
var clientAuthentication = []oauth.Method{oauth.MethodBasic, oauth.MethodPost}

func metadataDocument(issuer string) *document {
	body, err := json.Marshal(metadata{
		Issuer:                   issuer,
		TokenEndpoint:            issuer + tokenPath,
		JWKSURI:                  issuer + jwksPath,
		IntrospectionEndpoint:    issuer + introspectionPath,
		ResponseTypes:            []string{},
		GrantTypes:               grant.Types(),
		TokenAuthMethods:         clientAuthentication,
		IntrospectionAuthMethods: clientAuthentication,
	})
	if err != nil { // strings alone
		panic(err)
	}
	return newDocument("application/json", body)
}
