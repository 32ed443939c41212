package v1alpha1

// ConsentRule says whether people are asked before a client acts in their name (RFC 6749 section 4.1.1).
// +kubebuilder:validation:Enum=Required;Skip
type ConsentRule string

const (
	// ConsentRequired has people asked, whatever another policy says.
	ConsentRequired ConsentRule = "Required"
	// ConsentSkip spares people the question about scopes that the platform answers for.
	ConsentSkip ConsentRule = "Skip"
)

// EffectiveConsent says what people are asked by one client.
type EffectiveConsent struct {
	// value is Skip where the platform answers for skippedScopes, or Required where people are asked about everything.
	// +required
	Value ConsentRule `json:"value,omitempty"`
	// decidedBy is the policy that decided it, or "builtin" where the policies would skip the question and the client's
	// redirect URIs do not prove who asks: those of a public client that are no https.
	// +required
	DecidedBy PolicyName `json:"decidedBy,omitempty"`
	// skippedScopes are those that people are not asked about. A request for others besides is asked about as a whole.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=128
	// +optional
	SkippedScopes []string `json:"skippedScopes,omitempty"`
}

// Granter says who allowed a grant.
// +kubebuilder:validation:Enum=ResourceOwner;Platform
type Granter string

const (
	// GrantedByResourceOwner says that the resource owner was asked, for this grant or for one before it.
	GrantedByResourceOwner Granter = "ResourceOwner"
	// GrantedByPlatform says that the resource owner was not asked, since a TokenPolicy says consent: Skip.
	GrantedByPlatform Granter = "Platform"
)
