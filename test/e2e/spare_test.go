package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// spareComesUp starts an issuer that nobody uses, and looks at what the Go runtime knows of its limits.
func spareComesUp(t *testing.T, c *cluster) {
	_, data := c.ca.issue(t, host("spare"))
	c.create(t, tlsSecret("spare", data))
	c.apply(t, "spare.yaml")
	live.AwaitReady(t, c.Installation, issuer("spare"))
	pods := c.settled(t, system, labelled("spare"), 1)
	metrics := c.metrics(t, &pods[0])
	limits := pods[0].Spec.Containers[0].Resources.Limits
	memory, limit := sample(t, metrics, "go_gc_gomemlimit_bytes"), limits.Memory().AsApproximateFloat64()
	if memory > limit || memory < limit*3/4 {
		t.Errorf("GOMEMLIMIT is %.0f, in a container that may have %.0f", memory, limit)
	}
	// Go takes two threads at least for what is limited to less.
	if threads := sample(t, metrics, "go_sched_gomaxprocs_threads"); threads > 2 {
		t.Errorf("GOMAXPROCS is %.0f, in a container that may have %s CPU", threads, limits.Cpu())
	}
}

// metrics are those of an issuer's Pod, which only the node and Prometheus may read over the network.
func (c *cluster) metrics(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	address := c.forward(t, pod, 8081)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return string(body)
}

// sample is the value of a metric with its labels, if it has any, in the text form of Prometheus.
func sample(t *testing.T, metrics, name string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(metrics)
	if found == nil {
		t.Fatalf("there is no %s in\n%s", name, metrics)
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// drifts deletes, or changes, each object that the operator made for an issuer: all are soon as they were. The ServiceAccount
// goes last: its Pods keep a token that died with it, so they are to be replaced.
func drifts(t *testing.T, c *cluster) {
	meta := metav1.ObjectMeta{Namespace: system, Name: "spare-issuer"}
	for _, object := range []client.Object{
		&rbacv1.RoleBinding{ObjectMeta: meta}, &corev1.ConfigMap{ObjectMeta: meta}, &corev1.Service{ObjectMeta: meta},
		&policyv1.PodDisruptionBudget{ObjectMeta: meta}, &networkingv1.NetworkPolicy{ObjectMeta: meta},
		&appsv1.Deployment{ObjectMeta: meta}, &corev1.ServiceAccount{ObjectMeta: meta},
	} {
		if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			t.Errorf("%T: %v", object, err)
			continue
		}
		former := object.GetUID()
		if err := c.Client.Delete(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		c.comesBack(t, object, former)
	}
	c.merge(t, &appsv1.Deployment{ObjectMeta: meta}, `{"spec":{"template":{"spec":{"serviceAccountName":"default"}}}}`)
	c.merge(t, &corev1.Service{ObjectMeta: meta}, `{"spec":{"selector":{"app.kubernetes.io/instance":"default"}}}`)
	live.Await(t, c.Installation, &appsv1.Deployment{ObjectMeta: meta}, "to have its ServiceAccount again", func(d *appsv1.Deployment) bool {
		return d.Spec.Template.Spec.ServiceAccountName == "spare-issuer"
	})
	live.Await(t, c.Installation, &corev1.Service{ObjectMeta: meta}, "to select its Pods again", func(s *corev1.Service) bool {
		return s.Spec.Selector["app.kubernetes.io/instance"] == "spare"
	})
	live.AwaitReady(t, c.Installation, issuer("spare"))
}

func (c *cluster) comesBack(t *testing.T, object client.Object, former types.UID) {
	t.Helper()
	took := until(t, live.Patience, fmt.Sprintf("another %T", object), func(ctx context.Context) error {
		err := c.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
		if err == nil && object.GetUID() == former {
			err = fmt.Errorf("the former one is there, deleted at %v", object.GetDeletionTimestamp())
		}
		return err
	})
	t.Logf("%T: back after %v", object, took)
}

// templateRefused asks for what a Pod template may not change, and then for a node that there is none of. The Pod that serves
// goes on.
func templateRefused(t *testing.T, c *cluster) {
	live.AwaitReady(t, c.Installation, issuer("spare"))
	pods := c.settled(t, system, labelled("spare"), 1)
	for _, tc := range []struct{ deployment, reason string }{
		{`{"podTemplate":{"spec":{"serviceAccountName":"default","hostNetwork":true}}}`, v1alpha1.ReasonPodTemplateNotAllowed},
		{`{"podTemplate":{"spec":{"serviceAccountName":null,"hostNetwork":null,"nodeSelector":{"example.org/none":""}}}}`, v1alpha1.ReasonProgressing},
	} {
		c.merge(t, issuer("spare"), `{"spec":{"deployment":`+tc.deployment+`}}`)
		t.Log(live.AwaitReason(t, c.Installation, issuer("spare"), tc.reason))
		c.wantRow(t, "spare", "False", tc.reason)
		c.wantSame(t, pods)
	}
	live.AwaitAll(t, c.Installation, &corev1.PodList{}, "another Pod to wait for a node", func(all live.Objects[*corev1.Pod]) bool {
		return len(all) == len(pods)+1
	}, client.InNamespace(system), labelled("spare"))
	c.wantSame(t, pods)
	c.merge(t, issuer("spare"), `{"spec":{"deployment":{"podTemplate":null}}}`)
	live.AwaitReady(t, c.Installation, issuer("spare"))
	c.settled(t, system, labelled("spare"), 1)
	c.wantSame(t, pods)
}
