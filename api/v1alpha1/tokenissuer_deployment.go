package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Management says who runs something.
// +kubebuilder:validation:Enum=Managed;External
type Management string

const (
	// Managed means that the operator makes it and keeps it as it should be.
	Managed Management = "Managed"
	// External means that somebody else runs it; the operator leaves it alone.
	External Management = "External"
)

// Deployment says how the issuer runs.
// +kubebuilder:validation:XValidation:rule="!has(self.replicas) || !has(self.autoscaling)",message="with autoscaling the number of replicas is the autoscaler's: leave out replicas, or autoscaling"
// +kubebuilder:validation:XValidation:rule="!has(self.autoscaling) || !has(self.resources) || (has(self.resources.requests) && has(self.resources.requests.cpu)) || (has(self.resources.limits) && has(self.resources.limits.cpu))",message="an autoscaler goes by the share of the CPU that is requested: with autoscaling and resources set resources.requests.cpu"
// +kubebuilder:validation:XValidation:rule="!has(self.management) || self.management != 'External' || !(has(self.replicas) || has(self.autoscaling) || has(self.image) || has(self.resources) || has(self.podTemplate) || has(self.maxStaleness) || has(self.trustedProxies) || has(self.networkPolicy))",message="an issuer that runs elsewhere is set up there: with management: External leave out everything else of deployment"
type Deployment struct {
	// management is Managed (the operator runs the issuer) or External (it runs elsewhere, as "tokenwright issuer" with this
	// TokenIssuer's name). Managed when absent.
	// +optional
	Management Management `json:"management,omitempty"`
	// replicas is the number of Pods, from 1 to 100. 2 when absent, or 1 with storage.type: Memory.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`
	// autoscaling lets a HorizontalPodAutoscaler choose the number of Pods by their use of CPU.
	// +optional
	Autoscaling *Autoscaling `json:"autoscaling,omitempty"`
	// image is the container image. That of the operator when absent, so that an upgrade of the operator brings that of the
	// issuer.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Image string `json:"image,omitempty"`
	// resources are what the issuer's container asks for and is limited to. Requests of 100m of a CPU and 64Mi of memory and a
	// limit of 256Mi when absent, which is enough for 10,000 clients; 100,000 need 512Mi. A quarter of the limit is for hashing
	// passwords: when absent, it is raised where the costliest hash of a file of users needs more, to 1088Mi at most. When it
	// is there, what it does not say is not set.
	// +optional
	Resources *Resources `json:"resources,omitempty"`
	// podTemplate is a strategic merge patch of the Deployment's Pod template, such as {spec: {nodeSelector: {...}}}. The
	// issuer's container is called issuer. It may not change the ServiceAccount, the namespaces of the host, security contexts,
	// labels, the container's arguments and what the operator mounts: a patch that does is refused, and the former
	// Pods stay.
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	PodTemplate *runtime.RawExtension `json:"podTemplate,omitempty"`
	// maxStaleness is how old the knowledge may be that an issuer serves from which starts while the API server is away: from
	// 1m to 720h. 24h when absent.
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,5}[hms]){1,3}$') && duration(self) >= duration('1m') && duration(self) <= duration('720h')",message="maxStaleness must be from 1m to 720h, such as 24h"
	// +optional
	MaxStaleness Duration `json:"maxStaleness,omitempty"`
	// trustedProxies are the networks whose X-Forwarded-For is believed, at most 16: the addresses of the gateway's or ingress
	// controller's Pods and of nothing else, since whoever is in them may say where a request comes from, and so try passwords
	// without end. None when absent; then all who come by a gateway share the budgets of one address.
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +optional
	TrustedProxies []CIDR `json:"trustedProxies,omitempty"`
	// networkPolicy says who may reach the Pods. Everybody may reach the endpoints, and nobody the metrics, when absent.
	// +optional
	NetworkPolicy *NetworkPolicy `json:"networkPolicy,omitempty"`
}

// CIDR is a network, such as 10.60.8.0/28, or 10.60.8.7/32 for one address, or 2001:db8::/32.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=43
// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="write a network such as 10.60.8.0/28, or 10.60.8.7/32 for one address"
type CIDR string

// Autoscaling bounds what a HorizontalPodAutoscaler may choose.
// +kubebuilder:validation:XValidation:rule="self.maxReplicas >= (has(self.minReplicas) ? self.minReplicas : 2)",message="maxReplicas must not be less than minReplicas, which is 2 when absent"
type Autoscaling struct {
	// minReplicas is the least number of Pods, from 1 to 100. 2 when absent.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	// maxReplicas is the greatest number of Pods, from 1 to 100.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +required
	MaxReplicas int32 `json:"maxReplicas,omitempty"`
	// targetCPUUtilization is the average use of CPU to aim for, in percent of what is requested: from 10 to 100. 70 when
	// absent.
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=100
	// +optional
	TargetCPUUtilization *int32 `json:"targetCPUUtilization,omitempty"`
}

// Resources are what a container asks for and is limited to.
type Resources struct {
	// requests are what is set aside for it.
	// +optional
	Requests *ResourceAmounts `json:"requests,omitempty"`
	// limits are what it may use at most. The Go runtime is told of them.
	// +optional
	Limits *ResourceAmounts `json:"limits,omitempty"`
}

// ResourceAmounts are amounts of CPU and memory.
// +kubebuilder:validation:MinProperties=1
type ResourceAmounts struct {
	// cpu is an amount of CPU, such as 500m for half of one; at most 32 characters.
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 : size(self) <= 32 && isQuantity(self) && !quantity(self).isLessThan(quantity('0'))",message="write an amount such as 500m: 0 or more, in 32 characters at most"
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// memory is an amount of memory, such as 256Mi; at most 32 characters.
	// +kubebuilder:validation:XValidation:rule="type(self) == int ? self >= 0 : size(self) <= 32 && isQuantity(self) && !quantity(self).isLessThan(quantity('0'))",message="write an amount such as 256Mi: 0 or more, in 32 characters at most"
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// NetworkPolicy says who may reach the issuer's Pods.
// +kubebuilder:validation:XValidation:rule="!has(self.management) || self.management != 'External' || !has(self.metricsFrom)",message="metricsFrom belongs to a policy that the operator manages: leave it out, or management: External"
type NetworkPolicy struct {
	// management is Managed (the operator writes the NetworkPolicy) or External (it writes none). Managed when absent.
	// +optional
	Management Management `json:"management,omitempty"`
	// metricsFrom are those who may reach /metrics, on port 8081; at most 8. Nobody when absent, the node's own checks aside.
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	// +optional
	MetricsFrom []Peer `json:"metricsFrom,omitempty"`
}

// Peer selects Pods.
type Peer struct {
	// namespaceSelector selects namespaces by label, such as kubernetes.io/metadata.name: monitoring. {} selects all.
	// +required
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`
	// podSelector selects Pods in them by label. All when absent.
	// +optional
	PodSelector *metav1.LabelSelector `json:"podSelector,omitempty"`
}
