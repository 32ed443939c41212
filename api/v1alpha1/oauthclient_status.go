package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// OAuthClientStatus is what the operator made of an OAuthClient.
type OAuthClientStatus struct {
	// observedGeneration is the generation of spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// clientID is the client_id that the issuer knows this client by.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ClientID string `json:"clientID,omitempty"`
	// conditions say how far this client got: Registered, CredentialsReady, PolicyCompliant, and Ready, which sums them up.
	// Stalled stands beside them while only a change by a user can help, Reconciling while something is awaited.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// binding names the Secret with the credentials (a Provisioned Service of the Service Binding specification).
	// +optional
	Binding *Binding `json:"binding,omitempty"`
	// credentials lists what the issuer accepts from this client, the newest first.
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=8
	// +optional
	Credentials []CredentialStatus `json:"credentials,omitempty"`
	// rotateID is the authentication.clientSecret.rotation.rotateID that was acted on last.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	RotateID string `json:"rotateID,omitempty"`
	// effective is the outcome of all policies for this client, each value with who decided it. The issuer enforces the
	// very same value.
	// +optional
	Effective *EffectiveRules `json:"effective,omitempty"`
}

// Binding names a Secret in the same namespace.
type Binding struct {
	// name is the Secret's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name,omitempty"`
}

// CredentialState is the place of a credential in its life.
// +kubebuilder:validation:Enum=Active;Retiring
type CredentialState string

const (
	// CredentialActive is the credential that the Secret holds.
	CredentialActive CredentialState = "Active"
	// CredentialRetiring is a former credential that running Pods may still hold; it is accepted until it expires.
	CredentialRetiring CredentialState = "Retiring"
)

// CredentialStatus describes one client secret without saying anything of its value.
type CredentialStatus struct {
	// id names the credential; it is random and tells nothing of the secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +required
	ID string `json:"id,omitempty"`
	// state is Active for the credential in the Secret and Retiring for one that was replaced.
	// +required
	State CredentialState `json:"state,omitempty"`
	// createdAt is when the credential was generated.
	// +required
	CreatedAt metav1.Time `json:"createdAt,omitzero"`
	// expiresAt is when a retiring credential is no longer accepted.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
}

// MaxListedPolicies is how many policies EffectiveRules lists.
const MaxListedPolicies = 256

// EffectiveRules is what the issuer enforces for one client.
type EffectiveRules struct {
	// policies names the TokenPolicies that govern this client, as "<namespace>/<name>", in order of name. No more
	// than the first 256 are listed; all are in force. Empty for a client that an issuer admits without any
	// (ungovernedClients: Allow).
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +optional
	Policies []PolicyName `json:"policies,omitempty"`
	// grantTypes are the grants that the token endpoint accepts.
	// +optional
	GrantTypes *DecidedValues `json:"grantTypes,omitempty"`
	// scopes are those that may be granted.
	// +optional
	Scopes *DecidedValues `json:"scopes,omitempty"`
	// defaultScopes are granted when a request names none.
	// +optional
	DefaultScopes *DecidedValues `json:"defaultScopes,omitempty"`
	// audiences are the resources that tokens may be for; the first is the default.
	// +optional
	Audiences *DecidedValues `json:"audiences,omitempty"`
	// resourceServerAudiences are the resources whose tokens this client may introspect.
	// +optional
	ResourceServerAudiences *DecidedValues `json:"resourceServerAudiences,omitempty"`
	// accessToken holds the rules for access tokens.
	// +optional
	AccessToken *EffectiveAccessToken `json:"accessToken,omitempty"`
	// refreshToken holds the rules for refresh tokens, of clients that get some.
	// +optional
	RefreshToken *EffectiveRefreshToken `json:"refreshToken,omitempty"`
	// idToken holds the rules for ID tokens, of clients that get some.
	// +optional
	IDToken *EffectiveIDToken `json:"idToken,omitempty"`
	// consent says whether people are asked what this client may do in their name. Absent where no policy says so, and for
	// clients without authorization_code: then they are always asked.
	// +optional
	Consent *EffectiveConsent `json:"consent,omitempty"`
}

// DecidedValues is a set of values, who decided it, and what was asked for in vain.
type DecidedValues struct {
	// values are in force.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=512
	// +optional
	Values []string `json:"values,omitempty"`
	// decidedBy is "client" where the client's spec lists the values, "builtin" where it says nothing.
	// +required
	DecidedBy PolicyName `json:"decidedBy,omitempty"`
	// removed lists what the client asked for and a policy does not allow.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +optional
	Removed []RemovedValue `json:"removed,omitempty"`
}

// RemovedValue is a value that a client asked for in vain.
type RemovedValue struct {
	// value is what the client asked for.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +required
	Value string `json:"value,omitempty"`
	// decidedBy is the policy that does not allow it, or "builtin" where a policy would have to allow it and none does.
	// +required
	DecidedBy PolicyName `json:"decidedBy,omitempty"`
}

// EffectiveAccessToken holds the rules for access tokens of one client.
type EffectiveAccessToken struct {
	// lifetime is how long an access token lives.
	// +required
	Lifetime DecidedDuration `json:"lifetime,omitzero"`
	// maxLifetime is the bound that the lifetime is clamped to.
	// +required
	MaxLifetime DecidedDuration `json:"maxLifetime,omitzero"`
	// format is JWT, Opaque, or None where the policies allow neither, so that no token is issued.
	// +optional
	Format *DecidedValue `json:"format,omitempty"`
}

// EffectiveRefreshToken holds the rules for refresh tokens of one client.
type EffectiveRefreshToken struct {
	// lifetime is how long a grant can be refreshed, counted from the login that began it.
	// +required
	Lifetime DecidedDuration `json:"lifetime,omitzero"`
	// idleLifetime is how long a grant can go unused before it ends.
	// +required
	IdleLifetime DecidedDuration `json:"idleLifetime,omitzero"`
	// rotation is Always where each refresh token is good for one use, or PublicClients where those of public clients are.
	// +required
	Rotation DecidedValue `json:"rotation,omitzero"`
	// reuseGrace is how long after a rotation the former refresh token gets the same successor once more.
	// +required
	ReuseGrace DecidedDuration `json:"reuseGrace,omitzero"`
}

// EffectiveIDToken holds the rules for ID tokens of one client.
type EffectiveIDToken struct {
	// lifetime is how long an ID token lives.
	// +required
	Lifetime DecidedDuration `json:"lifetime,omitzero"`
	// algorithm is the JWS algorithm that signs them.
	// +required
	Algorithm DecidedValue `json:"algorithm,omitzero"`
	// claims is Scopes where they tell what the granted scopes release, or Minimal where they hold only the claims that were
	// asked for by name.
	// +optional
	Claims *DecidedValue `json:"claims,omitempty"`
}

// DecidedValue is one value and who decided it.
type DecidedValue struct {
	// value is in force.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +required
	Value string `json:"value,omitempty"`
	// decidedBy is the policy that decided it, or "client", or "builtin".
	// +required
	DecidedBy PolicyName `json:"decidedBy,omitempty"`
}

// DecidedDuration is a duration and who decided it.
type DecidedDuration struct {
	// value is in force.
	// +required
	Value Duration `json:"value,omitempty"`
	// decidedBy is the policy that decided it, or "client", or "builtin".
	// +required
	DecidedBy PolicyName `json:"decidedBy,omitempty"`
}
