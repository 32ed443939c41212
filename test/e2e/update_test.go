package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// updates changes the Pod template, so that every Pod is replaced.
func updates(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		c.merge(t, issuer("default"), `{"spec":{"deployment":{"podTemplate":{"metadata":{"annotations":{"example.org/updated":"yes"}}}}}}`)
		c.rolledOut(t, system, "default-issuer", func(template *corev1.PodTemplateSpec) bool {
			return template.Annotations["example.org/updated"] == "yes"
		})
		c.settled(t, system, labelled("default"), 2)
	})
}

// podsGo drains the node of one replica, which leaves the other alone, and then deletes that.
func podsGo(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		pods := c.settled(t, system, labelled("default"), 2)
		if err := c.evict(t, &pods[0]); err != nil {
			t.Fatalf("evict one of two: %v", err)
		}
		if err := c.evict(t, &pods[1]); !apierrors.IsTooManyRequests(err) {
			t.Errorf("evict the other, too: %v, want to be told to wait", err)
		}
		c.settled(t, system, labelled("default"), 2)
		c.kubectl(t, "-n", system, "delete", "pod", pods[1].Name)
		c.settled(t, system, labelled("default"), 2)
	})
}

func (c *cluster) evict(t *testing.T, pod *corev1.Pod) error {
	t.Helper()
	return c.Client.SubResource("eviction").Create(t.Context(), pod, &policyv1.Eviction{})
}

// operatorGoes deletes both Pods of the operator; then there is another that reconciles.
func operatorGoes(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		count := len(c.pods(t, system, operators))
		c.kubectl(t, "-n", system, "delete", "pod", "-l", "app.kubernetes.io/component=operator")
		c.settled(t, system, operators, count)
		c.rotateSecret(t)
	})
}

// upgrades applies the second version of everything: the operator's Pods are replaced, and it replaces the issuers'.
func upgrades(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		count := len(c.pods(t, system, operators))
		c.install(t, c.images.second)
		runs := func(template *corev1.PodTemplateSpec) bool {
			return template.Spec.Containers[0].Image == c.images.second
		}
		for _, name := range []string{"tokenwright-operator", "default-issuer"} {
			c.rolledOut(t, system, name, runs)
		}
		pods := append(c.settled(t, system, operators, count), c.settled(t, system, labelled("default"), 2)...)
		for _, pod := range pods {
			version := c.kubectl(t, "-n", system, "exec", pod.Name, "--", "/tokenwright", "version")
			if strings.TrimSpace(version) != secondVersion {
				t.Errorf("%s runs %s, want %s", pod.Name, version, secondVersion)
			}
		}
	})
}
