package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// RevocationMatch says what a revocation without any selector is about.
// +kubebuilder:validation:Enum=All
type RevocationMatch string

// MatchAll is everything that the issuer issued.
const MatchAll RevocationMatch = "All"

// RevokedUser names a person as people know them.
type RevokedUser struct {
	// provider is the identity provider that they log in by, as spec.identityProviders of the TokenIssuer names it; 1 to 40
	// characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Provider string `json:"provider,omitempty"`
	// username is what they are called there: the username of a users file, and spec.username of TokenGrants of people who log
	// in elsewhere; 1 to 256 characters, in any case.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +required
	Username string `json:"username,omitempty"`
}

// TokenRevocationSpec ends what was issued before a moment. Each of tokenID, sessionID, clientID, subject and user narrows it:
// with several of them, only what all of them say is revoked.
// +kubebuilder:validation:XValidation:rule="has(self.match) != (has(self.tokenID) || has(self.sessionID) || has(self.clientID) || has(self.subject) || has(self.user))",message="say what to revoke by tokenID, sessionID, clientID, subject or user; to revoke everything that the issuer issued, write match: All and none of these"
// +kubebuilder:validation:XValidation:rule="!has(self.subject) || !has(self.user)",message="subject and user both say whose tokens are revoked; write one of them"
// +kubebuilder:validation:XValidation:rule="self.expiresAt >= self.issuedBefore",message="expiresAt must not be before issuedBefore: keep the revocation until all that it revokes has expired"
type TokenRevocationSpec struct {
	// issuerName names the TokenIssuer of the same namespace whose tokens are revoked; 1 to 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	IssuerName string `json:"issuerName,omitempty"`
	// match says All where the revocation is about everything that the issuer issued. Otherwise it is absent.
	// +optional
	Match RevocationMatch `json:"match,omitempty"`
	// tokenID is the jti of one token (RFC 7519 section 4.1.7); 1 to 256 characters. With the prefix "session." it is one
	// cookie of a login session, which the issuer revokes when the person logs in once more in the same browser.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +optional
	TokenID string `json:"tokenID,omitempty"`
	// sessionID is a login session: the sid of ID tokens, and spec.sessionID of TokenGrants; 1 to 128 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	SessionID string `json:"sessionID,omitempty"`
	// clientID is the client that the tokens were issued to (RFC 6749 section 2.2).
	// +optional
	ClientID ClientID `json:"clientID,omitempty"`
	// subject is the sub of the tokens, and spec.subject of TokenGrants; 1 to 255 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Subject string `json:"subject,omitempty"`
	// user is the person whose tokens, sessions and grants are revoked, by name: all that was issued under that name, and all
	// that was issued to whoever has it when the issuer reads this. status says whom that means.
	// +optional
	User *RevokedUser `json:"user,omitempty"`
	// issuedBefore spares what was issued at that second or later (iat, RFC 7519 section 4.1.6). To revoke all that there is
	// now, write the present time, in UTC, such as "2026-11-22T10:00:00Z".
	// +required
	IssuedBefore metav1.Time `json:"issuedBefore,omitzero"`
	// expiresAt is when all that is revoked has expired, and the issuer deletes the TokenRevocation. Too early, and what is
	// revoked is good again; the longest lifetime of an access token after issuedBefore is enough for tokens, that of a
	// refresh token for grants and sessions.
	// +required
	ExpiresAt metav1.Time `json:"expiresAt,omitzero"`
}

// TokenRevocationStatus is what the issuer made of a TokenRevocation that people wrote. Those that it writes itself have none.
type TokenRevocationStatus struct {
	// observedGeneration is the generation of spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions say whether the revocation does what it is for: Ready. It is False where spec.user is nobody who is known; with
	// Stalled beside it if only a change by a user can help, else Reconciling. Until there is any, no issuer has read it.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=4
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// subjects are the sub of whom spec.user was found to be; at most 16. What was issued to them is revoked, also under
	// another name.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=255
	// +optional
	Subjects []string `json:"subjects,omitempty"`
}

// TokenRevocation revokes tokens by what they say of themselves, whatever grant they came from. The issuer writes one when
// a client revokes a token (RFC 7009), when somebody logs out or logs in once more; people write one in an incident. Clients
// that listen for logouts are told where people write one that names a session, a subject or a user.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=tr,categories=oauth
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerName`
// +kubebuilder:printcolumn:name="Match",type=string,JSONPath=`.spec.match`
// +kubebuilder:printcolumn:name="Client",type=string,JSONPath=`.spec.clientID`
// +kubebuilder:printcolumn:name="Subject",type=string,JSONPath=`.spec.subject`
// +kubebuilder:printcolumn:name="User",type=string,JSONPath=`.spec.user.username`
// +kubebuilder:printcolumn:name="Session",type=string,JSONPath=`.spec.sessionID`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Issued before",type=string,JSONPath=`.spec.issuedBefore`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.spec.expiresAt`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Token",type=string,priority=1,JSONPath=`.spec.tokenID`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type TokenRevocation struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the revocation.
	// +required
	Spec TokenRevocationSpec `json:"spec,omitzero"`
	// status is what the issuer made of it.
	// +optional
	Status TokenRevocationStatus `json:"status,omitzero"`
}

// TokenRevocationList is a list of TokenRevocations.
// +kubebuilder:object:root=true
type TokenRevocationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TokenRevocation `json:"items"`
}
