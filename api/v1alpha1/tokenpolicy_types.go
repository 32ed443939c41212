package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TokenPolicySpec bounds what may be issued to the clients that it selects. The rules for one client are the meet of all
// policies that select it: allowed sets intersect and lifetimes take the minimum, so the order of policies never
// matters. An absent block sets no limit; a present block with an empty allowed list allows nothing.
//
// A policy in an issuer's namespace is a root policy: it governs that issuer's clients anywhere. A policy anywhere else
// is a local policy: it narrows further what the clients of its own namespace may do.
// +kubebuilder:validation:XValidation:rule="!has(self.consent) || self.consent != 'Skip' || has(self.scopes) && has(self.scopes.allowed)",message="consent: Skip is for the scopes that scopes.allowed of the same policy lists: list them there"
type TokenPolicySpec struct {
	// clientSelector selects OAuthClients by their labels, which their owners can change: use namespaceSelector for what
	// must hold. All when absent or {}.
	// +optional
	ClientSelector *metav1.LabelSelector `json:"clientSelector,omitempty"`
	// namespaceSelector selects the OAuthClients of the namespaces with these labels. Root policies only. All namespaces
	// when absent or {}.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// grantTypes bounds the grant types (RFC 6749 section 1.3). No limit when absent.
	// +optional
	GrantTypes *GrantTypeRules `json:"grantTypes,omitempty"`
	// scopes bounds the scopes (RFC 6749 section 3.3). No limit when absent.
	// +optional
	Scopes *ScopeRules `json:"scopes,omitempty"`
	// audiences bounds the resources that tokens may be for (RFC 8707). No limit when absent.
	// +optional
	Audiences *AudienceRules `json:"audiences,omitempty"`
	// resourceServers lists the resources that the selected clients may guard, and so introspect tokens for (RFC 7662). Root
	// policies only. Where no policy sets it, none.
	// +optional
	ResourceServers *AudienceRules `json:"resourceServers,omitempty"`
	// clientIDs lists the client_ids that the selected clients may take outside the prefix "<namespace>.". Root policies
	// only. Where no policy sets it, none.
	// +optional
	ClientIDs *ClientIDRules `json:"clientIDs,omitempty"`
	// consent says whether people are asked before a client acts in their name. Root policies only. Skip is for the platform's
	// own applications: people who log in to the selected clients are not asked about the scopes that scopes.allowed of this
	// policy lists, offline_access only where it stands there by its name. Where several policies say Skip, each must list a
	// scope; Required of any one wins. Whatever it says, people are asked by devices, by public clients whose answer goes to
	// a loopback address or to an app's own scheme, about claims that no scope tells of, and where the client says
	// prompt=consent. Where no policy sets it, people are asked.
	// +optional
	Consent ConsentRule `json:"consent,omitempty"`
	// accessToken bounds access tokens. The built-in bounds hold when absent.
	// +optional
	AccessToken *AccessTokenRules `json:"accessToken,omitempty"`
	// refreshToken bounds refresh tokens. The built-in bounds hold when absent.
	// +optional
	RefreshToken *RefreshTokenRules `json:"refreshToken,omitempty"`
	// idToken bounds ID tokens (OpenID Connect Core section 2). The built-in bounds hold when absent.
	// +optional
	IDToken *IDTokenRules `json:"idToken,omitempty"`
}

// GrantTypeRules bounds grant types.
type GrantTypeRules struct {
	// allowed lists the grant types that may be used; an empty list allows none.
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +required
	Allowed []GrantType `json:"allowed"`
}

// ScopeRules bounds scopes.
// +kubebuilder:validation:XValidation:rule="has(self.allowed) || has(self.denied)",message="scopes needs allowed or denied: remove the block to set no limit"
type ScopeRules struct {
	// allowed lists patterns, "*" for any run of characters; a scope must match one of them. An empty list allows none; no
	// limit when absent.
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +optional
	Allowed []ScopePattern `json:"allowed,omitzero"`
	// denied lists patterns that no scope may match, whatever allows it.
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +optional
	Denied []ScopePattern `json:"denied,omitempty"`
}

// AudienceRules bounds resources (RFC 8707).
type AudienceRules struct {
	// allowed lists the resources that may be named, byte for byte; an empty list allows none.
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +required
	Allowed []Audience `json:"allowed"`
}

// ClientIDRules lists client_ids.
type ClientIDRules struct {
	// allowed lists the client_ids that may be taken; an empty list allows none.
	// +listType=set
	// +kubebuilder:validation:MaxItems=256
	// +required
	Allowed []ClientID `json:"allowed"`
}

// TokenPolicyStatus is what the operator made of a TokenPolicy.
type TokenPolicyStatus struct {
	// observedGeneration is the generation of spec that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions say whether this policy is in force: Accepted; RolledOut, once all its clients are registered by it; and Ready,
	// which sums them up. Stalled stands beside them while only a change by a user can help, else Reconciling.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// clients is the number of OAuthClients that this policy governs. It follows changes within seconds.
	// +kubebuilder:validation:Minimum=0
	// +optional
	Clients *int32 `json:"clients,omitempty"`
	// clientsUpToDate is how many of these are registered by the version in force. A change is one write for each client, which
	// takes seconds for thousands of them.
	// +kubebuilder:validation:Minimum=0
	// +optional
	ClientsUpToDate *int32 `json:"clientsUpToDate,omitempty"`
}

// TokenPolicy bounds what may be issued to the clients that it selects.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=tp,categories=oauth
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Clients",type=integer,JSONPath=`.status.clients`
// +kubebuilder:printcolumn:name="Up to date",type=integer,JSONPath=`.status.clientsUpToDate`,priority=1
// +kubebuilder:printcolumn:name="Max lifetime",type=string,JSONPath=`.spec.accessToken.maxLifetime`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type TokenPolicy struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what the platform's or the application's team rules.
	// +required
	Spec TokenPolicySpec `json:"spec,omitzero"`
	// status says whether it is in force, and for how many clients.
	// Until the operator has seen the object, observedGeneration is -1: nothing takes it for ready before (kstatus).
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status TokenPolicyStatus `json:"status,omitzero"`
}

// TokenPolicyList is a list of TokenPolicies.
// +kubebuilder:object:root=true
type TokenPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TokenPolicy `json:"items"`
}
