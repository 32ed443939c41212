package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TokenIssuerSpec describes one authorization server (RFC 6749 section 1.1).
// +kubebuilder:validation:XValidation:rule="!has(self.deployment) || !has(self.deployment.management) || self.deployment.management != 'External' || !(has(self.exposure) || (has(self.tls) && (has(self.tls.termination) || has(self.tls.secretName))))",message="an issuer that runs elsewhere has its certificate and its address there: with deployment.management: External leave out exposure, and of tls all but caSecretRef"
// +kubebuilder:validation:XValidation:rule="!has(self.storage) || !has(self.storage.type) || self.storage.type != 'Memory' || !has(self.deployment) || !(has(self.deployment.autoscaling) || (has(self.deployment.replicas) && self.deployment.replicas > 1))",message="what storage.type: Memory remembers, one Pod knows alone: leave out deployment.replicas and deployment.autoscaling, or Memory"
// +kubebuilder:validation:XValidation:rule="!has(self.previousURLs) || self.previousURLs.all(p, p.url != self.url)",message="previousURLs lists url itself: leave it out there, or write the url that the issuer is to have next"
type TokenIssuerSpec struct {
	// url is the issuer identifier (RFC 8414 section 2): the https URL that tokens carry as iss and that the endpoints
	// stand below, without query, fragment, escapes or trailing slash; at most 512 characters. http only for 127.0.0.1,
	// [::1] and localhost. The first one is in force at once. After a change the former one stays in force until the new one is
	// ready, and is a previous URL for 168h from then on: see urlChange, previousURLs and the condition URLChangePending.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="isURL(self)",message="url must be an absolute URL such as https://issuer.example"
	// +kubebuilder:validation:XValidation:rule=`self.matches('^https://[^/]') || self.matches(r'^http://(127\.0\.0\.1|\[::1\]|localhost)(:[0-9]+)?(/|$)')`,message="url must use https; http is for 127.0.0.1, [::1] and localhost only"
	// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z]+://[A-Za-z0-9._:\[\]-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$')`,message="url must be scheme, host, port and path alone, the path in letters, digits and -._~: no query, fragment, user, blank, escape or empty segment"
	// +kubebuilder:validation:XValidation:rule="!self.endsWith('/')",message="url must not end with a slash"
	// +required
	URL string `json:"url,omitempty"`
	// urlChange says when a new url takes the place of the present one. As soon as it is ready when absent.
	// +optional
	URLChange *URLChange `json:"urlChange,omitempty"`
	// previousURLs lists issuer identifiers that this issuer had before, at most 4, each with its end. Until then requests under
	// one of them are answered as by an issuer of that name, and tokens of that name are valid. A change of url adds the former
	// one to status.previousURLs by itself; listed here it ends at the time that stands here, sooner or later.
	// +listType=map
	// +listMapKey=url
	// +kubebuilder:validation:MaxItems=4
	// +optional
	PreviousURLs []PreviousURL `json:"previousURLs,omitempty"`
	// clientNamespaces says whose OAuthClients may register. Those of the issuer's own namespace when absent.
	// +optional
	ClientNamespaces *ClientNamespaces `json:"clientNamespaces,omitempty"`
	// ungovernedClients says what becomes of a client that no root policy selects: Refuse or Allow, with built-in rules.
	// Refuse when absent, so that nobody authorizes himself.
	// +optional
	UngovernedClients UngovernedClients `json:"ungovernedClients,omitempty"`
	// signing says how tokens are signed. With ES256 and a new key every 30 days when absent.
	// +optional
	Signing *Signing `json:"signing,omitempty"`
	// sealing is about the keys under which codes, refresh tokens, opaque access tokens and sessions are sealed. They rotate with
	// signing.rotationInterval.
	// +optional
	Sealing *Sealing `json:"sealing,omitempty"`
	// identityProviders lists where people log in, at most 8. Without any this issuer has no authorization endpoint. With
	// some, RS256 joins its signing keys, since every OpenID Connect client understands it (OpenID Connect Core section 15.1).
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	// +optional
	IdentityProviders []IdentityProvider `json:"identityProviders,omitempty"`
	// sessions bounds how long people stay logged in. 24h, and 8h without use, when absent.
	// +optional
	Sessions *Sessions `json:"sessions,omitempty"`
	// branding is what the pages show of whose they are. The issuer's host name alone when absent.
	// +optional
	Branding *Branding `json:"branding,omitempty"`
	// scopes describes scopes to the people who are asked to allow them, at most 128. A scope that is not listed is shown by
	// its name.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	// +optional
	Scopes []ScopeDescription `json:"scopes,omitempty"`
	// storage says where grants are kept. In the cluster when absent.
	// +optional
	Storage *Storage `json:"storage,omitempty"`
	// deployment says how the issuer runs. As two Pods in this namespace when absent.
	// +optional
	Deployment *Deployment `json:"deployment,omitempty"`
	// tls says where TLS ends, and with which certificate. At the issuer, with that of a Secret, when absent.
	// +optional
	TLS *TLS `json:"tls,omitempty"`
	// exposure says how the issuer is reached. Within the cluster, as a Service of its own, when absent.
	// +optional
	Exposure *Exposure `json:"exposure,omitempty"`
}

// NamespacesFrom says which namespaces are meant.
// +kubebuilder:validation:Enum=Same;All;Selector
type NamespacesFrom string

const (
	// NamespacesSame means the object's own namespace.
	NamespacesSame NamespacesFrom = "Same"
	// NamespacesAll means every namespace.
	NamespacesAll NamespacesFrom = "All"
	// NamespacesSelector means the namespaces whose labels match a selector.
	NamespacesSelector NamespacesFrom = "Selector"
)

// ClientNamespaces says which namespaces may register clients.
// +kubebuilder:validation:XValidation:rule="(self.from == 'Selector') == has(self.selector)",message="selector belongs to from: Selector, and only to it"
type ClientNamespaces struct {
	// from is Same (the issuer's own namespace), All, or Selector (those that selector matches).
	// +required
	From NamespacesFrom `json:"from,omitempty"`
	// selector selects namespaces by label, with from: Selector. {} selects all.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
	// maxClients is how many OAuthClients of one namespace are registered at most, from 1 to 100000. Further ones are not
	// Ready, with the reason TooManyClients, until there is room; the oldest goes first. Those that are registered stay so when
	// this is lowered. No bound when absent.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	// +optional
	MaxClients *int32 `json:"maxClients,omitempty"`
}

// UngovernedClients says what becomes of a client without a root policy.
// +kubebuilder:validation:Enum=Refuse;Allow
type UngovernedClients string

const (
	// UngovernedRefuse keeps such a client out.
	UngovernedRefuse UngovernedClients = "Refuse"
	// UngovernedAllow registers it under the built-in rules.
	UngovernedAllow UngovernedClients = "Allow"
)

// SigningAlgorithm is a JWS algorithm by its name in RFC 7518 or RFC 8037.
// +kubebuilder:validation:Enum=ES256;RS256;EdDSA
type SigningAlgorithm string

const (
	// ES256 is ECDSA on P-256 with SHA-256.
	ES256 SigningAlgorithm = "ES256"
	// RS256 is RSASSA-PKCS1-v1_5 with SHA-256, on a 2048-bit key.
	RS256 SigningAlgorithm = "RS256"
	// EdDSA is Ed25519.
	EdDSA SigningAlgorithm = "EdDSA"
)

// Signing says how tokens are signed.
// +kubebuilder:validation:XValidation:rule="!has(self.publishLead) || [self.publishLead, has(self.rotationInterval) ? self.rotationInterval : '720h'].exists(d, !d.matches('^([0-9]{1,5}[hms]){1,3}$')) || duration(self.publishLead) + duration(self.publishLead) <= duration(has(self.rotationInterval) ? self.rotationInterval : '720h')",message="publishLead must be at most half of rotationInterval, which is 720h when absent: write a shorter publishLead or a longer rotationInterval"
type Signing struct {
	// algorithms lists the algorithms that the key ring holds a key for, at most 3 of ES256, RS256 (RFC 7518) and EdDSA (RFC
	// 8037, on Ed25519); the first signs access tokens. A new first one takes over when its key has been published for
	// publishLead. kube-apiserver does not know EdDSA. [ES256] when absent.
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=3
	// +optional
	Algorithms []SigningAlgorithm `json:"algorithms,omitempty"`
	// rotationInterval is how long a key signs before the next one takes over: from 1h to 8760h. 720h when absent.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1h') && duration(self) <= duration('8760h')",message="rotationInterval must be from 1h to 8760h, such as 720h"
	// +optional
	RotationInterval Duration `json:"rotationInterval,omitempty"`
	// publishLead is how long the next key is published before it signs, while the former one signs: from 90s to 168h, at most
	// half of rotationInterval. Verifiers keep a key set for as long as they please, whatever Cache-Control says, and refuse a
	// new key until they fetch it again. The first key of an issuer, a key that takes the place of a revoked one, and one of an
	// algorithm that is added behind the first are not kept waiting for that long. 24h when absent, or half of rotationInterval
	// where that is shorter.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('90s') && duration(self) <= duration('168h')",message="publishLead must be from 90s to 168h, such as 24h"
	// +optional
	PublishLead Duration `json:"publishLead,omitempty"`
	// revokeKeys lists signing keys that nobody may believe any more, by their kid in status.keys, at most 16. Their tokens are
	// inactive at this issuer at once, and the next key signs as soon as every replica serves it. Who verifies tokens offline
	// may believe a revoked key for as long as it keeps the key set: see docs/verifiers.md. A revoked key stays revoked when it
	// is taken out of this list. What is no kid of a key is told by the condition KeysRevoked.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	RevokeKeys []KeyID `json:"revokeKeys,omitempty"`
}

// Sealing is about the keys under which an issuer seals what only it may read.
type Sealing struct {
	// revokeKeys lists sealing keys that nobody may believe any more, by their kid in status.sealingKeys, at most 16. What was
	// sealed under them cannot be opened again: codes, refresh tokens, opaque access tokens and sessions of that time end at
	// once. A revoked key stays revoked when it is taken out of this list.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	RevokeKeys []KeyID `json:"revokeKeys,omitempty"`
}

// KeyID is the identifier of a key (RFC 7517 section 4.5), as status lists it.
// +kubebuilder:validation:XValidation:rule=`self.matches('^[A-Za-z0-9_-]+$')`,message="a kid is letters, digits, - and _ only: copy it from the status of the TokenIssuer"
// +kubebuilder:validation:MaxLength=64
type KeyID string

// TokenIssuer is one authorization server. The operator keeps its key rings and its configuration, and runs it.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ti,categories=oauth
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`
// +kubebuilder:printcolumn:name="Available",type=integer,JSONPath=`.status.availableReplicas`
// +kubebuilder:printcolumn:name="Clients",type=integer,JSONPath=`.status.clients`
// +kubebuilder:printcolumn:name="Next rotation",type=string,JSONPath=`.status.nextKeyRotation`,priority=1
// +kubebuilder:printcolumn:name="Next removal",type=string,JSONPath=`.status.nextKeyRemoval`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",message="the name of a TokenIssuer becomes part of other names: at most 40 lower-case letters, digits and hyphens, a letter first"
type TokenIssuer struct {
	metav1.TypeMeta `json:",inline"`
	// metadata is the object's standard metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`
	// spec is what the platform team asks for.
	// +required
	Spec TokenIssuerSpec `json:"spec,omitzero"`
	// status is what it got.
	// Until the operator has seen the object, observedGeneration is -1: nothing takes it for ready before (kstatus).
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status TokenIssuerStatus `json:"status,omitzero"`
}

// TokenIssuerList is a list of TokenIssuers.
// +kubebuilder:object:root=true
type TokenIssuerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TokenIssuer `json:"items"`
}
