package fair_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/fair"
)

var (
	start = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	roomy = fair.Limits{Waiting: 100, WaitingPerOwner: 100, Hands: 8}
)

type queue = fair.Queue[string]

// add adds tasks, each named after its owner: "a1" is one of a. It returns what was dropped.
func add(q *queue, names ...string) (dropped []string) {
	for _, name := range names {
		if lost, crowded := q.Add(name[:1], name); crowded {
			dropped = append(dropped, lost)
		}
	}
	return dropped
}

// many names n tasks of owner.
func many(owner string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(owner, i))
	}
	return names
}

// takeAll takes whatever there is a hand for.
func takeAll(q *queue, now time.Time) (tasks []*fair.Task[string], names []string) {
	for {
		task, ok := q.Take(now)
		if !ok {
			return tasks, names
		}
		tasks, names = append(tasks, task), append(names, task.Value)
	}
}

// TestTake holds whose turn it is, and how many hands each may hold: eight in all.
func TestTake(t *testing.T) {
	for _, tc := range []struct {
		name  string
		tasks []string
		want  string
	}{
		{"nobody", nil, ""},
		{"one after another", []string{"a0", "a1", "a2"}, "a0 a1 a2"},
		{"alone: half of the hands", many("a", 9), "a0 a1 a2 a3"},
		{"in turns", []string{"a0", "a1", "a2", "b0", "b1", "c0"}, "a0 b0 c0 a1 b1 a2"},
		{"little beside much", append(many("a", 9), "b0"), "a0 b0 a1 a2 a3"},
		{"two with much", append(many("a", 9), many("b", 9)...), "a0 b0 a1 b1 a2 b2"},
		{"three with much", slices.Concat(many("a", 9), many("b", 9), many("c", 9)), "a0 b0 c0 a1 b1 c1"},
	} {
		q := fair.New[string](roomy)
		add(q, tc.tasks...)
		_, got := takeAll(q, start)
		if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// Whoever holds all that it may leaves hands to those who come later, one after the other.
func TestHandsAreLeft(t *testing.T) {
	q := fair.New[string](roomy)
	var held []string
	for _, owner := range []string{"a", "b", "c", "d", "e"} {
		add(q, many(owner, 20)...)
		_, got := takeAll(q, start)
		held = append(held, fmt.Sprint(owner, ":", len(got)))
	}
	if diff := cmp.Diff("a:4 b:2 c:1 d:1 e:0", strings.Join(held, " ")); diff != "" {
		t.Errorf("hands (-want +got):\n%s", diff)
	}
}

// What is put off holds no hand, and goes on when its time has come.
func TestPutOff(t *testing.T) {
	q := fair.New[string](fair.Limits{Waiting: 10, WaitingPerOwner: 10, Hands: 2})
	add(q, "a0", "a1")
	tasks, _ := takeAll(q, start)
	if _, ok := q.Due(start); ok {
		t.Error("something is due that nobody put off")
	}
	if _, crowded := q.PutOff(tasks[0], start.Add(2*time.Second)); crowded {
		t.Error("there was room")
	}
	next, got := takeAll(q, start)
	if due, ok := q.Due(start); !ok || !due.Equal(start.Add(2*time.Second)) || strings.Join(got, " ") != "a1" {
		t.Errorf("took %v, due %v, %v", got, due, ok)
	}
	q.Done(next[0])
	if _, got = takeAll(q, start.Add(2*time.Second-1)); len(got) > 0 || q.Waiting() != 1 || q.Empty() {
		t.Errorf("took %v too early; %d wait", got, q.Waiting())
	}
	tasks, got = takeAll(q, start.Add(2*time.Second))
	if strings.Join(got, " ") != "a0" {
		t.Fatalf("took %v when the time had come", got)
	}
	if q.Done(tasks[0]); !q.Empty() {
		t.Error("something is left")
	}
}

// TestOverflow holds who loses what when there is no room: at most six wait, at most four of one owner.
func TestOverflow(t *testing.T) {
	limits := fair.Limits{Waiting: 6, WaitingPerOwner: 4, Hands: 4}
	for _, tc := range []struct {
		name  string
		tasks []string
		want  string // dropped
	}{
		{"full", []string{"a0", "a1", "a2", "a3", "b0", "b1"}, ""},
		{"too many of one: its oldest", many("a", 6), "a0 a1"},
		{"too many: of who has the most", []string{"a0", "a1", "a2", "a3", "b0", "b1", "c0", "d0"}, "a0 a1"},
		{"a tie: of who came last", []string{"a0", "a1", "a2", "b0", "b1", "b2", "b3"}, "b0"},
		{"one each", []string{"a0", "b0", "c0", "d0", "e0", "f0", "g0"}, "g0"},
	} {
		got := add(fair.New[string](limits), tc.tasks...)
		if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// What has failed before makes way for what was never tried, also when it comes back to a line that has filled up.
func TestOverflowOfWhatFailed(t *testing.T) {
	q := fair.New[string](fair.Limits{Waiting: 10, WaitingPerOwner: 2, Hands: 4})
	add(q, "a0", "a1")
	tasks, _ := takeAll(q, start)
	q.PutOff(tasks[0], start.Add(time.Second))
	if got := add(q, "a2", "a3"); strings.Join(got, " ") != "a0" {
		t.Errorf("dropped %v, want a0", got)
	}
	if lost, crowded := q.PutOff(tasks[1], start.Add(time.Second)); !crowded || lost != "a1" {
		t.Errorf("dropped %q, %v, want a1", lost, crowded)
	}
}

// TestLaws holds, for any history: the bounds; nothing is lost or done twice; and whoever has something due and no hand
// gets the next one that is free.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
		limits := fair.Limits{Waiting: draw("waiting", 12), WaitingPerOwner: draw("per owner", 8), Hands: draw("hands", 6)}
		q, now := fair.New[string](limits), start
		var busy []*fair.Task[string]
		waiting, hands := map[string]time.Time{}, map[byte]int{} // by task, until when; by owner
		drop := func(lost string, crowded bool) {
			if _, ok := waiting[lost]; crowded != ok {
				t.Fatalf("dropped %q, %v, of %v", lost, crowded, waiting)
			}
			delete(waiting, lost)
		}
		for i := range draw("steps", 60) {
			switch action := rapid.SampledFrom([]string{"add", "add", "take", "done", "put off", "step"}).Draw(t, "action"); {
			case action == "add":
				name := fmt.Sprint(rapid.SampledFrom([]string{"a", "a", "a", "b", "c"}).Draw(t, "owner"), i)
				waiting[name] = now
				drop(q.Add(name[:1], name))
			case action == "take":
				task, ok := q.Take(now)
				for name, due := range waiting {
					if !ok && !due.After(now) && hands[name[0]] == 0 && len(busy) < limits.Hands {
						t.Fatalf("%s is due and its owner has nothing, but it got no hand", name)
					}
				}
				if ok {
					if due, known := waiting[task.Value]; !known || due.After(now) {
						t.Fatalf("took %q of %v", task.Value, waiting)
					}
					delete(waiting, task.Value)
					busy, hands[task.Value[0]] = append(busy, task), hands[task.Value[0]]+1
				}
			case action == "step":
				now = now.Add(time.Second)
			case len(busy) > 0:
				task := busy[0]
				busy, hands[task.Value[0]] = busy[1:], hands[task.Value[0]]-1
				if action == "done" {
					q.Done(task)
					break
				}
				waiting[task.Value] = now.Add(2 * time.Second)
				drop(q.PutOff(task, now.Add(2*time.Second)))
			}
			if q.Waiting() != len(waiting) || len(waiting) > limits.Waiting || len(busy) > limits.Hands {
				t.Fatalf("%d wait of %d, %d under way: %v", q.Waiting(), len(waiting), len(busy), waiting)
			}
		}
	})
}
