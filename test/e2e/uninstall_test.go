package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// soon bounds each step of an uninstallation: nothing sticks.
const soon = time.Minute

// collected is how long Kubernetes may take to delete what hangs on something that is gone: it hesitates after an outage.
const collected = 2 * time.Minute

// parts is the label of whatever an installation brings.
const parts = "app.kubernetes.io/part-of=tokenwright"

// uninstalls runs the commands of docs/install.md one by one, and looks at what is left: before the last one, the key rings
// and what somebody else has made.
func uninstalls(t *testing.T, c *cluster) {
	steps := c.documented(t)
	last := len(steps) - 1
	for i, step := range steps[:last] {
		c.step(t, step)
		if i == 0 {
			c.wantLeft(t, nil, "deployments,pods,services,rolebindings,networkpolicies,poddisruptionbudgets",
				"-n", system, "-l", parts+",app.kubernetes.io/component=issuer")
			c.wantLeft(t, nil, "secrets", "-n", apps)
		}
	}
	c.wantLeft(t, nil, "clusterroles,clusterrolebindings,customresourcedefinitions,"+
		"validatingadmissionpolicies,validatingadmissionpolicybindings", "-l", parts)
	c.wantLeft(t, []string{
		"secret/default-issuer-tls", "secret/default-sealing-keys", "secret/default-signing-keys",
		"secret/spare-issuer-tls", "secret/spare-sealing-keys", "secret/spare-signing-keys", "secret/staff",
	}, c.kinds(t), "-n", system)
	c.step(t, steps[last])
	c.wantLeft(t, nil, "namespaces", "-l", parts)
	c.kubectl(t, "delete", "namespace", apps)
}

// documented are the first commands below the heading in docs/install.md, without what follows # there.
func (c *cluster) documented(t *testing.T) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.root, "docs", "install.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, below, _ := strings.Cut(string(text), "\n## Uninstalling\n")
	_, block, _ := strings.Cut(below, "```console\n")
	block, _, _ = strings.Cut(block, "```")
	var steps [][]string
	for line := range strings.Lines(block) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "$" || words[1] != "kubectl" {
			t.Fatalf("docs/install.md tells how to uninstall by %q, which is no kubectl", line)
		}
		steps = append(steps, words[2:])
	}
	if len(steps) < 3 {
		t.Fatalf("docs/install.md tells how to uninstall in %d steps", len(steps))
	}
	return steps
}

func (c *cluster) step(t *testing.T, args []string) {
	t.Helper()
	began := time.Now()
	c.kubectl(t, append(slices.Clip(args), "--timeout="+soon.String())...)
	t.Logf("%v for kubectl %s", time.Since(began).Round(time.Millisecond), strings.Join(args, " "))
}

// wantLeft asks for what is there, by name. What Kubernetes itself puts into every namespace does not count, and what hangs on
// something that is gone goes a moment later.
func (c *cluster) wantLeft(t *testing.T, want []string, kinds string, where ...string) {
	t.Helper()
	took := until(t, collected, "nothing else to be left of "+strings.Join(where, " "), func(ctx context.Context) error {
		out, err := c.try(ctx, "", append([]string{"get", kinds, "-o", "name", "--ignore-not-found"}, where...)...)
		left := slices.DeleteFunc(strings.Fields(out), func(name string) bool {
			return name == "configmap/kube-root-ca.crt" || name == "serviceaccount/default" || strings.HasPrefix(name, "event")
		})
		slices.Sort(left)
		if err == nil && !slices.Equal(left, want) {
			err = fmt.Errorf("%v is left, want %v", left, want)
		}
		return err
	})
	t.Logf("%v until %v is left of %s", took.Round(time.Millisecond), want, strings.Join(where, " "))
}

// kinds are all namespaced ones that the cluster knows and lists.
func (c *cluster) kinds(t *testing.T) string {
	t.Helper()
	out := c.kubectl(t, "api-resources", "--namespaced", "--verbs=list", "-o", "name")
	return strings.Join(strings.Fields(out), ",")
}
