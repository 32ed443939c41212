package e2e

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/stack/live"
)

// mounted is how long a Secret takes to the files of a Pod, where the kubelet takes its time.
const mounted = 2 * time.Minute

// secretRotates deletes the Secret that the workload mounts, which is how somebody asks for a new client secret.
func secretRotates(t *testing.T, c *cluster) {
	c.quiet(t, func() { c.rotateSecret(t) })
}

// rotateSecret returns when the workload has found the new secret in its files.
func (c *cluster) rotateSecret(t *testing.T) {
	t.Helper()
	used := len(c.mustStats(t).Credentials)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: apps, Name: "workload-oauth"}}
	if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
		t.Fatal(err)
	}
	former := secret.UID
	c.kubectl(t, "-n", apps, "delete", "secret", secret.Name)
	made := live.Await(t, c.Installation, secret, "to be made again", func(s *corev1.Secret) bool { return s.UID != former })
	c.nudge(t, []corev1.Pod{*c.calls.pod}, string(made.UID))
	took := until(t, mounted, "the workload to use another secret", func(ctx context.Context) error {
		stats, err := c.stats(ctx)
		if err == nil && len(stats.Credentials) == used {
			err = errors.New("it uses the former one")
		}
		return err
	})
	t.Logf("used after %v", took.Round(time.Millisecond))
}
