package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/e2e/traffic"
	"tokenwright.dev/test/stack/live"
)

// aftermath is how many calls of each kind must succeed after a story before it is judged.
const aftermath = 40

// calls is the workload that never stops.
type calls struct {
	pod     *corev1.Pod
	targets []string
}

// beginsTraffic starts the resource servers and then, since Services take a moment to reach them, the workload.
func beginsTraffic(t *testing.T, c *cluster) {
	for _, name := range []string{"workload", "orders-api"} {
		live.AwaitReady(t, c.Installation, oauthClient(name))
	}
	c.apply(t, "resources.yaml")
	c.rolledOut(t, apps, "offline", anyTemplate)
	c.rolledOut(t, apps, "online", anyTemplate)
	c.apply(t, "workload.yaml")
	c.rolledOut(t, apps, "workload", anyTemplate)
	workload := c.pods(t, apps, client.MatchingLabels{"app": "workload"})
	c.calls = calls{pod: &workload[0], targets: []string{"offline", "online"}}
	c.quiet(t, func() {})
}

// stats asks the workload what became of its calls.
func (c *cluster) stats(ctx context.Context) (traffic.Stats, error) {
	core, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		return traffic.Stats{}, err
	}
	pod := c.calls.pod
	answer, err := core.CoreV1().Pods(pod.Namespace).ProxyGet("", pod.Name, "8080", "stats", nil).DoRaw(ctx)
	if err != nil {
		return traffic.Stats{}, err
	}
	var stats traffic.Stats
	return stats, json.Unmarshal(answer, &stats)
}

func (c *cluster) mustStats(t *testing.T) traffic.Stats {
	t.Helper()
	stats, err := c.stats(t.Context())
	if err != nil {
		t.Fatalf("ask the workload: %v", err)
	}
	return stats
}

// quiet tells what happens, and fails if any call failed meanwhile or in a while thereafter.
func (c *cluster) quiet(t *testing.T, happens func()) {
	t.Helper()
	began, before := time.Now(), c.mustStats(t)
	happens()
	after := c.goesOn(t)
	t.Logf("%d calls in %v, %d failed; the slowest of all took %v", after.Succeeded-before.Succeeded,
		time.Since(began).Round(time.Second), after.Failed-before.Failed, after.Slowest.Round(time.Millisecond))
	for _, failure := range after.Failures[min(len(before.Failures), len(after.Failures)):] {
		t.Errorf("%s: %s", failure.At.Format(time.TimeOnly), failure.Text)
	}
	if after.Failed > before.Failed {
		t.Errorf("%d calls failed, want none", after.Failed-before.Failed)
	}
}

// goesOn waits until the workload has called each resource server for a while.
func (c *cluster) goesOn(t *testing.T) traffic.Stats {
	t.Helper()
	before := c.mustStats(t)
	var after traffic.Stats
	until(t, live.Patience, "the workload to go on", func(ctx context.Context) (err error) {
		if after, err = c.stats(ctx); err != nil {
			return err
		}
		for _, target := range c.calls.targets {
			if more := after.Targets[target] - before.Targets[target]; more < aftermath {
				return fmt.Errorf("%d calls of %s succeeded, want %d; failures: %v", more, target, aftermath, after.Failures)
			}
		}
		return nil
	})
	return after
}
