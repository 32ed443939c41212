package v1alpha1

// IdentityProvider is one way to log in; exactly one block says which.
// +kubebuilder:validation:XValidation:rule="has(self.users) != has(self.oidc)",message="an identity provider is of one kind: write users: {secretRef: {name: ...}}, or oidc: {issuerURL: ..., clientID: ...}"
type IdentityProvider struct {
	// name tells this provider from others: at most 40 lower-case letters, digits and hyphens. The subjects (sub) of its people
	// follow from it, so a new name makes strangers of all of them.
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name must be lower-case letters, digits and hyphens, such as staff"
	// +kubebuilder:validation:MaxLength=40
	// +required
	Name string `json:"name,omitempty"`
	// displayName is what people choose from; at most 64 characters. The name when absent.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	DisplayName DisplayText `json:"displayName,omitempty"`
	// users are people whose names and password hashes stand in a Secret: for small teams and for trying things out.
	// +optional
	Users *UsersProvider `json:"users,omitempty"`
	// oidc is another issuer, which knows the people.
	// +optional
	OIDC *OIDCProvider `json:"oidc,omitempty"`
}

// UsersProvider is an identity provider whose users stand in a Secret.
type UsersProvider struct {
	// secretRef names the Secret in this namespace that holds the users under the key users.yaml. It must have the type
	// oauth.tokenwright.dev/users and the label oauth.tokenwright.dev/issuer with this issuer's name: whoever may write other
	// Secrets must not be taken for somebody who appoints users.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// SecretReference names a Secret in the same namespace.
type SecretReference struct {
	// name is the Secret's name; at most 253 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name,omitempty"`
}

// Sessions bounds login sessions.
// +kubebuilder:validation:XValidation:rule="!has(self.idleLifetime) || [self.idleLifetime, has(self.lifetime) ? self.lifetime : '24h'].exists(d, !d.matches('^([0-9]{1,5}[hms]){1,3}$')) || duration(self.idleLifetime) <= duration(has(self.lifetime) ? self.lifetime : '24h')",message="idleLifetime must not exceed lifetime, which is 24h when absent"
type Sessions struct {
	// lifetime is how long a login lasts, however often it is used: from 5m to 720h. 24h when absent. Its end ends what was
	// granted in it online, that is without offline_access. Whoever logs in again in the same browser begins it anew.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('5m') && duration(self) <= duration('720h')",message="lifetime must be from 5m to 720h, such as 12h"
	// +optional
	Lifetime Duration `json:"lifetime,omitempty"`
	// idleLifetime is how long a login lasts without use: from 1m to 720h. 8h when absent, or lifetime if that is shorter. It
	// ends the browser's cookie alone; what was granted lasts for the lifetime.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('720h')",message="idleLifetime must be from 1m to 720h, such as 30m"
	// +optional
	IdleLifetime Duration `json:"idleLifetime,omitempty"`
}

// Branding is what the pages show of whose they are.
type Branding struct {
	// name is the name of the organisation or product; at most 64 characters.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Name DisplayText `json:"name,omitempty"`
	// logo is a picture beside the name.
	// +optional
	Logo *Logo `json:"logo,omitempty"`
}

// LogoType is the media type of a logo.
// +kubebuilder:validation:Enum=image/png;image/svg+xml;image/jpeg;image/webp
type LogoType string

// Logo is a picture.
type Logo struct {
	// mediaType is image/png, image/svg+xml, image/jpeg or image/webp.
	// +required
	MediaType LogoType `json:"mediaType,omitempty"`
	// data is the picture in base64; at most 32 KiB.
	// +kubebuilder:validation:MaxLength=43692
	// +required
	Data []byte `json:"data,omitempty"`
}

// ScopeDescription says to people what a scope means.
type ScopeDescription struct {
	// name is the scope; at most 128 characters.
	// +required
	Name Scope `json:"name,omitempty"`
	// description completes the sentence "this application would like to"; at most 256 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +required
	Description DisplayText `json:"description,omitempty"`
}

// StorageType says where grants are kept.
// +kubebuilder:validation:Enum=Kubernetes;Memory
type StorageType string

const (
	// StorageKubernetes keeps them as TokenGrants in the issuer's namespace.
	StorageKubernetes StorageType = "Kubernetes"
	// StorageMemory keeps them in the issuer's one replica, until it ends.
	StorageMemory StorageType = "Memory"
)

// Storage says where grants are kept.
type Storage struct {
	// type is Kubernetes, or Memory: for one replica only, and lost when it ends, so for tests. Kubernetes when absent.
	// +optional
	Type StorageType `json:"type,omitempty"`
}
