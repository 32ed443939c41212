package tokenissuer

import (
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
)

// rejected is the condition for a failure to deploy that no retry can help; nil for any other.
func rejected(err error) *metav1.Condition {
	var reason string
	switch {
	case errors.Is(err, workload.ErrPatch):
		reason = v1alpha1.ReasonPodTemplateNotAllowed
	case errors.Is(err, errNoImage):
		reason = v1alpha1.ReasonImageUnknown
	case errors.Is(err, errNoGatewayAPI):
		reason = v1alpha1.ReasonGatewayAPIMissing
	case errors.Is(err, errTaken):
		return new(condition.False(v1alpha1.DeploymentReady, v1alpha1.ReasonNameTaken, err.Error()+": remove it"))
	case errors.Is(err, errRefused):
		reason = v1alpha1.ReasonDeploymentFailed
	default:
		return nil
	}
	return new(condition.False(v1alpha1.DeploymentReady, reason, err.Error()))
}

// deployed says how far the Pods are.
func deployed(live *appsv1.Deployment) metav1.Condition {
	wanted := *live.Spec.Replicas // the API server sets what nobody says
	status := &live.Status
	switch failure := failureOf(live); {
	case status.ObservedGeneration < live.Generation:
		return progressing("waiting for Kubernetes to look at the Deployment")
	case failure != "":
		return condition.False(v1alpha1.DeploymentReady, v1alpha1.ReasonDeploymentFailed, failure)
	case status.UpdatedReplicas < wanted:
		return progressing(fmt.Sprintf("%d of %d Pods are of the present form", status.UpdatedReplicas, wanted))
	case status.Replicas > status.UpdatedReplicas:
		return progressing(fmt.Sprintf("%d Pods of a former form are about to end", status.Replicas-status.UpdatedReplicas))
	case status.AvailableReplicas < wanted:
		return progressing(fmt.Sprintf("%d of %d Pods serve", status.AvailableReplicas, wanted))
	default:
		return condition.True(v1alpha1.DeploymentReady, v1alpha1.ReasonAvailable, fmt.Sprintf("%d of %d Pods serve", status.AvailableReplicas, wanted))
	}
}

func progressing(message string) metav1.Condition {
	return condition.False(v1alpha1.DeploymentReady, v1alpha1.ReasonProgressing, message)
}

// failureOf is what Kubernetes says went wrong; nothing if nothing did.
func failureOf(live *appsv1.Deployment) string {
	for _, c := range live.Status.Conditions {
		stuck := c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse
		if stuck || c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return fmt.Sprintf("the Pods do not come up: %s (see kubectl -n %s describe pods -l app.kubernetes.io/instance=%s)",
				c.Message, live.Namespace, live.Spec.Selector.MatchLabels["app.kubernetes.io/instance"])
		}
	}
	return ""
}
