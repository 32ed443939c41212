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
// +kubebuilder:validation:Enum=client_credentials
type GrantType string

// ClientCredentials lets a client get tokens in its own name (RFC 6749 section 4.4).
const ClientCredentials GrantType = "client_credentials"

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
