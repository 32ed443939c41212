package workload

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"

	"tokenwright.dev/api/v1alpha1"
)

// Ports of the Pods.
const (
	endpointsPort  int32 = 8443
	operationsPort int32 = 8081
)

// Plain tells whether the Pods of ti speak plain HTTP: TLS ends before them, or the URL is a loopback one for trying out.
func Plain(ti *v1alpha1.TokenIssuer) bool {
	return ti.Spec.TLS != nil && ti.Spec.TLS.Termination == v1alpha1.TLSAtProxy || strings.HasPrefix(ti.Spec.URL, "http://")
}

// ServicePort is the Service's name for its port, and its number.
func ServicePort(ti *v1alpha1.TokenIssuer) (name string, number int32) {
	if Plain(ti) {
		return "http", 80
	}
	return "https", 443
}

func service(ti *v1alpha1.TokenIssuer) *coreac.ServiceApplyConfiguration {
	var wish v1alpha1.ServiceExposure
	if s := exposure(ti).Service; s != nil {
		wish = *s
	}
	name, number := ServicePort(ti)
	return coreac.Service(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithAnnotations(annotations(wish.Annotations)).
		WithSpec(coreac.ServiceSpec().
			WithType(corev1.ServiceType(cmp.Or(wish.Type, v1alpha1.ServiceClusterIP))).
			WithSelector(selector(ti)).
			WithPorts(coreac.ServicePort().
				WithName(name).WithProtocol(corev1.ProtocolTCP).WithAppProtocol(name).
				WithPort(number).WithTargetPort(intstr.FromString(endpointsPortName))))
}

func annotations(wish map[string]v1alpha1.AnnotationValue) map[string]string {
	out := make(map[string]string, len(wish))
	for key, value := range wish {
		out[key] = string(value)
	}
	return out
}
