package condition_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/controllers/condition"
)

// TestPaced wakes one object a hundred times a second for a minute, as a fight over it does, and another one now and then.
func TestPaced(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(start)
	passes := map[string]int{}
	r := condition.Paced(reconcile.Func(func(_ context.Context, req reconcile.Request) (reconcile.Result, error) {
		passes[req.Name]++
		return reconcile.Result{}, nil
	}), clock)
	wake := func(name string) time.Duration {
		t.Helper()
		result, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: name}})
		if err != nil {
			t.Fatal(err)
		}
		return result.RequeueAfter
	}
	var wait time.Duration
	for i := range 6000 {
		clock.SetTime(start.Add(time.Duration(i) * 10 * time.Millisecond))
		wait = max(wait, wake("fought over"))
		if i%600 == 0 && wake("quiet") > 0 {
			t.Errorf("after %d turns the quiet one waits", i)
		}
	}
	if passes["fought over"] > 60 || passes["quiet"] != 10 || wait == 0 || wait > 2*time.Second {
		t.Errorf("%v passes, waits of up to %v; want at most 60 of the one in a minute, all 10 of the other, and waits of 2 s", passes, wait)
	}
	for i := range 5000 { // others, which come and go
		clock.SetTime(start.Add(time.Hour + time.Duration(i)*time.Minute))
		if wake(strconv.Itoa(i)) > 0 {
			t.Fatal("a new one waits")
		}
	}
}
