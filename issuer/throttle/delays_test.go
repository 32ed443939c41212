package throttle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/throttle"
)

var delay = throttle.Delay{Free: 3, First: time.Second, Longest: 10 * time.Second, Forgotten: time.Minute}

func TestDelaysBegin(t *testing.T) {
	delays := throttle.NewDelays(delay, 10)
	for _, step := range []struct {
		after time.Duration
		key   string
		want  time.Duration
	}{
		{0, "a", 0},
		{0, "a", 0},
		{0, "a", 0},
		{0, "a", time.Second},
		{0, "b", 0}, // another key fails for itself
		{400 * time.Millisecond, "a", 600 * time.Millisecond},
		{time.Second, "a", 0},
		{time.Second, "a", 2 * time.Second},
		{3 * time.Second, "a", 0},
		{3 * time.Second, "a", 4 * time.Second},
		{7 * time.Second, "a", 0},
		{7 * time.Second, "a", 8 * time.Second},
		{15 * time.Second, "a", 0},
		{15 * time.Second, "a", 10 * time.Second}, // and not 16
		{25 * time.Second, "a", 0},
		{25 * time.Second, "a", 10 * time.Second},
		{84 * time.Second, "a", 0}, // still remembered
		{84 * time.Second, "a", 10 * time.Second},
		{144 * time.Second, "a", 0}, // forgotten
		{144 * time.Second, "a", 0},
		{144 * time.Second, "a", 0},
		{144 * time.Second, "a", time.Second},
	} {
		if got := delays.Begin(step.key, start.Add(step.after)); got != step.want {
			t.Errorf("Begin(%q) after %v: %v, want %v", step.key, step.after, got, step.want)
		}
	}
}

// However often somebody asks before their time, it comes no later; and a day of trying brings some 60 attempts an hour.
func TestDelaysBoundGuesses(t *testing.T) {
	delays := throttle.NewDelays(throttle.Delay{Free: 5, First: time.Second, Longest: time.Minute, Forgotten: time.Hour}, 10)
	guesses := 0
	for at := range 24 * 60 * 60 {
		for range 3 {
			if delays.Begin("a", start.Add(time.Duration(at)*time.Second)) == 0 {
				guesses++
			}
		}
	}
	if guesses < 1440 || guesses > 1450 {
		t.Errorf("%d guesses in a day", guesses)
	}
}

func TestDelaysEnd(t *testing.T) {
	spent := func() *throttle.Delays {
		delays := throttle.NewDelays(delay, 10)
		for range 3 {
			delays.Begin("a", start)
		}
		return delays
	}
	for _, tc := range []struct {
		name  string
		do    func(*throttle.Delays)
		wait  time.Duration
		after int // keys that are left
	}{
		{"nothing", func(*throttle.Delays) {}, time.Second, 1},
		{"a success", func(d *throttle.Delays) { d.Succeeded("a") }, 0, 0},
		{"another's success", func(d *throttle.Delays) { d.Succeeded("b") }, time.Second, 1},
		{"one was none", func(d *throttle.Delays) { d.Undo("a") }, 0, 1},
		{"all were none", func(d *throttle.Delays) { d.Undo("a"); d.Undo("a"); d.Undo("a") }, 0, 0},
		{"one more was none than there were", func(d *throttle.Delays) { d.Undo("b") }, time.Second, 1},
	} {
		delays := spent()
		tc.do(delays)
		if delays.Len() != tc.after {
			t.Errorf("%s: %d keys, want %d", tc.name, delays.Len(), tc.after)
		}
		if wait := delays.Begin("a", start); wait != tc.wait {
			t.Errorf("%s: wait %v, want %v", tc.name, wait, tc.wait)
		}
	}
}

// The table is bounded, and what was used least lately makes room.
func TestDelaysAreBounded(t *testing.T) {
	delays := throttle.NewDelays(throttle.Delay{Free: 1, First: time.Hour, Longest: time.Hour, Forgotten: 2 * time.Hour}, 100)
	for i := range 10_000 {
		delays.Begin(fmt.Sprint(i), start)
		delays.Begin("a", start) // somebody goes on trying
	}
	if delays.Len() != 100 {
		t.Errorf("%d keys, want 100", delays.Len())
	}
	waits := []bool{delays.Begin("a", start) > 0, delays.Begin("9999", start) > 0, delays.Begin("0", start) > 0}
	if want := []bool{true, true, false}; !slices.Equal(waits, want) {
		t.Errorf("remembered (-want +got):\n%s", cmp.Diff(want, waits))
	}
}
