package conformance

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// audience is the resource that access tokens are for, and that Guard guards.
const audience = "https://orders.example"

// loopback is where a public client waits on the resource owner's own machine, on a port of its choice.
const loopback = "http://127.0.0.1/callback"

// deviceCode is the grant type of RFC 8628.
const deviceCode = "urn:ietf:params:oauth:grant-type:device_code"

// credentials are what a client is configured with. The secret of a public client is empty.
type credentials struct {
	ID     string `json:"id"`
	Secret string `json:"secret,omitempty"`
}

// clients are those of every judged issuer, by what they are for.
var clients = map[string]credentials{
	"web":    {"judges.web", "tw_cs_web-web-web-web-web-web-web-web-web-web-web"},     // ID tokens by RS256, as everybody expects
	"modern": {"judges.modern", "tw_cs_modern-modern-modern-modern-modern-modern-mo"}, // ID tokens by ES256, with the claims alone that are asked for by name
	"opaque": {"judges.opaque", "tw_cs_opaque-opaque-opaque-opaque-opaque-opaque-op"}, // access tokens that only the issuer reads
	"signed": {"judges.signed", "tw_cs_signed-signed-signed-signed-signed-signed-si"}, // userinfo as a signed JWT
	"app":    {"judges.app", ""},                                                      // public, so its refresh tokens rotate
	"tv":     {"judges.tv", ""},                                                       // public, without a browser
	"robot":  {"judges.robot", "tw_cs_robot-robot-robot-robot-robot-robot-robot-rob"}, // speaks for itself
	"guard":  {"judges.guard", "tw_cs_guard-guard-guard-guard-guard-guard-guard-gua"}, // a resource server
}

// variants say how the registration of a client differs from that of web.
var variants = map[string]func(*registration.Registration){
	"web": func(*registration.Registration) {},
	"modern": func(r *registration.Registration) {
		r.IDToken.Algorithm, r.IDToken.Claims = keys.ES256, registration.ClaimsMinimal
	},
	"opaque": func(r *registration.Registration) { r.AccessTokenFormat = registration.FormatOpaque },
	"signed": func(r *registration.Registration) { r.UserInfoAlgorithm = keys.RS256 },
	"app": func(r *registration.Registration) {
		r.Public, r.Credentials, r.RefreshToken.Rotate, r.RedirectURIs = true, nil, true, []string{loopback}
	},
	"tv": func(r *registration.Registration) {
		r.GrantTypes, r.RedirectURIs = []string{deviceCode, "refresh_token"}, nil
		r.Public, r.Credentials, r.RefreshToken.Rotate = true, nil, true
	},
	"robot": func(r *registration.Registration) {
		r.GrantTypes, r.Scopes, r.RedirectURIs = []string{"client_credentials"}, []string{"orders:read"}, nil
		r.RefreshToken, r.IDToken = nil, nil
	},
	"guard": func(r *registration.Registration) {
		*r = registration.Registration{
			Version: r.Version, ClientID: r.ClientID, Owner: r.Owner, Credentials: r.Credentials, Guards: []string{audience},
		}
	},
}

// register is the registration of a client, whose answers go to callback.
func register(name, callback string) *registration.Registration {
	who := clients[name]
	r := &registration.Registration{
		Version: registration.Version, ClientID: who.ID, DisplayName: "The " + name,
		Owner:         registration.Owner{Namespace: "judges", Name: name, UID: "uid-" + name, Generation: 1},
		GrantTypes:    []string{"authorization_code", "refresh_token"},
		Scopes:        slices.Concat(standardScopes, []string{"orders:read"}),
		DefaultScopes: []string{"orders:read"}, Audiences: []string{audience},
		RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{callback}, AccessTokenLifetime: 600,
		RefreshToken: &registration.RefreshTokenRules{Lifetime: 24 * 3600, IdleLifetime: 3600, ReuseGrace: 10},
		IDToken:      &registration.IDTokenRules{Lifetime: 600, Algorithm: keys.RS256},
		Credentials: []registration.Credential{
			{ID: "1", SecretHash: registration.HashSecret(who.Secret), CreatedAt: time.Now()},
		},
	}
	variants[name](r)
	return r
}

// standardScopes are those that mean the same at every issuer.
var standardScopes = []string{"openid", "profile", "email", "address", "phone", "groups", "offline_access"}
