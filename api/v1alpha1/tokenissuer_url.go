package v1alpha1

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PreviousURL is an issuer identifier that an issuer had before, and when it ends.
type PreviousURL struct {
	// url is the former issuer identifier, in the form of spec.url; at most 512 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^(https|http)://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$')`,message="a previous url is written as spec.url was: scheme, host, port and path alone, without a slash at its end"
	// +required
	URL string `json:"url,omitempty"`
	// until is when it ends: from then on no token of that name is valid, and nothing is served under it. A time that is over
	// ends it at once.
	// +required
	Until metav1.Time `json:"until,omitzero"`
}

// URLSwitch says when a new URL takes the place of the present one.
// +kubebuilder:validation:Enum=WhenReady;OnHold;AtOnce
type URLSwitch string

const (
	// URLSwitchWhenReady switches as soon as the issuer answers under the new URL.
	URLSwitchWhenReady URLSwitch = "WhenReady"
	// URLSwitchOnHold prepares the new URL, and leaves the present one in force.
	URLSwitchOnHold URLSwitch = "OnHold"
	// URLSwitchAtOnce switches without a look.
	URLSwitchAtOnce URLSwitch = "AtOnce"
)

// URLChange says how a change of url is carried out.
type URLChange struct {
	// switch is WhenReady, OnHold or AtOnce. WhenReady when absent: a new url takes effect once the certificate is valid for its
	// host, where the issuer has one, every replica serves it, and the operator gets the issuer's metadata from it. OnHold
	// prepares it and waits for another word, so that resource servers can learn the new issuer first. AtOnce asks for nothing
	// of that: for a URL that the operator cannot reach.
	// +optional
	Switch URLSwitch `json:"switch,omitempty"`
}

// URLInForce is the issuer identifier that tokens, Secrets and metadata name: that of spec unless another one has served and
// the change to that of spec is still being prepared.
func (ti *TokenIssuer) URLInForce() string {
	if url := ti.ServedURL(); url != "" {
		return url
	}
	return ti.Spec.URL
}

// ServedURL is the issuer identifier that was in force when status was written; empty if none was. What versions before
// status.url wrote is understood.
func (ti *TokenIssuer) ServedURL() string {
	if ti.Status.URL == "" && ti.Status.Endpoints != nil {
		return strings.TrimSuffix(ti.Status.Endpoints.Token, "/token")
	}
	return ti.Status.URL
}
