package workload

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	networkingac "k8s.io/client-go/applyconfigurations/networking/v1"

	"tokenwright.dev/api/v1alpha1"
)

// networkPolicy lets everybody reach the endpoints and only those that ti names the metrics. It says nothing of where
// the Pods may go: at which address and port the API server, name servers and identity providers are seen by a network
// plugin differs from cluster to cluster.
func networkPolicy(ti *v1alpha1.TokenIssuer) *networkingac.NetworkPolicyApplyConfiguration {
	var peers []v1alpha1.Peer
	if policy := deployment(ti).NetworkPolicy; policy != nil {
		if policy.Management == v1alpha1.External {
			return nil
		}
		peers = policy.MetricsFrom
	}
	spec := networkingac.NetworkPolicySpec().
		WithPodSelector(metaac.LabelSelector().WithMatchLabels(selector(ti))).
		WithPolicyTypes(networkingv1.PolicyTypeIngress).
		WithIngress(networkingac.NetworkPolicyIngressRule().WithPorts(port(endpointsPort)))
	if len(peers) > 0 {
		spec.WithIngress(networkingac.NetworkPolicyIngressRule().WithPorts(port(operationsPort)).WithFrom(from(peers)...))
	}
	return networkingac.NetworkPolicy(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).WithSpec(spec)
}

func port(number int32) *networkingac.NetworkPolicyPortApplyConfiguration {
	return networkingac.NetworkPolicyPort().WithProtocol("TCP").WithPort(intstr.FromInt32(number))
}

func from(peers []v1alpha1.Peer) []*networkingac.NetworkPolicyPeerApplyConfiguration {
	out := make([]*networkingac.NetworkPolicyPeerApplyConfiguration, 0, len(peers))
	for _, peer := range peers {
		p := networkingac.NetworkPolicyPeer().WithNamespaceSelector(labelSelector(peer.NamespaceSelector))
		if peer.PodSelector != nil {
			p.WithPodSelector(labelSelector(peer.PodSelector))
		}
		out = append(out, p)
	}
	return out
}

func labelSelector(s *metav1.LabelSelector) *metaac.LabelSelectorApplyConfiguration {
	out := metaac.LabelSelector().WithMatchLabels(s.MatchLabels)
	for _, e := range s.MatchExpressions {
		out.WithMatchExpressions(metaac.LabelSelectorRequirement().WithKey(e.Key).WithOperator(e.Operator).WithValues(e.Values...))
	}
	return out
}
