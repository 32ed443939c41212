package tokenpolicy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
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

// TestVersionOfAPolicyThatIsGone: nobody saw the policy go, but what was kept of it tells whose it was.
func TestVersionOfAPolicyThatIsGone(t *testing.T) {
	s := begin(t)
	tp := build.TokenPolicy(s.Apps + "/own")
	s.Create(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	var kept corev1.ConfigMapList
	if err := s.Client.List(t.Context(), &kept, client.InNamespace(s.System)); err != nil {
		t.Fatal(err)
	}
	versions := slices.DeleteFunc(kept.Items, func(c corev1.ConfigMap) bool { return c.Labels[v1alpha1.PolicyLabel] == "" })
	if len(versions) != 1 {
		t.Fatalf("%d accepted versions, want one", len(versions))
	}
	want := []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(tp)}}
	if diff := cmp.Diff(want, tokenpolicy.Keeper(t.Context(), &versions[0])); diff != "" {
		t.Errorf("its version wakes (-want +got):\n%s", diff)
	}
	s.Delete(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	if !s.Gone(t, &versions[0]) {
		t.Error("its version is still there")
	}
	for _, other := range []*corev1.ConfigMap{{}, {ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{v1alpha1.OwnerAnnotation: "a/b"}}}} {
		if got := tokenpolicy.Keeper(t.Context(), other); got != nil {
			t.Errorf("another ConfigMap wakes %v", got)
		}
	}
}
