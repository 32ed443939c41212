package workload

import (
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	rbacac "k8s.io/client-go/applyconfigurations/rbac/v1"

	"tokenwright.dev/api/v1alpha1"
)

// issuerRole is the ClusterRole of the install with all that an issuer may do. Bound by a RoleBinding it ends at the
// issuer's namespace.
const issuerRole = "tokenwright-issuer"

const rbacGroup = "rbac.authorization.k8s.io"

// serviceAccount is who the Pods are. Nobody else's Pods get its token by themselves.
func serviceAccount(ti *v1alpha1.TokenIssuer) *coreac.ServiceAccountApplyConfiguration {
	return coreac.ServiceAccount(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithAutomountServiceAccountToken(false)
}

func roleBinding(ti *v1alpha1.TokenIssuer) *rbacac.RoleBindingApplyConfiguration {
	return rbacac.RoleBinding(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithRoleRef(rbacac.RoleRef().WithAPIGroup(rbacGroup).WithKind("ClusterRole").WithName(issuerRole)).
		WithSubjects(rbacac.Subject().WithKind("ServiceAccount").WithNamespace(ti.Namespace).WithName(Name(ti)))
}
