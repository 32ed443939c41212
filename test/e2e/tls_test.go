package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// certificateReplaced renews the certificate, which every replica serves without a restart.
func certificateReplaced(t *testing.T, c *cluster) {
	c.quiet(t, func() {
		pods := c.pods(t, system, labelled("default"))
		leaf, data := c.ca.issue(t, host("default"))
		patch, err := json.Marshal(map[string]any{"data": data})
		if err != nil {
			t.Fatal(err)
		}
		c.merge(t, tlsSecret("default", nil), string(patch))
		c.nudge(t, pods, "tls")
		for i := range pods {
			address := c.forward(t, &pods[i], 8443)
			until(t, mounted, "the new certificate", func(ctx context.Context) error {
				served, err := c.leaf(ctx, address, host("default"))
				if err == nil && !served.Equal(leaf) {
					err = errors.New("the former one is served")
				}
				return err
			})
		}
		c.wantSame(t, pods)
	})
}

// wantSame asks for Pods to be there still, without a restart.
func (c *cluster) wantSame(t *testing.T, pods []corev1.Pod) {
	t.Helper()
	for i := range pods {
		now := new(corev1.Pod)
		if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(&pods[i]), now); err != nil {
			t.Error(err)
		} else if now.UID != pods[i].UID || restarts(now) != restarts(&pods[i]) {
			t.Errorf("%s has been restarted", now.Name)
		}
	}
}

func restarts(pod *corev1.Pod) int32 {
	var all int32
	for _, container := range pod.Status.ContainerStatuses {
		all += container.RestartCount
	}
	return all
}
