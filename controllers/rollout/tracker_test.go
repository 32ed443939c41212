package rollout_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/controllers/rollout"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	web  = types.NamespacedName{Namespace: "apps", Name: "web"}
)

// policy is one of one name.
func policy(uid types.UID, generation int64) client.Object {
	return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "p", UID: uid, Generation: generation}}
}

// TestFollows is about one client and one policy: only a pass that began after the change was seen follows it.
func TestFollows(t *testing.T) {
	tracker := rollout.New()
	early := tracker.Begin()
	first := tracker.Changed(policy("uid", 1), noon)
	want := func(when string, change rollout.Change, want bool) {
		t.Helper()
		if got := tracker.Follows(web, change); got != want {
			t.Errorf("%s: follows is %t, want %t", when, got, want)
		}
	}
	want("before any pass", first, false)
	tracker.Done(web, early)
	want("after a pass that began before", first, false)
	tracker.Done(web, tracker.Begin())
	want("after a pass that began later", first, true)
	if again := tracker.Changed(policy("uid", 1), noon.Add(time.Hour)); again != first {
		t.Errorf("the same generation, seen again, is %v, want %v", again, first)
	}
	late := tracker.Begin()
	second := tracker.Changed(policy("uid", 2), noon)
	if stale := tracker.Changed(policy("uid", 1), noon); stale != second {
		t.Errorf("a former generation, seen late, is %v, want %v", stale, second)
	}
	tracker.Done(web, late)
	want("after a pass that began before the second change", second, false)
	tracker.Done(web, tracker.Begin())
	want("and after one that began later", second, true)
	want("which follows the first as well", first, true)
	third := tracker.Changed(policy("uid of an heir", 1), noon)
	want("another policy of the name", third, false)
	tracker.Forget(web)
	want("once it is forgotten", second, false)
	tracker.ForgetPolicy(types.NamespacedName{Namespace: "apps", Name: "p"})
	if anew := tracker.Changed(policy("uid", 1), noon); anew == first {
		t.Error("a policy that was forgotten is remembered")
	}
}

// TestNobodyAsks: nil is a tracker that takes all to follow.
func TestNobodyAsks(t *testing.T) {
	var none *rollout.Tracker
	none.Done(web, none.Begin())
	none.Forget(web)
	none.ForgetPolicy(types.NamespacedName{Namespace: "apps", Name: "p"})
	if !none.Follows(web, none.Changed(policy("uid", 1), noon)) {
		t.Error("somebody does not follow")
	}
}
