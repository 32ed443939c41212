package v1alpha1

import (
	"strings"
	"time"
)

// Duration is a span of time in whole seconds as GEP-2257 writes it: up to three numbers with the units h, m or s, such
// as "10m" or "1h30m".
// +kubebuilder:validation:Pattern=`^([0-9]{1,5}[hms]){1,3}$`
// +kubebuilder:validation:MaxLength=18
type Duration string

// Std is the duration as Go counts it; zero when d is empty or is no duration, which admission rules out.
func (d Duration) Std() time.Duration {
	parsed, err := time.ParseDuration(string(d))
	if err != nil {
		return 0
	}
	return parsed
}

// DurationOf writes d, to the second below, as GEP-2257 does, without units that count nothing: "10m", not "10m0s".
func DurationOf(d time.Duration) Duration {
	text := d.Truncate(time.Second).String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, unit) {
			text = text[:len(text)-2]
		}
	}
	return Duration(text)
}

// GrantType is an OAuth 2.0 grant type by its name on the wire (RFC 6749 section 4).
// +kubebuilder:validation:Enum=client_credentials;authorization_code;refresh_token;urn:ietf:params:oauth:grant-type:device_code
type GrantType string

const (
	// ClientCredentials lets a client get tokens in its own name (RFC 6749 section 4.4).
	ClientCredentials GrantType = "client_credentials"
	// AuthorizationCode lets a client get tokens in the name of a person who allowed it in a browser (RFC 6749 section 4.1).
	AuthorizationCode GrantType = "authorization_code"
	// RefreshToken lets a client get further tokens of a grant without asking that person again (RFC 6749 section 6).
	RefreshToken GrantType = "refresh_token"
	// DeviceCode lets a client get tokens for a device in the name of a person who allowed it in a browser elsewhere (RFC
	// 8628).
	DeviceCode GrantType = "urn:ietf:params:oauth:grant-type:device_code"
)

// TokenFormat is the form of access tokens.
// +kubebuilder:validation:Enum=JWT;Opaque
type TokenFormat string

const (
	// FormatJWT is a signed JWT that resource servers can check by themselves (RFC 9068).
	FormatJWT TokenFormat = "JWT"
	// FormatOpaque is a string that means something to the issuer alone: resource servers ask it (RFC 7662).
	FormatOpaque TokenFormat = "Opaque"
)

// DisplayText is shown to people, so nothing in it may pass for something else, or hide.
// +kubebuilder:validation:XValidation:rule=`!self.matches(r'[\p{C}\p{Zl}\p{Zp}\x{34F}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{2800}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}\x{FFF0}-\x{FFF8}\x{16FE4}\x{E0000}-\x{E0FFF}]|^\p{Z}|\p{Z}$')`,message="text that people are shown has only what they can see: write letters, digits, punctuation and simple emoji, with blanks between words only, and no control, formatting, joining, tag or filler characters or variation selectors"
type DisplayText string

// RedirectURI is where a browser may be sent with an answer (RFC 6749 section 3.1.2). It is compared byte for byte, save the
// port of a loopback address (RFC 8252 section 7.3).
// +kubebuilder:validation:XValidation:rule=`self.matches('^https://.') || self.matches(r'^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?([/?]|$)') || self.matches(r'^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/')`,message="a redirect URI must use https; http is for 127.0.0.1, [::1] and localhost only; an app's own scheme has a dot, such as com.example.app:/callback"
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z][a-z0-9+.-]*:(//([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)?(/(([A-Za-z0-9._~!$&()+,;=:@-]|%[0-9A-Fa-f]{2})([A-Za-z0-9._~!$&()+,;=:@/-]|%[0-9A-Fa-f]{2})*)?)?(\?([A-Za-z0-9._~!$&()+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$')`,message="a redirect URI is scheme, host, port, path and query in full: no fragment, user, wildcard, blank, quote or letter outside ASCII"
// +kubebuilder:validation:XValidation:rule=`!self.matches(r'(?i)/(\.|%2e){1,2}(/|\?|$)')`,message="a redirect URI has no segments . and .. in its path: write where they lead"
// +kubebuilder:validation:MaxLength=512
type RedirectURI string

// Scope is one scope-token (RFC 6749 section 3.3), without "*", which stands for patterns in TokenPolicy.
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[!#-)+-\[\]-~]+$')`,message="a scope has printable ASCII characters only, and none of blank, double quote, backslash and *"
// +kubebuilder:validation:MaxLength=128
type Scope string

// ScopePattern matches scopes: "*" stands for any run of characters, every other character for itself.
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[!#-\[\]-~]+$')`,message="a scope pattern has printable ASCII characters only, and none of blank, double quote and backslash"
// +kubebuilder:validation:MaxLength=128
type ScopePattern string

// Audience names a resource server by an absolute URI without a fragment (RFC 8707 section 2); it is compared byte for byte.
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[A-Za-z][A-Za-z0-9+.-]*:[!$-\[\]-~]+$')`,message="an audience is an absolute URI without a fragment, such as https://api.example or urn:example:api"
// +kubebuilder:validation:MaxLength=512
type Audience string

// ClientID is an OAuth client identifier (RFC 6749 section 2.2), in characters that need no escape in a form, a header
// or a log.
// +kubebuilder:validation:XValidation:rule=`self.matches('^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$')`,message="a client_id has letters, digits and ._- only, and starts and ends with a letter or digit"
// +kubebuilder:validation:MaxLength=253
type ClientID string

// PolicyName names a TokenPolicy as "<namespace>/<name>", or says "client" where the client's own wish decided, or
// "builtin" where neither a policy nor the client said anything.
// +kubebuilder:validation:MaxLength=317
type PolicyName string

const (
	// DecidedByClient says that the client's own spec decided a value.
	DecidedByClient PolicyName = "client"
	// DecidedByBuiltin says that nobody set a value, so the built-in one holds.
	DecidedByBuiltin PolicyName = "builtin"
)
