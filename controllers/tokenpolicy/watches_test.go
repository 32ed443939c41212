package tokenpolicy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/controllers/tokenpolicy"
	"tokenwright.dev/test/build"
)

// later is a queue that notes what is to be added later.
type later struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	after map[string]time.Duration
}

func (l later) AddAfter(request reconcile.Request, after time.Duration) {
	l.after[request.String()] = after
}

// TestRecount wakes the policies that may select a client of a namespace, each of them once, and not at once.
func TestRecount(t *testing.T) {
	s := begin(t)
	more := s.Namespace(t)
	for _, key := range []string{s.System + "/root", s.Apps + "/own", more + "/other"} {
		s.Create(t, build.TokenPolicy(key))
	}
	s.Sync(t)
	for namespace, keys := range map[string][]string{
		s.Apps:    {s.Apps + "/own", s.System + "/root"},
		more:      {more + "/other", s.System + "/root"},
		s.System:  {s.System + "/root"},
		"default": {s.System + "/root"},
	} {
		queue := later{after: map[string]time.Duration{}}
		s.reconciler.Recount(t.Context(), queue, namespace)
		want := map[string]time.Duration{}
		for _, key := range keys {
			want[key] = tokenpolicy.CountAfter
		}
		if diff := cmp.Diff(want, queue.after); diff != "" {
			t.Errorf("a client of %s changed; woken (-want +got):\n%s", namespace, diff)
		}
	}
}
