package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// IssuerReportSpec is what one replica of an issuer says of itself. Only the replica writes it; the operator reads it
// before it lets a new key sign or removes an old one.
type IssuerReportSpec struct {
	// issuerName names the TokenIssuer of the same namespace that this replica serves.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	IssuerName string `json:"issuerName,omitempty"`
	// renewedAt is when the replica last wrote this report, by its own clock. A report that is not renewed for five
	// minutes speaks for nobody.
	// +required
	RenewedAt metav1.Time `json:"renewedAt,omitzero"`
	// signingRevision is the revision of the signing key ring that the replica has loaded.
	// +kubebuilder:validation:Minimum=0
	// +optional
	SigningRevision int64 `json:"signingRevision,omitempty"`
	// sealingRevision is the revision of the sealing key ring that the replica has loaded.
	// +kubebuilder:validation:Minimum=0
	// +optional
	SealingRevision int64 `json:"sealingRevision,omitempty"`
	// urls are the issuer identifiers that the replica serves, at most 16: the one in force, and those that were before or are
	// prepared. The operator lets a new one come into force when every replica serves it.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=512
	// +optional
	URLs []string `json:"urls,omitempty"`
	// registrations is the number of clients that the replica knows, at most 10000000: far more than fit into its memory.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=10000000
	// +optional
	Registrations int32 `json:"registrations,omitempty"`
	// identityProviders says of each identity provider of the issuer whether people can log in by it. It is absent from the
	// reports of older replicas, and before the replica has its configuration.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	// +optional
	IdentityProviders []IdentityProviderReport `json:"identityProviders,omitempty"`
}

// IssuerReport is one replica's word on what it has loaded.
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=ir,categories=oauth
// +kubebuilder:printcolumn:name="Issuer",type=string,JSONPath=`.spec.issuerName`
// +kubebuilder:printcolumn:name="Registrations",type=integer,JSONPath=`.spec.registrations`
// +kubebuilder:printcolumn:name="Signing ring",type=integer,JSONPath=`.spec.signingRevision`
// +kubebuilder:printcolumn:name="Renewed",type=date,JSONPath=`.spec.renewedAt`
type IssuerReport struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the report.
	// +required
	Spec IssuerReportSpec `json:"spec,omitzero"`
}

// IssuerReportList is a list of IssuerReports.
// +kubebuilder:object:root=true
type IssuerReportList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []IssuerReport `json:"items"`
}
