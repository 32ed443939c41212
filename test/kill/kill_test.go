package kill

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// manifests are an issuer that is open to all, and the namespaces of the crowd.
const manifests = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenIssuer
metadata: {name: default, namespace: tokenwright-system}
spec:
  url: http://127.0.0.1
  clientNamespaces: {from: All}
  ungovernedClients: Allow
  signing: {algorithms: [ES256]}
---
apiVersion: v1
kind: Namespace
metadata: {name: crowd-0}
---
apiVersion: v1
kind: Namespace
metadata: {name: crowd-1}
---
apiVersion: v1
kind: Namespace
metadata: {name: crowd-2}
`

func TestKill(t *testing.T) {
	seed := seed(t)
	// As in a Pod, an issuer that starts again keeps its name; else each one killed would be waited for as a further replica.
	t.Setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
	in := live.Start(t, stack.Options{Objects: objects(t)})
	keys := watchKeys(t, in)
	lives := begin(t, in, keys, seed)
	killed := rampage(t, in, rand.New(rand.NewPCG(seed, 0)), lives.over)
	lives.end(t)
	t.Logf("killed %v, while %v", killed, lives.tally)

	began := time.Now()
	lives.settle(t)
	t.Logf("whole again after %v", time.Since(began).Round(time.Millisecond))
	lives.wantCredentialsAccepted(t)
	lives.wantDeadRefused(t)
	keys.end(t)
	wantIdleRestart(t, in)
	for name, log := range map[string]string{"operator": in.Operator.Logs(), "issuer": in.Issuer.Logs()} {
		if leaks := in.Leaks(log); len(leaks) > 0 {
			t.Errorf("the %s's log holds the %s", name, strings.Join(leaks, ", the "))
		}
	}
}

func seed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KILL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("KILL_SEED: %v", err)
		}
	}
	t.Logf("KILL_SEED=%d", seed)
	return seed
}

func objects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	decoded, err := stack.Decode([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	return append(decoded, oldRing(t))
}
