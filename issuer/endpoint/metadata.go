package endpoint

import (
	"encoding/json"
	"slices"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

const (
	oauthWellKnown = registration.MetadataPath
	oidcWellKnown  = "/.well-known/openid-configuration"
)

// wellKnown lists where the metadata of an issuer with path stands: inserted before the path (RFC 8414 section 3.1), and
// for OpenID Connect both appended to it (Discovery section 4.1) and inserted (RFC 8414 section 5).
func wellKnown(path string) []string {
	return []string{oauthWellKnown + path, path + oidcWellKnown, oidcWellKnown + path}
}

// metadata describes the issuer (RFC 8414 section 2, OpenID Connect Discovery section 3). A member stands here when what it
// names works, never before. All URLs come from the configuration, none from the request.
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
	// IntrospectionAlgorithms sign answers for whoever asks for signed ones (RFC 9701 section 7).
	IntrospectionAlgorithms []string `json:"introspection_signing_alg_values_supported,omitempty"`

	*people
}

// people is the part of metadata that stands there where people log in.
type people struct {
	AuthorizationEndpoint string               `json:"authorization_endpoint"`
	DeviceEndpoint        string               `json:"device_authorization_endpoint"` // RFC 8628 section 4
	UserinfoEndpoint      string               `json:"userinfo_endpoint"`
	RevocationEndpoint    string               `json:"revocation_endpoint"`
	RevocationAuthMethods []oauth.Method       `json:"revocation_endpoint_auth_methods_supported"`
	ResponseModes         []oauth.ResponseMode `json:"response_modes_supported"`
	CodeChallengeMethods  []string             `json:"code_challenge_methods_supported"`
	Scopes                []string             `json:"scopes_supported"`
	SubjectTypes          []string             `json:"subject_types_supported"`
	IDTokenAlgorithms     []string             `json:"id_token_signing_alg_values_supported"`
	UserinfoAlgorithms    []string             `json:"userinfo_signing_alg_values_supported"`
	Claims                []string             `json:"claims_supported"`
	IssInResponse         bool                 `json:"authorization_response_iss_parameter_supported"`
	ClaimsParameter       bool                 `json:"claims_parameter_supported"`
	EndSessionEndpoint    string               `json:"end_session_endpoint"`
	// BackchannelLogout and BackchannelSession say that clients hear of logouts, and of which session each was.
	BackchannelLogout  bool `json:"backchannel_logout_supported"`
	BackchannelSession bool `json:"backchannel_logout_session_supported"`
	RequestParameter   bool `json:"request_parameter_supported"`
	// RequestURIParameter would be true where it is absent.
	RequestURIParameter bool `json:"request_uri_parameter_supported"`
}

// secretMethods are those that clients with a secret authenticate by.
var secretMethods = []oauth.Method{oauth.MethodBasic, oauth.MethodPost}

// openidScopes are those that mean the same at every issuer (OpenID Connect Core sections 5.4 and 11).
var openidScopes = []string{"openid", "profile", "email", "address", "phone", "groups", "offline_access"}

func metadataDocument(v *view) *document {
	issuer := v.config.URL
	m := metadata{
		Issuer:                   issuer,
		TokenEndpoint:            issuer + tokenPath,
		JWKSURI:                  issuer + jwksPath,
		IntrospectionEndpoint:    issuer + introspectionPath,
		ResponseTypes:            []string{},
		GrantTypes:               grant.Types(v.people()),
		TokenAuthMethods:         secretMethods,
		IntrospectionAuthMethods: secretMethods,
		IntrospectionAlgorithms:  v.keys.Algorithms(),
	}
	if v.people() {
		m.ResponseTypes = []string{oauth.ResponseTypeCode}
		m.TokenAuthMethods = append(slices.Clone(secretMethods), oauth.MethodNone)
		m.people = aboutPeople(v)
	}
	body, err := json.Marshal(m)
	if err != nil { // strings alone
		panic(err)
	}
	return newDocument("application/json", body)
}

func aboutPeople(v *view) *people {
	issuer := v.config.URL
	return &people{
		AuthorizationEndpoint: issuer + authorizationPath,
		DeviceEndpoint:        issuer + devicesPath,
		UserinfoEndpoint:      issuer + userinfoPath,
		RevocationEndpoint:    issuer + revocationPath,
		RevocationAuthMethods: append(slices.Clone(secretMethods), oauth.MethodNone),
		ResponseModes:         []oauth.ResponseMode{oauth.ModeQuery, oauth.ModeFormPost},
		CodeChallengeMethods:  []string{"S256"},
		Scopes:                openidScopes,
		SubjectTypes:          []string{"public"},
		IDTokenAlgorithms:     v.keys.Algorithms(),
		UserinfoAlgorithms:    v.keys.Algorithms(),
		Claims:                append([]string{"sub", "iss", "auth_time"}, login.ReleasedNames(openidScopes)...),
		IssInResponse:         true,
		ClaimsParameter:       true,
		EndSessionEndpoint:    issuer + logoutPath,
		BackchannelLogout:     true,
		BackchannelSession:    true,
	}
}
