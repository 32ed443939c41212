package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GrantAccess says how long a grant may be used without its resource owner.
// +kubebuilder:validation:Enum=Online;Offline
type GrantAccess string

const (
	// OnlineAccess ends with the login session that the grant was given in.
	OnlineAccess GrantAccess = "Online"
	// OfflineAccess outlives that session (offline_access, OpenID Connect Core section 11).
	OfflineAccess GrantAccess = "Offline"
)

// GrantOver says why a grant is good for nothing.
// +kubebuilder:validation:Enum=Revoked;UserGone;ClientGone;Expired;Idle
type GrantOver string

// TokenGrantSpec is one authorization by one resource owner for one client. Only the issuer writes it.
// +kubebuilder:validation:XValidation:rule="self.issuerName == oldSelf.issuerName && self.client == oldSelf.client && self.subject == oldSelf.subject && self.createdAt == oldSelf.createdAt && has(self.provider) == has(oldSelf.provider) && (!has(self.provider) || self.provider == oldSelf.provider) && has(self.sessionID) == has(oldSelf.sessionID) && (!has(self.sessionID) || self.sessionID == oldSelf.sessionID) && has(self.access) == has(oldSelf.access) && (!has(self.access) || self.access == oldSelf.access) && has(self.grantedBy) == has(oldSelf.grantedBy) && (!has(self.grantedBy) || self.grantedBy == oldSelf.grantedBy) && has(self.scopes) == has(oldSelf.scopes) && (!has(self.scopes) || self.scopes == oldSelf.scopes) && has(self.resources) == has(oldSelf.resources) && (!has(self.resources) || self.resources == oldSelf.resources) && has(self.authenticatedAt) == has(oldSelf.authenticatedAt) && (!has(self.authenticatedAt) || self.authenticatedAt == oldSelf.authenticatedAt) && has(self.acr) == has(oldSelf.acr) && (!has(self.acr) || self.acr == oldSelf.acr) && has(self.amr) == has(oldSelf.amr) && (!has(self.amr) || self.amr == oldSelf.amr) && has(self.codeExpiresAt) == has(oldSelf.codeExpiresAt) && (!has(self.codeExpiresAt) || self.codeExpiresAt == oldSelf.codeExpiresAt)",message="what was granted, by whom and to whom, never changes: delete the TokenGrant to end it"
// +kubebuilder:validation:XValidation:rule="self.?sequence.orValue(0) >= oldSelf.?sequence.orValue(0)",message="sequence never decreases, or a refresh token that was used would be good again: delete the TokenGrant to end it"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.revokedAt) || self.?revokedAt.orValue(timestamp(0)) == oldSelf.revokedAt",message="a revoked grant stays revoked: let the resource owner log in again"
type TokenGrantSpec struct {
	// issuerName names the TokenIssuer of the same namespace that the grant was given at; 1 to 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	IssuerName string `json:"issuerName,omitempty"`
	// client is the client that the grant is for.
	// +required
	Client GrantedClient `json:"client,omitzero"`
	// subject is the resource owner, as the sub of tokens names them (OpenID Connect Core section 2); 1 to 255 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +required
	Subject string `json:"subject,omitempty"`
	// username is the resource owner's name for people to read; at most 256 characters. Nothing is decided by it.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	Username string `json:"username,omitempty"`
	// provider names the identity provider that the resource owner logged in by; at most 40 characters.
	// +kubebuilder:validation:MaxLength=40
	// +optional
	Provider string `json:"provider,omitempty"`
	// sessionID is the login session that the grant was given in (sid, OpenID Connect Front-Channel Logout section 3); at
	// most 128 characters.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	SessionID string `json:"sessionID,omitempty"`
	// access says how long the grant may be used without the resource owner: Online, as long as the login session lasts,
	// or Offline, until it expires (offline_access, OpenID Connect Core section 11). Online when absent.
	// +optional
	Access GrantAccess `json:"access,omitempty"`
	// grantedBy says who allowed it: ResourceOwner, or Platform where they were not asked since a root policy says consent:
	// Skip. A grant by the platform stands for no consent. ResourceOwner when absent.
	// +optional
	GrantedBy Granter `json:"grantedBy,omitempty"`
	// scopes is what was granted; at most 64. A token may have less, never more (RFC 6749 section 6).
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +optional
	Scopes []Scope `json:"scopes,omitempty"`
	// resources are the resource servers that tokens may be for; at most 16 (RFC 8707 section 2.2).
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Resources []Audience `json:"resources,omitempty"`
	// authenticatedAt is when the resource owner logged in (auth_time, OpenID Connect Core section 2).
	// +optional
	AuthenticatedAt metav1.Time `json:"authenticatedAt,omitzero"`
	// acr is the class of that login (OpenID Connect Core section 2); at most 256 characters.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	ACR string `json:"acr,omitempty"`
	// amr are the methods of that login (RFC 8176); at most 16, of up to 64 characters each.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=64
	// +optional
	AMR []string `json:"amr,omitempty"`
	// createdAt is when the grant was given, by the issuer's clock.
	// +required
	CreatedAt metav1.Time `json:"createdAt,omitzero"`
	// codeExpiresAt is until when the authorization code that the grant was made from could be presented again (RFC 6749
	// section 4.1.2). A revoked grant is kept until then.
	// +optional
	CodeExpiresAt metav1.Time `json:"codeExpiresAt,omitzero"`
	// expiresAt ends the grant. The issuer deletes it soon after.
	// +required
	ExpiresAt metav1.Time `json:"expiresAt,omitzero"`
	// revokedAt is set on a grant that is over, and is kept until its code has expired. It never goes away.
	// +optional
	RevokedAt metav1.Time `json:"revokedAt,omitzero"`
	// sequence is the number of the refresh token that is to be used next; 0 or more. It never decreases.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Sequence int64 `json:"sequence,omitempty"`
	// rotatedAt is when that number was reached.
	// +optional
	RotatedAt metav1.Time `json:"rotatedAt,omitzero"`
	// lastUsedAt is when the grant was last used, or a little before: it is not written at every use.
	// +optional
	LastUsedAt metav1.Time `json:"lastUsedAt,omitzero"`
	// idleSeconds is how many seconds after lastUsedAt neither a refresh token nor an access token of the grant is good any
	// more, unless it is used again; 0 or more. The issuer deletes the grant soon after. With 0, or when absent, only
	// expiresAt counts.
	// +kubebuilder:validation:Minimum=0
	// +optional
	IdleSeconds int64 `json:"idleSeconds,omitempty"`
	// heldUntil keeps a grant that is idle: its client is to hear of the end of the login session, which ends then at the
	// latest (OpenID Connect Back-Channel Logout 1.0). It goes when the client has been told and the grant stays.
	// +optional
	HeldUntil metav1.Time `json:"heldUntil,omitzero"`
	// sessionEndsAt is when the login session ends at the latest, and a grant with access Online with it. When absent, as in
	// grants of former versions, a session ends nothing before somebody logs out.
	// +optional
	SessionEndsAt metav1.Time `json:"sessionEndsAt,omitzero"`
	// over says why the grant is good for nothing although it is still kept: Revoked (revokedAt is set, or a TokenRevocation is
	// about it), UserGone (they were removed or disabled), ClientGone (the client is not registered, or is another one of
	// that name by now), Expired or Idle (kept until its client has heard of the end of the login session). It is for people
	// to read: nothing is decided by it, the issuer writes it within minutes, a few each second, and takes it away when it is
	// not so any more. When absent, the grant is good, or is deleted soon.
	// +optional
	Over GrantOver `json:"over,omitempty"`
	// sealed is what only the issuer can read, such as claims of the resource owner and whether their password is still the
	// one that they had then; at most 16384 characters.
	// +kubebuilder:validation:MaxLength=16384
	// +optional
	Sealed string `json:"sealed,omitempty"`
}

// GrantedClient names the client of a grant.
type GrantedClient struct {
	// id is the client_id (RFC 6749 section 2.2).
	// +required
	ID ClientID `json:"id,omitempty"`
	// namespace is the OAuthClient's namespace; at most 63 characters.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// name is the OAuthClient's name; at most 253 characters.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Name string `json:"name,omitempty"`
	// uid is the OAuthClient's UID, which tells it from a later one of that name; at most 64 characters.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	UID string `json:"uid,omitempty"`
}

// TokenGrant is what one resource owner let one client do. Deleting it ends it at once: its refresh token is refused, and
// its access tokens are not active any more (RFC 7662). Access tokens that resource servers check on their own are good
// until they expire. A client that listens for logouts is told when the last grant that it had of a login session is deleted.
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=tg,categories=oauth
// +kubebuilder:selectablefield:JSONPath=`.spec.issuerName`
// +kubebuilder:selectablefield:JSONPath=`.spec.client.id`
// +kubebuilder:selectablefield:JSONPath=`.spec.subject`
// +kubebuilder:selectablefield:JSONPath=`.spec.username`
// +kubebuilder:selectablefield:JSONPath=`.spec.sessionID`
// +kubebuilder:printcolumn:name="Client",type=string,JSONPath=`.spec.client.id`
// +kubebuilder:printcolumn:name="User",type=string,JSONPath=`.spec.username`
// +kubebuilder:printcolumn:name="Scopes",type=string,JSONPath=`.spec.scopes`
// +kubebuilder:printcolumn:name="Expires",type=string,JSONPath=`.spec.expiresAt`
// +kubebuilder:printcolumn:name="Over",type=string,JSONPath=`.spec.over`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.spec.createdAt`
// +kubebuilder:printcolumn:name="Subject",type=string,priority=1,JSONPath=`.spec.subject`
// +kubebuilder:printcolumn:name="Granted by",type=string,priority=1,JSONPath=`.spec.grantedBy`
// +kubebuilder:printcolumn:name="Resources",type=string,priority=1,JSONPath=`.spec.resources`
// +kubebuilder:printcolumn:name="Last used",type=date,priority=1,JSONPath=`.spec.lastUsedAt`
// +kubebuilder:printcolumn:name="Revoked",type=string,priority=1,JSONPath=`.spec.revokedAt`
// +kubebuilder:printcolumn:name="Session ends",type=string,priority=1,JSONPath=`.spec.sessionEndsAt`
type TokenGrant struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata. The name is the grant's ID, with which the jti of each of its tokens begins.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is the grant.
	// +required
	Spec TokenGrantSpec `json:"spec,omitzero"`
}

// TokenGrantList is a list of TokenGrants.
// +kubebuilder:object:root=true
type TokenGrantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TokenGrant `json:"items"`
}
