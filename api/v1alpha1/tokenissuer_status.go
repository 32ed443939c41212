package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TokenIssuerStatus is what the operator made of a TokenIssuer.
type TokenIssuerStatus struct {
	// observedGeneration is the generation of spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions say how far this issuer got: Accepted, KeysReady, IdentityProvidersReady where spec lists some; where the
	// operator runs the issuer, CertificateReady, DeploymentReady and Answering; and Ready, which sums them up. Stalled stands
	// beside them while only a change by a user can help, Reconciling while something is awaited. SourcesKnown warns where a
	// gateway or an ingress leads to the issuer, KeysRevoked tells of revoked keys, and URLChangePending of a new URL that is not
	// in force yet; Ready does not sum these up.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=12
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// keys lists the keys of the signing ring: those that were revoked, then the others in the order in which they sign.
	// +listType=map
	// +listMapKey=kid
	// +kubebuilder:validation:MaxItems=48
	// +optional
	Keys []KeyStatus `json:"keys,omitempty"`
	// sealingKeys lists the keys of the sealing ring: those that were revoked, then the others in the order in which they seal.
	// +listType=map
	// +listMapKey=kid
	// +kubebuilder:validation:MaxItems=48
	// +optional
	SealingKeys []KeyStatus `json:"sealingKeys,omitempty"`
	// nextKeyRotation is when a key of the signing ring next takes over from another, as planned by now; absent while that
	// waits for the replicas.
	// +optional
	NextKeyRotation *metav1.Time `json:"nextKeyRotation,omitempty"`
	// nextKeyRemoval is when the next key of the signing ring goes out of the key set, since nothing that it signed is valid
	// any more; absent while no key that has stopped signing waits for that.
	// +optional
	NextKeyRemoval *metav1.Time `json:"nextKeyRemoval,omitempty"`
	// clients is the number of clients that are registered with this issuer. It follows changes within seconds.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Clients *int32 `json:"clients,omitempty"`
	// replicas is the number of Pods that the issuer should have; absent where it runs elsewhere.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// availableReplicas is the number of Pods that serve; absent where it runs elsewhere.
	// +kubebuilder:validation:Minimum=0
	// +optional
	AvailableReplicas *int32 `json:"availableReplicas,omitempty"`
	// url is the issuer identifier in force: that of spec, or the former one while the change to that of spec is prepared.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	URL string `json:"url,omitempty"`
	// pendingURL is the issuer identifier that is being prepared to be the next; absent where none is. The issuer serves it
	// already, and the condition URLChangePending says what is missing.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	PendingURL string `json:"pendingURL,omitempty"`
	// previousURLs are the former issuer identifiers that still count, the one that ends last first.
	// +listType=map
	// +listMapKey=url
	// +kubebuilder:validation:MaxItems=8
	// +optional
	PreviousURLs []PreviousURL `json:"previousURLs,omitempty"`
	// endpoints are the URLs that the issuer serves, as its metadata tells them (RFC 8414 section 2).
	// +optional
	Endpoints *Endpoints `json:"endpoints,omitempty"`
	// identityProviders says of each identity provider whether people can log in by it.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	// +optional
	IdentityProviders []IdentityProviderStatus `json:"identityProviders,omitempty"`
}

// Endpoints are URLs of an issuer, each of at most 1024 characters.
type Endpoints struct {
	// metadata is the authorization server metadata (RFC 8414 section 3).
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Metadata string `json:"metadata,omitempty"`
	// token is the token endpoint (RFC 6749 section 3.2).
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Token string `json:"token,omitempty"`
	// jwks is the JSON Web Key Set (RFC 7517 section 5).
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	JWKS string `json:"jwks,omitempty"`
	// introspection is the token introspection endpoint (RFC 7662 section 2).
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Introspection string `json:"introspection,omitempty"`
	// authorization is the authorization endpoint (RFC 6749 section 3.1); absent without identity providers.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Authorization string `json:"authorization,omitempty"`
}

// KeyState is the place of a key in its life.
// +kubebuilder:validation:Enum=Pending;Published;Active;Retiring;Revoked
type KeyState string

const (
	// KeyPending is in the ring, but not every replica has loaded it.
	KeyPending KeyState = "Pending"
	// KeyPublished is served to verifiers and waits for its time to sign.
	KeyPublished KeyState = "Published"
	// KeyActive signs.
	KeyActive KeyState = "Active"
	// KeyRetiring no longer signs; it is served until the last token that it signed has expired.
	KeyRetiring KeyState = "Retiring"
	// KeyRevoked was taken out of the ring. It is listed while revokeKeys lists it, and until what was made under it has expired.
	KeyRevoked KeyState = "Revoked"
)

// KeyStatus describes one key without saying anything of its value.
type KeyStatus struct {
	// kid is the key's identifier; for signing keys the RFC 7638 thumbprint.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +required
	KID string `json:"kid,omitempty"`
	// algorithm is what the key is for.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16
	// +required
	Algorithm string `json:"algorithm,omitempty"`
	// state is Pending, Published, Active, Retiring or Revoked; a key that is removed is no longer listed.
	// +required
	State KeyState `json:"state,omitempty"`
	// createdAt is when the key was generated.
	// +required
	CreatedAt metav1.Time `json:"createdAt,omitzero"`
	// signFrom is when the key begins to sign; absent while it is Pending.
	// +optional
	SignFrom *metav1.Time `json:"signFrom,omitempty"`
	// signUntil is when the next key takes over; absent while none is scheduled.
	// +optional
	SignUntil *metav1.Time `json:"signUntil,omitempty"`
	// removeAfter is when the last token that the issuer signed with the key has expired; absent while it may still sign.
	// +optional
	RemoveAfter *metav1.Time `json:"removeAfter,omitempty"`
	// revokedAt is when the key was revoked; absent for one that was not.
	// +optional
	RevokedAt *metav1.Time `json:"revokedAt,omitempty"`
}
