package v1alpha1

// OIDCProvider is an issuer elsewhere that people log in at (OpenID Connect Core), with this one as its client.
// Register there the redirect URI "<url of this TokenIssuer>/login/callback/<name of the provider>".
type OIDCProvider struct {
	// issuerURL is its issuer identifier, byte for byte as its metadata has it; at most 512 characters. The subjects (sub)
	// of its people follow from it. It must use https; http is for loopback addresses only.
	// +kubebuilder:validation:XValidation:rule="self.startsWith('https://') || self.matches(r'^http://(127\\.0\\.0\\.1|\\[::1\\]|localhost)(:[0-9]+)?(/|$)')",message="issuerURL must use https; http is for 127.0.0.1, [::1] and localhost only"
	// +kubebuilder:validation:XValidation:rule="self.matches(r'^[a-z]+://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$')",message="issuerURL must be scheme, host, port and path alone: no query, fragment, user, blank or escape"
	// +kubebuilder:validation:MaxLength=512
	// +required
	IssuerURL string `json:"issuerURL,omitempty"`
	// clientID is what it calls this issuer (RFC 6749 section 2.2); 1 to 256 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +required
	ClientID string `json:"clientID,omitempty"`
	// clientSecretRef names the Secret in this namespace that holds the client secret under the key client-secret. It must
	// have the type oauth.tokenwright.dev/upstream and the label oauth.tokenwright.dev/issuer with this issuer's name.
	// Without it this issuer is a public client there, with PKCE alone.
	// +optional
	ClientSecretRef *SecretReference `json:"clientSecretRef,omitempty"`
	// scopes are what is asked for there besides openid, at most 16. [profile, email] when absent. Where it gives refresh
	// tokens for offline_access only, list that: by them it is asked again whether it still knows a person.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Scopes []Scope `json:"scopes,omitempty"`
	// claims says how claims here follow from those that it makes; at most 32. The standard claims of OpenID Connect Core
	// section 5.1, and groups where it is a list of texts, come along without being named here.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	// +optional
	Claims []ClaimMapping `json:"claims,omitempty"`
}

// ClaimMapping makes one claim.
type ClaimMapping struct {
	// name is the claim's name here: letters, digits and _:/.#@-, 128 at most. A claim that tokens make of themselves,
	// such as sub or aud, cannot be mapped.
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_:/.#@-]+$')",message="the name of a claim has letters, digits and _:/.#@- only"
	// +kubebuilder:validation:MaxLength=128
	// +required
	Name string `json:"name,omitempty"`
	// expression is CEL over claims, a map of what the ID token and the userinfo endpoint of the provider say: such as
	// claims.roles, or claims.?department for what not everybody has. null leaves the claim out; an error refuses the
	// login, and so does a list of more than 500 elements or a text of more than 1024 bytes in a claim that it reads, and
	// work of more than 5 ms. 1 to 1024 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +required
	Expression string `json:"expression,omitempty"`
}
