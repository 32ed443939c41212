package e2e

import (
	"context"
	"testing"
	"time"
)

// explain shows what somebody would look at after a story that failed: objects, events, and the ends of all logs.
func (c *cluster) explain(t *testing.T) {
	t.Helper()
	if !t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	show := func(args ...string) {
		out, err := c.try(ctx, "", args...)
		t.Logf("kubectl %q: %v\n%s", args, err, out)
	}
	conditions := `{range .items[*]}{.kind} {.metadata.name}{"\n"}{range .status.conditions[*]}` +
		`{"  "}{.type}={.status} {.reason} {.message}{"\n"}{end}{end}`
	for _, namespace := range []string{system, apps} {
		show("-n", namespace, "get", "pods,deployments,services,endpointslices,poddisruptionbudgets", "-o", "wide")
		show("-n", namespace, "get", "tokenissuers,tokenpolicies,oauthclients,deployments,pods", "-o", "jsonpath="+conditions)
		show("-n", namespace, "get", "events", "--sort-by=.lastTimestamp")
		for _, label := range []string{"app", "app.kubernetes.io/component"} {
			show("-n", namespace, "logs", "-l", label, "--prefix", "--all-containers", "--tail=25", "--ignore-errors")
		}
	}
}
