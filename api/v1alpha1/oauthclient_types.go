package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// OAuthClientSpec is what one application asks of the issuer. What it gets stands in status.effective. All scopes, audiences
// and URIs have at most 8192 characters together, so that no client is a burden to the issuer.
// +kubebuilder:validation:XValidation:rule="has(self.clientID) == has(oldSelf.clientID) && (!has(self.clientID) || self.clientID == oldSelf.clientID)",message="clientID is immutable: create another OAuthClient"
// +kubebuilder:validation:XValidation:rule="has(self.issuerRef) == has(oldSelf.issuerRef) && (!has(self.issuerRef) || self.issuerRef == oldSelf.issuerRef)",message="issuerRef is immutable: create another OAuthClient"
// +kubebuilder:validation:XValidation:rule="(has(self.grantTypes) && size(self.grantTypes) > 0) || has(self.resourceServer)",message="grantTypes may be empty only for a resource server: add client_credentials or authorization_code, or set resourceServer"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('client_credentials' in self.grantTypes) || (has(self.audiences) && size(self.audiences) > 0)",message="client_credentials needs audiences: name the resource servers that the tokens are for"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('authorization_code' in self.grantTypes) || (has(self.redirectURIs) && size(self.redirectURIs) > 0)",message="authorization_code needs redirectURIs: list where browsers may be sent with the answer"
// +kubebuilder:validation:XValidation:rule="!has(self.redirectURIs) || size(self.redirectURIs) == 0 || (has(self.grantTypes) && 'authorization_code' in self.grantTypes)",message="redirectURIs belong to authorization_code: add it to grantTypes, or remove redirectURIs"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('authorization_code' in self.grantTypes) || (has(self.audiences) && size(self.audiences) > 0) || (has(self.scopes) && 'openid' in self.scopes)",message="authorization_code needs audiences, or openid in scopes: then tokens are for the issuer's own userinfo endpoint"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('urn:ietf:params:oauth:grant-type:device_code' in self.grantTypes) || (has(self.audiences) && size(self.audiences) > 0) || (has(self.scopes) && 'openid' in self.scopes)",message="device_code needs audiences, or openid in scopes: then tokens are for the issuer's own userinfo endpoint"
// +kubebuilder:validation:XValidation:rule="!has(self.grantTypes) || !('refresh_token' in self.grantTypes) || 'authorization_code' in self.grantTypes || 'urn:ietf:params:oauth:grant-type:device_code' in self.grantTypes",message="refresh_token needs authorization_code or urn:ietf:params:oauth:grant-type:device_code: add one of them to grantTypes"
// +kubebuilder:validation:XValidation:rule="!has(self.refreshToken) || (has(self.grantTypes) && 'refresh_token' in self.grantTypes)",message="refreshToken belongs to refresh_token: add it to grantTypes, or remove refreshToken"
// +kubebuilder:validation:XValidation:rule="!has(self.idToken) || (has(self.scopes) && 'openid' in self.scopes)",message="idToken belongs to OpenID Connect: add openid to scopes, or remove idToken"
// +kubebuilder:validation:XValidation:rule="!has(self.userInfo) || (has(self.scopes) && 'openid' in self.scopes)",message="userInfo belongs to OpenID Connect: add openid to scopes, or remove userInfo"
// +kubebuilder:validation:XValidation:rule="!has(self.postLogoutRedirectURIs) || size(self.postLogoutRedirectURIs) == 0 || (has(self.grantTypes) && 'authorization_code' in self.grantTypes)",message="postLogoutRedirectURIs belong to authorization_code: add it to grantTypes, or remove postLogoutRedirectURIs"
// +kubebuilder:validation:XValidation:rule="!has(self.backchannelLogout) || (has(self.grantTypes) && 'authorization_code' in self.grantTypes && has(self.scopes) && 'openid' in self.scopes)",message="backchannelLogout needs authorization_code in grantTypes and openid in scopes: add both, or remove backchannelLogout"
// +kubebuilder:validation:XValidation:rule="!has(self.authentication) || !has(self.authentication.public) || !has(self.grantTypes) || !('client_credentials' in self.grantTypes)",message="a public client keeps no secret, so it cannot use client_credentials: remove that, or authentication.public"
// +kubebuilder:validation:XValidation:rule="!has(self.authentication) || !has(self.authentication.public) || !has(self.resourceServer)",message="a public client keeps no secret, so it cannot be a resource server: remove resourceServer, or authentication.public"
// +kubebuilder:validation:XValidation:rule="!has(self.defaultScopes) || self.defaultScopes.all(s, has(self.scopes) && s in self.scopes)",message="each of defaultScopes must stand in scopes as well"
// +kubebuilder:validation:XValidation:rule="(has(self.scopes) ? self.scopes.map(s, size(s)).sum() : 0) + (has(self.audiences) ? self.audiences.map(a, size(a)).sum() : 0) + (has(self.resourceServer) ? self.resourceServer.audiences.map(a, size(a)).sum() : 0) + (has(self.redirectURIs) ? self.redirectURIs.map(u, size(u)).sum() : 0) + (has(self.postLogoutRedirectURIs) ? self.postLogoutRedirectURIs.map(u, size(u)).sum() : 0) <= 8192",message="scopes, audiences, resourceServer.audiences, redirectURIs and postLogoutRedirectURIs have at most 8192 characters together: shorten or remove some, or make two clients of this one"
type OAuthClientSpec struct {
	// issuerRef names the TokenIssuer that registers this client. It is immutable. The cluster's default issuer when
	// absent.
	// +optional
	IssuerRef *IssuerReference `json:"issuerRef,omitempty"`
	// clientID is the client_id that this client sends (RFC 6749 section 2.2). It is immutable. "<namespace>.<name>" when
	// absent; another one must start with "<namespace>." or be listed by a policy in the issuer's namespace.
	// +optional
	ClientID ClientID `json:"clientID,omitempty"`
	// displayName is what people are shown of this client; at most 128 characters, all of which can be seen: no
	// control, formatting, joining, tag or filler characters, and no blank at its ends. The object's name when absent.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	DisplayName DisplayText `json:"displayName,omitempty"`
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
	// resource. They may be absent with openid in scopes and without client_credentials: then tokens are for the issuer's
	// own userinfo endpoint.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Audiences []Audience `json:"audiences,omitempty"`
	// resourceServer says that this client guards resources itself: it may introspect the tokens that are for them (RFC
	// 7662), as far as a policy in the issuer's namespace lists them in resourceServers.allowed.
	// +optional
	ResourceServer *ResourceServer `json:"resourceServer,omitempty"`
	// redirectURIs lists where the authorization endpoint may send its answers (RFC 6749 section 3.1.2), at most 32 of up to
	// 512 characters, compared byte for byte: https; http for 127.0.0.1, [::1] and localhost, whose port may vary where an IP
	// address stands (RFC 8252 section 7.3); or an app's own scheme, which has a dot (section 7.1). With authorization_code
	// only.
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +optional
	RedirectURIs []RedirectURI `json:"redirectURIs,omitempty"`
	// postLogoutRedirectURIs lists where this client may have browsers sent after a logout (OpenID Connect RP-Initiated Logout
	// section 3), at most 32 of up to 512 characters, of the same form as redirectURIs, compared byte for byte. With
	// authorization_code only.
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +optional
	PostLogoutRedirectURIs []RedirectURI `json:"postLogoutRedirectURIs,omitempty"`
	// backchannelLogout says where this client hears that a login session has ended (OpenID Connect Back-Channel Logout). With
	// authorization_code and the scope openid only.
	// +optional
	BackchannelLogout *BackchannelLogout `json:"backchannelLogout,omitempty"`
	// authentication is how this client proves who it is. A generated client secret when absent.
	// +optional
	Authentication *ClientAuthentication `json:"authentication,omitempty"`
	// accessToken holds this client's wishes for its access tokens; policies bound them.
	// +optional
	AccessToken *AccessTokenWishes `json:"accessToken,omitempty"`
	// refreshToken holds this client's wishes for its refresh tokens; policies bound them. With refresh_token only.
	// +optional
	RefreshToken *RefreshTokenWishes `json:"refreshToken,omitempty"`
	// idToken holds this client's wishes for its ID tokens (OpenID Connect Core section 2). With the scope openid only.
	// +optional
	IDToken *IDTokenWishes `json:"idToken,omitempty"`
	// userInfo holds this client's wishes for answers of the userinfo endpoint (OpenID Connect Core section 5.3). With the
	// scope openid only.
	// +optional
	UserInfo *UserInfoWishes `json:"userInfo,omitempty"`
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
	// introspectionSigningAlgorithm is the JWS algorithm of introspection answers, where this client asks for signed ones by
	// Accept: application/token-introspection+jwt (introspection_signed_response_alg of RFC 9701 section 6): ES256, RS256 or
	// EdDSA, of those that the issuer has a key for. That of access tokens when absent.
	// +optional
	IntrospectionSigningAlgorithm SigningAlgorithm `json:"introspectionSigningAlgorithm,omitempty"`
}

// ClientAuthentication lists the methods that the issuer accepts from a client; each block turns one on.
// +kubebuilder:validation:XValidation:rule="has(self.clientSecret) || has(self.public)",message="authentication needs a method: write clientSecret: {} or public: {}, or remove the block"
// +kubebuilder:validation:XValidation:rule="!has(self.clientSecret) || !has(self.public)",message="a public client keeps no secret: remove clientSecret, or public"
type ClientAuthentication struct {
	// clientSecret is a secret that the operator generates and keeps in a Secret beside this object. The client sends it by
	// HTTP Basic or in the form (client_secret_basic, client_secret_post; RFC 6749 section 2.3.1).
	// +optional
	ClientSecret *ClientSecretAuthentication `json:"clientSecret,omitempty"`
	// public says that this client can keep no secret, such as a command line or an app on a phone (RFC 6749 section 2.1). It
	// sends its client_id alone, and PKCE and refresh tokens that change with each use stand in for the secret.
	// +optional
	Public *PublicClient `json:"public,omitempty"`
}

// PublicClient is a client without credentials. There is nothing to say of it.
type PublicClient struct{}

// ClientSecretAuthentication says where a generated client secret is kept, and how it is replaced.
type ClientSecretAuthentication struct {
	// secretName is the Secret in this namespace that gets the credentials. "<name>-oauth" when absent. A Secret of this
	// name that is not ours is never touched. After a change the former Secret stays until the client is deleted; what it
	// holds is accepted for the overlap more.
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')`,message="secretName must be a name that a Secret can have: lower-case letters, digits, hyphens and dots"
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// rotation says how a client secret gives way to the next one.
	// +optional
	Rotation *SecretRotation `json:"rotation,omitempty"`
}

// SecretRotation says how a client secret gives way to the next one. The new one stands in the Secret as soon as the issuer
// accepts it; the former one is accepted for a while longer, for Pods that run with it.
type SecretRotation struct {
	// rotateID is any text of yours: change it to have a new client secret made now, such as to the date or the number of an
	// incident; at most 64 letters, digits, dots, hyphens and underscores. What it was when the secret was made stands in
	// status.rotateID. Nothing is made when it is removed, nor when a client is new.
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$')",message="rotateID has letters, digits, dots, hyphens and underscores, and begins and ends with a letter or digit, such as 2026-12-01 or incident-42"
	// +kubebuilder:validation:MaxLength=64
	// +optional
	RotateID string `json:"rotateID,omitempty"`
	// overlap is how long a client secret that was replaced, for whatever cause, is still accepted: from 0s to 720h. A shorter
	// one shortens what is accepted already, a longer one does not: with 0s nothing but what the Secret holds is accepted, which
	// is for a secret that leaked. 24h when absent.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) <= duration('720h')",message="overlap must be from 0s to 720h, such as 24h; with 0s the former secret is refused at once"
	// +optional
	Overlap Duration `json:"overlap,omitempty"`
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
	// Until the operator has seen the object, observedGeneration is -1: nothing takes it for ready before (kstatus).
	// +kubebuilder:default={"observedGeneration":-1}
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
