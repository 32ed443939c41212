package oauthclient

import (
	"slices"
	"strings"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// Keys of the credentials Secret, as the Service Binding specification and those who read its type oauth2 know them. Spring
// Cloud Bindings makes a client registration of Spring Security of them, so their values have the form that Spring reads;
// TestBindingOfSpring holds both together.
const (
	keyType                 = "type"
	keyProvider             = "provider"
	keyClientID             = "client-id"
	keyClientSecret         = "client-secret"
	keyAuthenticationMethod = "client-authentication-method"
	keyGrantType            = "authorization-grant-type"
	keyRedirectURI          = "redirect-uri"
	keyScope                = "scope"  // separated by commas, for Spring
	keyScopes               = "scopes" // separated by blanks, for everybody else (RFC 6749 section 3.3)
	keyIssuerURI            = "issuer-uri"
	keyTokenURI             = "token-uri"
	keyJWKSetURI            = "jwk-set-uri"
	keyAuthorizationURI     = "authorization-uri"
	keyUserInfoURI          = "user-info-uri"
	keyDeviceURI            = "device-authorization-uri"
	keyIntrospectionURI     = "introspection-uri"
	keyCA                   = "ca.crt" // whom to believe that the issuer is the issuer, where that is a private CA
)

// sometimes are the keys that not every client has. They are ours as well: what stands there and does not hold any more goes.
// Of ca.crt, which others may have put there before it was ours, authority tells whose it is.
var sometimes = []string{
	keyClientSecret, keyGrantType, keyRedirectURI, keyAuthorizationURI, keyUserInfoURI, keyDeviceURI, keyIntrospectionURI,
}

// credentialsData is what a client needs to know: of its secret if it has one, and of the endpoints that it may use.
func credentialsData(url string, compiled *registration.Registration, secret string) map[string][]byte {
	data := map[string][]byte{
		keyType:                 []byte("oauth2"),
		keyProvider:             []byte("tokenwright"),
		keyClientID:             []byte(compiled.ClientID),
		keyAuthenticationMethod: []byte(authenticationMethod(compiled)),
		keyIssuerURI:            []byte(url),
		keyTokenURI:             []byte(url + registration.TokenPath),
		keyJWKSetURI:            []byte(url + registration.JWKSPath),
		keyScope:                []byte(strings.Join(springScopes(compiled), ",")),
		keyScopes:               []byte(strings.Join(compiled.Scopes, " ")),
	}
	if secret != "" {
		data[keyClientSecret] = []byte(secret)
	}
	if grantType := springGrantType(compiled); grantType != "" {
		data[keyGrantType] = []byte(grantType)
	}
	if uses(compiled, v1alpha1.AuthorizationCode) {
		data[keyAuthorizationURI] = []byte(url + registration.AuthorizationPath)
		if len(compiled.RedirectURIs) > 0 {
			data[keyRedirectURI] = []byte(compiled.RedirectURIs[0]) // Spring takes one, and a Secret has a bound
		}
	}
	if slices.Contains(compiled.Scopes, policy.OpenID) {
		data[keyUserInfoURI] = []byte(url + registration.UserInfoPath)
	}
	if uses(compiled, v1alpha1.DeviceCode) {
		data[keyDeviceURI] = []byte(url + registration.DeviceAuthorizationPath)
	}
	if len(compiled.Guards) > 0 {
		data[keyIntrospectionURI] = []byte(url + registration.IntrospectionPath)
	}
	return data
}

// authenticationMethod is how the client is to authenticate, by the registered name that Spring Security 6 compares with
// (RFC 7591 section 2). With "none" Spring adds PKCE by itself.
func authenticationMethod(compiled *registration.Registration) oauth.Method {
	if compiled.Public {
		return oauth.MethodNone
	}
	return oauth.MethodBasic
}

func uses(compiled *registration.Registration, grantType v1alpha1.GrantType) bool {
	return slices.Contains(compiled.GrantTypes, string(grantType))
}

// springGrantType is what a registration of Spring's is to be for, which has one grant type only; empty where the client has
// none. Without one Spring takes a login, so where people log in that stays; whoever also calls others in its own name
// registers that by itself. The grant of refresh tokens comes with the one that it follows.
func springGrantType(compiled *registration.Registration) v1alpha1.GrantType {
	for _, t := range []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.ClientCredentials, v1alpha1.DeviceCode} {
		if uses(compiled, t) {
			return t
		}
	}
	return ""
}

// springScopes are those that Spring asks for each time, since it sends all that it finds: none with a comma, which it would
// read as two that the client does not have, and no openid for a client that speaks for itself, where nobody is to be named.
func springScopes(compiled *registration.Registration) []string {
	alone := springGrantType(compiled) == v1alpha1.ClientCredentials
	return slices.DeleteFunc(slices.Clone(compiled.Scopes), func(scope string) bool {
		return strings.Contains(scope, ",") || alone && scope == policy.OpenID
	})
}
