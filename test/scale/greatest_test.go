package scale

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
)

// TestGreatest reports what the operator takes for SCALE clients of the greatest size that admission takes, while it
// registers them and from a start beside them.
func TestGreatest(t *testing.T) {
	if os.Getenv("SCALE") == "" {
		t.Skip("SCALE is not set: run this by make memory")
	}
	n := count(t)
	s := start(t, stack.Options{Binary: built(t)})
	c := admin(t, s)
	createNamespaces(t, c)
	inParallel(t, n, func(ctx context.Context, i int) error { return c.Create(ctx, greatest(i)) })
	if err := allReady(t.Context(), c, n); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d clients of the greatest size; the operator:", n)
	t.Logf("  while it registers them  %4d MiB at most, %4d MiB then",
		memory(t, s.Operator.PID, "VmHWM:"), memory(t, s.Operator.PID, "VmRSS:"))
	t.Logf("  since a start            %s", restarted(t, s, c, 0))
	t.Logf("  their issuer             %4d MiB at most", memory(t, s.Issuer.PID, "VmHWM:"))
}

// greatest is a client whose lists are full, with 8192 characters in them.
func greatest(i int) client.Object {
	oc := oauthClient(i)
	oc.Spec.DisplayName = v1alpha1.DisplayText(strings.Repeat("\U0001F511", 128))
	oc.Spec.Scopes = filled[v1alpha1.Scope](64, 112, "s:")
	oc.Spec.Audiences = filled[v1alpha1.Audience](16, 64, "https://a.example/")
	return oc
}

// filled is n different words of a size.
func filled[T ~string](n, size int, start string) (words []T) {
	for i := range n {
		words = append(words, T(fmt.Sprintf("%s%0*d", start, size-len(start), i)))
	}
	return words
}
