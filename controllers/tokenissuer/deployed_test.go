package tokenissuer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/test/build"
)

// TestDeployed is the table of what can be said of the Pods.
func TestDeployed(t *testing.T) {
	stuck := appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Message: "deadline exceeded"}
	quota := appsv1.DeploymentCondition{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"}
	for _, tc := range []struct {
		name         string
		status       appsv1.DeploymentStatus
		reason, says string
	}{
		{"all serve", appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}, v1alpha1.ReasonAvailable, "2 of 2 Pods serve"},
		{"nobody has looked", appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 2}, v1alpha1.ReasonProgressing, "waiting for Kubernetes"},
		{"one is new", appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 1, AvailableReplicas: 2}, v1alpha1.ReasonProgressing, "1 of 2 Pods are of the present form"},
		{"one is left", appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 2, AvailableReplicas: 3}, v1alpha1.ReasonProgressing, "1 Pods of a former form"},
		{"one is away", appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 2, UpdatedReplicas: 2, AvailableReplicas: 1}, v1alpha1.ReasonProgressing, "1 of 2 Pods serve"},
		{"they do not come up", appsv1.DeploymentStatus{ObservedGeneration: 2, Conditions: []appsv1.DeploymentCondition{stuck}}, v1alpha1.ReasonDeploymentFailed, "deadline exceeded"},
		{"they may not come up", appsv1.DeploymentStatus{ObservedGeneration: 2, Conditions: []appsv1.DeploymentCondition{quota}}, v1alpha1.ReasonDeploymentFailed, "exceeded quota"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Generation: 2}, Status: tc.status}
			live.Spec.Replicas, live.Spec.Selector = new(int32(2)), &metav1.LabelSelector{}
			got := deployed(live)
			if got.Reason != tc.reason || !strings.Contains(got.Message, tc.says) || (got.Status == metav1.ConditionTrue) != (tc.reason == v1alpha1.ReasonAvailable) {
				t.Errorf("%s=%s/%s: %s, want %s: %s", got.Type, got.Status, got.Reason, got.Message, tc.reason, tc.says)
			}
		})
	}
}

// TestRejected tells failures that a user must mend from those that pass.
func TestRejected(t *testing.T) {
	for _, tc := range []struct {
		err    error
		reason string
	}{
		{fmt.Errorf("%w may not", workload.ErrPatch), v1alpha1.ReasonPodTemplateNotAllowed},
		{errNoImage, v1alpha1.ReasonImageUnknown},
		{errNoGatewayAPI, v1alpha1.ReasonGatewayAPIMissing},
		{fmt.Errorf("%w: Service a", errTaken), v1alpha1.ReasonNameTaken},
		{fmt.Errorf("%w it", errRefused), v1alpha1.ReasonDeploymentFailed},
		{errors.New("connection refused"), ""},
		{nil, ""},
	} {
		got := rejected(tc.err)
		if tc.reason == "" && got != nil || tc.reason != "" && (got == nil || got.Reason != tc.reason || got.Status != metav1.ConditionFalse) {
			t.Errorf("rejected(%v): %v, want %q", tc.err, got, tc.reason)
		}
	}
}

// TestSummary tells who runs the issuer.
func TestSummary(t *testing.T) {
	for _, tc := range []struct {
		management v1alpha1.Management
		want       string
	}{
		{"", "the issuer serves"},
		{v1alpha1.External, "keys and configuration are in place; the issuer runs elsewhere"},
	} {
		if got := summary(build.TokenIssuer("a/b", build.RunHere(v1alpha1.Deployment{Management: tc.management}))); got != tc.want {
			t.Errorf("management %q: %q, want %q", tc.management, got, tc.want)
		}
	}
}
