package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TokenMarkSpec is a name that is taken for a while, and a little that the issuer knows of it. Only the issuer writes it.
type TokenMarkSpec struct {
	// issuerName names the TokenIssuer of the same namespace that the mark is for; 1 to 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	IssuerName string `json:"issuerName,omitempty"`
	// kind says what is marked, such as jti; 1 to 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Kind string `json:"kind,omitempty"`
	// clientID is the client whose mark it is, of which each may have so many.
	// +optional
	ClientID ClientID `json:"clientID,omitempty"`
	// source stands for the network that the mark was made for, if it was made for a stranger, who pays for it; at most 64
	// characters. It is a hash, which serves to count and to compare.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Source string `json:"source,omitempty"`
	// subject is the person whom the mark is of, as the sub of tokens names them: it holds what they brought along when they
	// logged in and what fits neither their cookie nor a code; at most 255 characters.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Subject string `json:"subject,omitempty"`
	// openedAt is when a person first looked at what is marked. Until then, what a stranger made may make way for others.
	// +optional
	OpenedAt metav1.Time `json:"openedAt,omitzero"`
	// data is what the issuer knows of the mark; at most 16384 bytes, in base64. What is secret in it is sealed.
	// +kubebuilder:validation:MaxLength=21848
	// +optional
	Data []byte `json:"data,omitempty"`
	// expiresAt is when the mark counts no longer. The issuer deletes it soon after.
	// +required
	ExpiresAt metav1.Time `json:"expiresAt,omitzero"`
}

// TokenMark notes for a while that something was seen, such as a one-time token, or waits, such as a device's request. Its
// name is a hash of what is marked.
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=tm,categories=oauth
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerName`
// +kubebuilder:printcolumn:name="Kind",type=string,JSONPath=`.spec.kind`
// +kubebuilder:printcolumn:name="Client",type=string,JSONPath=`.spec.clientID`
// +kubebuilder:printcolumn:name="Subject",type=string,priority=1,JSONPath=`.spec.subject`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.spec.expiresAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type TokenMark struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the mark.
	// +required
	Spec TokenMarkSpec `json:"spec,omitzero"`
}

// TokenMarkList is a list of TokenMarks.
// +kubebuilder:object:root=true
type TokenMarkList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TokenMark `json:"items"`
}
