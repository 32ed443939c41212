package e2e

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// labelled selects the Pods of an issuer.
func labelled(issuer string) client.MatchingLabels {
	return client.MatchingLabels{"app.kubernetes.io/component": "issuer", "app.kubernetes.io/instance": issuer}
}

// operators selects those of the operator.
var operators = client.MatchingLabels{"app.kubernetes.io/component": "operator"}

// pods are those that are Ready and not about to end, by name.
func (c *cluster) pods(t *testing.T, namespace string, labels client.MatchingLabels) []corev1.Pod {
	t.Helper()
	var list corev1.PodList
	if err := c.Client.List(t.Context(), &list, client.InNamespace(namespace), labels); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list.Items, func(pod corev1.Pod) bool { return !serves(&pod) })
}

// serves tells whether a Pod takes part.
func serves(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp == nil && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// settled waits until there are exactly so many Pods, all of which serve, and returns them.
func (c *cluster) settled(t *testing.T, namespace string, labels client.MatchingLabels, count int) []corev1.Pod {
	t.Helper()
	live.AwaitAll(t, c.Installation, &corev1.PodList{}, "as many Pods as should be, all of which serve", func(all live.Objects[*corev1.Pod]) bool {
		for _, pod := range all {
			if !serves(pod) {
				return false
			}
		}
		return len(all) == count
	}, client.InNamespace(namespace), labels)
	return c.pods(t, namespace, labels)
}

// rolledOut waits until a Deployment has only Pods of its present template, of which done says that it is the one.
func (c *cluster) rolledOut(t *testing.T, namespace, name string, done func(*corev1.PodTemplateSpec) bool) *appsv1.Deployment {
	t.Helper()
	like := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	return live.Await(t, c.Installation, like, "to be rolled out", func(d *appsv1.Deployment) bool {
		want := *d.Spec.Replicas
		return done(&d.Spec.Template) && d.Status.ObservedGeneration == d.Generation && d.Status.Replicas == want &&
			d.Status.UpdatedReplicas == want && d.Status.AvailableReplicas == want
	})
}

func anyTemplate(*corev1.PodTemplateSpec) bool { return true }

// issuer is a TokenIssuer by name.
func issuer(name string) *v1alpha1.TokenIssuer {
	return &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: name}}
}

// oauthClient is an OAuthClient of the applications by name.
func oauthClient(name string) *v1alpha1.OAuthClient {
	return &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: apps, Name: name}}
}

func (c *cluster) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := c.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// merge changes an object by a JSON merge patch (RFC 7396), all of whose fields there must be.
func (c *cluster) merge(t *testing.T, object client.Object, patch string) {
	t.Helper()
	raw := client.RawPatch(types.MergePatchType, []byte(patch))
	if err := c.Client.Patch(t.Context(), object, raw, client.FieldValidation(metav1.FieldValidationStrict)); err != nil {
		t.Fatal(err)
	}
}

// nudge changes an annotation of Pods, so that the kubelet looks at once at the Secrets that they mount.
func (c *cluster) nudge(t *testing.T, pods []corev1.Pod, why string) {
	t.Helper()
	for i := range pods {
		c.merge(t, &pods[i], `{"metadata":{"annotations":{"tokenwright.dev/e2e":"`+why+`"}}}`)
	}
}
