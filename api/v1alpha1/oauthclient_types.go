package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// OAuthClientSpec is what one application asks of the issuer. What it gets stands in status.effective.
// +kubebuilder:validation:XValidation:rule="has(self.clientID) == has(oldSelf.clientID) && (!has(self.clientID) || self.clientID == oldSelf.clientID)",message="clientID is immutable: create another OAuthClient"
// +kubebuilder:validation:XValidation:rule="has(self.issuerRef) == has(oldSelf.issuerRef) && (!has(self.issuerRef) || self.issuerRef == oldSelf.issuerRef)",message="issuerRef is immutable: create another OAuthClient"
// +kubebuilder:validation:XValidation:rule="(has(self.grantTypes) && size(self.grantTypes) > 0) || has(self.resourceServer)",message="grantTypes may be empty only for a resource server: add client_credentials, or set resourceServer"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('client_credentials' in self.grantTypes) || (has(self.audiences) && size(self.audiences) > 0)",message="client_credentials needs audiences: name the resource servers that the tokens are for"
// +kubebuilder:validation:XValidation:rule="!has(self.defaultScopes) || self.defaultScopes.all(s, has(self.scopes) && s in self.scopes)",message="each of defaultScopes must stand in scopes as well"
type OAuthClientSpec struct {
	// issuerRef names the TokenIssuer that registers this client. It is immutable. The cluster's default issuer when
	// absent.
	// +optional
	IssuerRef *IssuerReference `json:"issuerRef,omitempty"`
	// clientID is the client_id that this client sends (RFC 6749 section 2.2). It is immutable. "<namespace>.<name>" when
	// absent; another one must start with "<namespace>." or be listed by a policy in the issuer's namespace.
	// +optional
	ClientID ClientID `json:"clientID,omitempty"`
	// displayName is what people are shown of this client; at most 128 characters. The object's name when absent.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	DisplayName string `json:"displayName,omitempty"`
	// grantTypes lists the grants that the token endpoint accepts from this client (RFC 6749 section 1.3). It may be
	// empty only for a resource server.
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +optional
	GrantTypes []GrantType `json:"grantTypes,omitempty"`
	// scopes lists what this client may ask for (RFC 6749 section 3.3); at most 64, of up to 128 characters each, without
	// "*", which is for patterns in TokenPolicy.
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +optional
	Scopes []Scope `json:"scopes,omitempty"`
	// defaultScopes is what a request is granted that names no scope (RFC 6749 section 3.3); each must stand in scopes, so
	// at most 64. All of scopes when absent; nothing when empty.
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +optional
	DefaultScopes []Scope `json:"defaultScopes,omitempty"`
	// audiences lists the resource servers that tokens of this client may be for, as RFC 8707 resources: absolute URIs
	// without a fragment, at most 16 of up to 512 characters. The first is the aud of a token whose request names no
	// resource.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Audiences []Audience `json:"audiences,omitempty"`
	// resourceServer says that this client guards resources itself: it may introspect the tokens that are for them (RFC
	// 7662), as far as a policy in the issuer's namespace lists them in resourceServers.allowed.
	// +optional
	ResourceServer *ResourceServer `json:"resourceServer,omitempty"`
	// authentication is how this client proves who it is. A generated client secret when absent.
	// +optional
	Authentication *ClientAuthentication `json:"authentication,omitempty"`
	// accessToken holds this client's wishes for its access tokens; policies bound them.
	// +optional
	AccessToken *AccessTokenWishes `json:"accessToken,omitempty"`
}

// IssuerReference names a TokenIssuer.
type IssuerReference struct {
	// name is the TokenIssuer's name; at most 40 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +required
	Name string `json:"name,omitempty"`
	// namespace is the TokenIssuer's namespace; at most 63 characters. The OAuthClient's own when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
}

// ResourceServer is what a client guards.
type ResourceServer struct {
	// audiences lists the resources (RFC 8707) whose tokens this client may introspect; at most 16.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +required
	Audiences []Audience `json:"audiences,omitempty"`
}

// ClientAuthentication lists the methods that the issuer accepts from a client; each block turns one on.
// +kubebuilder:validation:XValidation:rule="has(self.clientSecret)",message="authentication needs a method: write clientSecret: {}, or remove the block"
type ClientAuthentication struct {
	// clientSecret is a secret that the operator generates and keeps in a Secret beside this object. The client sends it by
	// HTTP Basic or in the form (client_secret_basic, client_secret_post; RFC 6749 section 2.3.1).
	// +optional
	ClientSecret *ClientSecretAuthentication `json:"clientSecret,omitempty"`
}

// ClientSecretAuthentication says where a generated client secret is kept.
type ClientSecretAuthentication struct {
	// secretName is the Secret in this namespace that gets the credentials. "<name>-oauth" when absent. A Secret of this
	// name that is not ours is never touched. After a change the former Secret stays until the client is deleted; what it
	// holds is accepted for 24 hours more.
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')`,message="secretName must be a name that a Secret can have: lower-case letters, digits, hyphens and dots"
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`
}

// AccessTokenWishes is what a client would like; policies may only shorten it.
type AccessTokenWishes struct {
	// lifetime is how long an access token of this client lives (expires_in of RFC 6749 section 5.1): from 10s to 24h,
	// clamped to the policies' maxLifetime. The policies' defaultLifetime when absent.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="lifetime must be from 10s to 24h, such as 90s, 10m or 1h30m"
	// +optional
	Lifetime Duration `json:"lifetime,omitempty"`
}

// OAuthClient registers one application with the issuer.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=oac,categories=oauth
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Client ID",type=string,JSONPath=`.status.clientID`
// +kubebuilder:printcolumn:name="Secret",type=string,JSONPath=`.status.binding.name`
// +kubebuilder:printcolumn:name="Lifetime",type=string,JSONPath=`.status.effective.accessToken.lifetime.value`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="the name of an OAuthClient has at most 63 characters: choose a shorter one"
type OAuthClient struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what the application asks for.
	// +required
	Spec OAuthClientSpec `json:"spec,omitzero"`
	// status is what it got, and why.
	// +optional
	Status OAuthClientStatus `json:"status,omitzero"`
}

// OAuthClientList is a list of OAuthClients.
// +kubebuilder:object:root=true
type OAuthClientList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OAuthClient `json:"items"`
}
