package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/e2e/traffic"
	"tokenwright.dev/test/stack/live"
)

const (
	// killAPIVariable holds a command that kills the API server, which something starts again.
	killAPIVariable = "E2E_KILL_APISERVER"
	// killIssuersVariable holds a command that kills the processes "tokenwright issuer" on all nodes, without the API server.
	killIssuersVariable = "E2E_KILL_ISSUERS"
)

// away is how long there is no API server: longer than the kubelet takes to start a container again, and so longer than calls
// may fail when every issuer has been killed.
const away = 15 * time.Second

// apiServerKilled keeps the API server down for a while, which no caller notices.
func apiServerKilled(t *testing.T, c *cluster) {
	kill := command(t, killAPIVariable)
	c.quiet(t, func() { c.withoutAPIServer(t, kill, func() {}) })
}

// startsAlone kills all issuers while there is no API server: they come back, and know their clients.
func startsAlone(t *testing.T, c *cluster) {
	killAPI, killIssuers := command(t, killAPIVariable), command(t, killIssuersVariable)
	former, before := map[types.UID]int32{}, c.mustStats(t)
	for _, pod := range c.settled(t, system, labelled("default"), 2) {
		former[pod.UID] = restarts(&pod)
	}
	c.withoutAPIServer(t, killAPI, func() {
		if err := run(t, killIssuers); err != nil {
			t.Fatal(err)
		}
	})
	live.AwaitAll(t, c.Installation, &corev1.PodList{}, "the same Pods, restarted once", func(all live.Objects[*corev1.Pod]) bool {
		for _, pod := range all {
			if count, same := former[pod.UID]; !same || !serves(pod) || restarts(pod) != count+1 {
				return false
			}
		}
		return len(all) == len(former)
	}, client.InNamespace(system), labelled("default"))
	c.wantSnapshots(t)
	after := c.goesOn(t)
	c.wantBrief(t, after.Failures[min(len(before.Failures), len(after.Failures)):])
}

// wantSnapshots asks each issuer whether it began with what it knew before.
func (c *cluster) wantSnapshots(t *testing.T) {
	t.Helper()
	for _, pod := range c.pods(t, system, labelled("default")) {
		metrics := c.metrics(t, &pod)
		if opened := sample(t, metrics, `tokenwright_issuer_snapshots_total{outcome="taken"}`); opened != 1 {
			t.Errorf("%s opened %.0f snapshots, want one", pod.Name, opened)
		}
	}
}

// wantBrief judges calls that had to fail, since there was nobody to answer.
func (c *cluster) wantBrief(t *testing.T, failed []traffic.Failure) {
	t.Helper()
	if len(failed) == 0 {
		t.Fatal("no call failed, so nobody was killed")
	}
	first, last := failed[0], slices.MaxFunc(failed, func(a, b traffic.Failure) int { return a.At.Compare(b.At) })
	took := last.At.Sub(first.At)
	t.Logf("%d calls failed, within %v; the last: %s", len(failed), took.Round(time.Millisecond), last.Text)
	if took >= away {
		t.Errorf("calls failed for %v, want less than the %v without the API server", took, away)
	}
}

// withoutAPIServer does something while the API server is down, and returns when it is up again.
func (c *cluster) withoutAPIServer(t *testing.T, kill []string, do func()) {
	t.Helper()
	if err := run(t, kill); err != nil {
		t.Fatal(err)
	}
	again := time.NewTicker(time.Second) // which is sooner than it is up, whatever starts it again
	defer again.Stop()
	do()
	for began := time.Now(); time.Since(began) < away; <-again.C {
		if c.answers(t.Context()) == nil {
			t.Error("the API server answers, a second after it was killed")
		}
		_ = run(t, kill) // there may be nothing to kill yet
	}
	took := until(t, 2*live.Patience, "the API server", c.answers)
	t.Logf("up again %v after the last time that it was killed", took.Round(time.Millisecond))
}

// answers asks the API server whether it is ready.
func (c *cluster) answers(ctx context.Context) error {
	core, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		return err
	}
	_, err = core.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
	return err
}

// command skips the test where nobody says how.
func command(t *testing.T, variable string) []string {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		t.Skipf("%s is not set: docs/e2e.md says what it is for", variable)
	}
	return []string{"sh", "-c", text}
}

func run(t *testing.T, command []string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%q: %w: %s", command, err, out)
	}
	return nil
}
