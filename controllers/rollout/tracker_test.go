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

// changed tells of a change and returns it.
func changed(t *testing.T, tracker *rollout.Tracker, uid types.UID, generation int64) rollout.Change {
	t.Helper()
	tracker.Changed(policy(uid, generation), noon)
	change, ok := tracker.Latest(policy(uid, generation))
	if !ok {
		t.Errorf("a change that was told of is not known")
	}
	return change
}

// TestFollows is about one client and one policy: only a pass that began after the change was seen follows it.
func TestFollows(t *testing.T) {
	tracker := rollout.New()
	early := tracker.Begin()
	first := changed(t, tracker, "uid", 1)
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
	if again := changed(t, tracker, "uid", 1); again != first {
		t.Errorf("the same generation, seen again, is %v, want %v", again, first)
	}
	late := tracker.Begin()
	if _, ok := tracker.Latest(policy("uid", 2)); ok {
		t.Error("a change is known that nobody told of")
	}
	second := changed(t, tracker, "uid", 2)
	if stale := changed(t, tracker, "uid", 1); stale != second {
		t.Errorf("a former generation, seen late, is %v, want %v", stale, second)
	}
	tracker.Done(web, late)
	want("after a pass that began before the second change", second, false)
	tracker.Done(web, tracker.Begin())
	want("and after one that began later", second, true)
	want("which follows the first as well", first, true)
	third := changed(t, tracker, "uid of an heir", 1)
	want("another policy of the name", third, false)
	tracker.Forget(web)
	want("once it is forgotten", second, false)
	tracker.ForgetPolicy(types.NamespacedName{Namespace: "apps", Name: "p"})
	if _, ok := tracker.Latest(policy("uid of an heir", 1)); ok {
		t.Error("a policy that was forgotten is remembered")
	}
}

// TestFound: what was there at the start is followed by each pass since, whatever came first, the pass or the news.
func TestFound(t *testing.T) {
	tracker := rollout.New()
	tracker.Done(web, tracker.Begin())
	tracker.Found(policy("uid", 7), noon)
	change, ok := tracker.Latest(policy("uid", 7))
	if !ok || !tracker.Follows(web, change) {
		t.Error("a client that had its pass does not follow a policy that was there before")
	}
	tracker.Forget(web)
	if tracker.Follows(web, change) {
		t.Error("a client without a pass follows")
	}
}

// TestNobodyAsks: nil is a tracker that takes all to follow.
func TestNobodyAsks(t *testing.T) {
	var none *rollout.Tracker
	none.Done(web, none.Begin())
	none.Forget(web)
	none.ForgetPolicy(types.NamespacedName{Namespace: "apps", Name: "p"})
	none.Changed(policy("uid", 1), noon)
	if change, ok := none.Latest(policy("uid", 1)); !ok || !none.Follows(web, change) {
		t.Error("somebody does not follow")
	}
}
