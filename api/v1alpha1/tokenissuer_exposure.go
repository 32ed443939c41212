package v1alpha1

// TLSTermination says where TLS ends.
// +kubebuilder:validation:Enum=Issuer;Proxy
type TLSTermination string

const (
	// TLSAtIssuer means that the issuer's Pods speak TLS.
	TLSAtIssuer TLSTermination = "Issuer"
	// TLSAtProxy means that something before them does, such as a gateway or a mesh, and they speak plain HTTP.
	TLSAtProxy TLSTermination = "Proxy"
)

// TLS says where TLS ends, and with which certificate.
// +kubebuilder:validation:XValidation:rule="!has(self.secretName) || !has(self.termination) || self.termination != 'Proxy'",message="the certificate is the proxy's: with termination: Proxy leave out secretName"
type TLS struct {
	// termination is Issuer or Proxy. Issuer when absent. With Proxy the issuer speaks plain HTTP, so whoever can read the
	// network between the two can read tokens.
	// +optional
	Termination TLSTermination `json:"termination,omitempty"`
	// secretName names the Secret of type kubernetes.io/tls in this namespace with the certificate for the host of url, such as
	// cert-manager makes; at most 253 characters. A new certificate in it is served without a restart. "<name>-issuer-tls"
	// when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// caSecretRef names the Secret in this namespace with the certificates of the private CA that clients are to believe, in
	// PEM, at most 64 KiB. They are copied into the Secret of each client, as ca.crt, and a change of them follows. With
	// deployment.management: External, and behind a proxy, too. Nothing is copied when absent, which is right where the
	// certificate is from a public CA.
	// +optional
	CASecretRef *CASecretReference `json:"caSecretRef,omitempty"`
}

// CASecretReference names certificates in a Secret of the same namespace.
type CASecretReference struct {
	// name is the Secret's name; at most 253 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name,omitempty"`
	// key is the key in the Secret with certificates and nothing else; at most 253 letters, digits, -, _ and dots, and not that
	// of a private key. "ca.crt" when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[-._a-zA-Z0-9]*$')",message="key must be a key of a Secret: letters, digits, -, _ and dots"
	// +kubebuilder:validation:XValidation:rule="self != 'tls.key'",message="tls.key is a private key, which nobody else may have: name the certificates of the CA, such as ca.crt"
	// +optional
	Key string `json:"key,omitempty"`
}

// Exposure says how the issuer is reached. Host and path are those of url.
type Exposure struct {
	// service is the Service before the Pods, called "<name>-issuer".
	// +optional
	Service *ServiceExposure `json:"service,omitempty"`
	// ingress makes an Ingress for the Service.
	// +optional
	Ingress *IngressExposure `json:"ingress,omitempty"`
	// httpRoute makes an HTTPRoute of the Gateway API for the Service.
	// +optional
	HTTPRoute *HTTPRouteExposure `json:"httpRoute,omitempty"`
}

// ServiceType is how far a Service reaches.
// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
type ServiceType string

const (
	// ServiceClusterIP is reached within the cluster.
	ServiceClusterIP ServiceType = "ClusterIP"
	// ServiceNodePort is reached at a port of every node too.
	ServiceNodePort ServiceType = "NodePort"
	// ServiceLoadBalancer is reached at an address of its own too.
	ServiceLoadBalancer ServiceType = "LoadBalancer"
)

// AnnotationValue is the value of an annotation.
// +kubebuilder:validation:MaxLength=4096
type AnnotationValue string

// ServiceExposure shapes the Service.
type ServiceExposure struct {
	// type is ClusterIP, NodePort or LoadBalancer. ClusterIP when absent.
	// +optional
	Type ServiceType `json:"type,omitempty"`
	// annotations are for whoever makes the load balancer; at most 32.
	// +kubebuilder:validation:MaxProperties=32
	// +optional
	Annotations map[string]AnnotationValue `json:"annotations,omitempty"`
}

// IngressExposure shapes the Ingress.
type IngressExposure struct {
	// className names the IngressClass. The cluster's default when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ClassName string `json:"className,omitempty"`
	// annotations are for the controller of that class; at most 32. Where TLS ends at the issuer, one must tell it to speak
	// HTTPS to the Service.
	// +kubebuilder:validation:MaxProperties=32
	// +optional
	Annotations map[string]AnnotationValue `json:"annotations,omitempty"`
	// tlsSecretName names the Secret with the certificate that the controller serves. Its default certificate when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	TLSSecretName string `json:"tlsSecretName,omitempty"`
}

// HTTPRouteExposure shapes the HTTPRoute.
type HTTPRouteExposure struct {
	// parentRefs name the Gateways that the route hangs on, at most 8.
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +required
	ParentRefs []GatewayReference `json:"parentRefs,omitempty"`
}

// GatewayReference names a Gateway.
type GatewayReference struct {
	// name is the Gateway's name; at most 253 characters.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +required
	Name string `json:"name,omitempty"`
	// namespace is the Gateway's namespace. The issuer's own when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// sectionName names one of its listeners. All when absent.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SectionName string `json:"sectionName,omitempty"`
}
