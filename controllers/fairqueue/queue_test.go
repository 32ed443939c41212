package fairqueue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/controllers/fairqueue"
)

// request reads "namespace/name".
func request(text string) reconcile.Request {
	namespace, name, _ := strings.Cut(text, "/")
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// build makes a queue as a controller does.
func build(t *testing.T) (*fairqueue.Queue, workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	order := fairqueue.New()
	q := order.Build("", workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	return order, q
}

// TestOrder adds objects, each with its lane: "!" for Platform, "-" for Ending, nothing for Ordinary.
func TestOrder(t *testing.T) {
	lanes := map[byte]fairqueue.Lane{'!': fairqueue.Platform, '-': fairqueue.Ending}
	for _, tc := range []struct{ name, added, want string }{
		{"nothing", "", ""},
		{"first in, first out", "a/1 a/2 a/3", "a/1 a/2 a/3"},
		{"each namespace in turn", "a/1 a/2 a/3 b/1 b/2 c/1", "a/1 b/1 c/1 a/2 b/2 a/3"},
		{"what ends first, of one namespace", "a/1 a/2 -a/3 b/1", "a/3 b/1 a/1 a/2"},
		{"the endings of one namespace do not delay another", "-a/1 -a/2 -a/3 b/1", "a/1 b/1 a/2 a/3"},
		{"the platform first", "a/1 -b/1 !c/1 !c/2 !a/2", "c/1 a/2 c/2 a/1 b/1"},
		{"one that waits is added once", "a/1 a/2 a/1", "a/1 a/2"},
		{"one that waits moves up", "a/1 a/2 b/1 !a/2 -a/1", "a/2 a/1 b/1"},
		{"and never down", "!a/1 a/1 b/1", "a/1 b/1"},
		{"and keeps its place otherwise", "a/1 a/2 a/1", "a/1 a/2"},
		{"moving up twice", "a/1 a/2 -a/2 !a/2 a/3", "a/2 a/1 a/3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			order, q := build(t)
			for text := range strings.FieldsSeq(tc.added) {
				lane, marked := lanes[text[0]]
				if marked {
					text = text[1:]
				}
				order.Mark(lane, request(text))
				q.Add(request(text))
			}
			var got []string
			for q.Len() > 0 {
				next, _ := q.Get()
				q.Done(next)
				got = append(got, next.String())
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMarkWhileInWork: an object that changes while it is worked on comes again, as urgent as it was marked.
func TestMarkWhileInWork(t *testing.T) {
	order, q := build(t)
	q.Add(request("a/1"))
	inWork, _ := q.Get()
	q.Add(request("b/1"))
	order.Mark(fairqueue.Platform, inWork)
	q.Add(inWork)
	if q.Len() != 1 {
		t.Errorf("%d wait while one is in work, want the other", q.Len())
	}
	q.Done(inWork)
	if next, _ := q.Get(); next != inWork {
		t.Errorf("next is %v, want %v", next, inWork)
	}
}

// TestNothingIsLost: whatever is added and marked in whatever order, each object that waits comes out once, no object
// comes twice, and a namespace never waits for more than one object of each other one, the platform's aside.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := fairqueue.New()
		waits := map[reconcile.Request]bool{}
		since := map[string]map[string]int{} // by namespace that waits: how many of each other came out meanwhile
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(waits) == 0 || rapid.Bool().Draw(t, "add") {
				r := request(fmt.Sprintf("%s/%d", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "namespace"), rapid.IntRange(1, 4).Draw(t, "name")))
				q.Mark(rapid.SampledFrom([]fairqueue.Lane{fairqueue.Ordinary, fairqueue.Ending}).Draw(t, "lane"), r)
				if waits[r] {
					q.Touch(r)
					continue
				}
				q.Push(r)
				waits[r] = true
				if since[r.Namespace] == nil {
					since[r.Namespace] = map[string]int{}
				}
				continue
			}
			r := q.Pop()
			if !waits[r] {
				t.Fatalf("%v came out, though it does not wait", r)
			}
			delete(waits, r)
			delete(since, r.Namespace)
			for namespace, others := range since {
				if others[r.Namespace]++; others[r.Namespace] > 1 {
					t.Fatalf("%s waited for %d objects of %s", namespace, others[r.Namespace], r.Namespace)
				}
			}
			for left := range waits {
				if left.Namespace == r.Namespace && since[r.Namespace] == nil {
					since[r.Namespace] = map[string]int{}
				}
			}
		}
		if q.Len() != len(waits) {
			t.Fatalf("%d wait, want %d", q.Len(), len(waits))
		}
		for range len(waits) {
			delete(waits, q.Pop())
		}
		if len(waits) > 0 {
			t.Errorf("never came: %v", waits)
		}
	})
}

// BenchmarkQueue adds and takes one object while ten thousand of another namespace wait.
func BenchmarkQueue(b *testing.B) {
	q := fairqueue.New()
	for i := range 10_000 {
		q.Push(request(fmt.Sprintf("noisy/%d", i)))
	}
	r := request("quiet/1")
	for b.Loop() {
		q.Push(r)
		q.Push(q.Pop())
		if next := q.Pop(); next != r {
			q.Push(next)
			for next = q.Pop(); next != r; next = q.Pop() {
				q.Push(next)
			}
		}
	}
}
