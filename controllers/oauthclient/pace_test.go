package oauthclient

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

var web = types.NamespacedName{Namespace: "apps", Name: "web"}

// TestPauses counts what a client that cannot be written costs in a minute, however often it is woken.
func TestPauses(t *testing.T) {
	for _, tc := range []struct {
		name     string
		forGood  bool
		attempts int // in the first minute and a half
		longest  time.Duration
	}{
		{"what may work the next time", false, 6, time.Minute},
		{"what only a user can mend", true, 2, time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var p pacer
			attempts, longest := 0, time.Duration(0)
			for passed := time.Duration(0); passed < 90*time.Second; passed += 50 * time.Millisecond {
				now := noon.Add(passed)
				if _, left := p.waiting(web, now); left > 0 {
					continue
				}
				attempts++
				longest = max(longest, p.fail(web, setback{forGood: tc.forGood}, now))
			}
			if attempts != tc.attempts || longest > tc.longest {
				t.Errorf("%d attempts, with pauses up to %v; want %d, up to %v", attempts, longest, tc.attempts, tc.longest)
			}
		})
	}
}

// TestPausesBeginAnew with another intent, and end with a pass that succeeds.
func TestPausesBeginAnew(t *testing.T) {
	var p pacer
	for range 5 {
		p.fail(web, setback{about: intent{1}}, noon)
	}
	if pause := p.fail(web, setback{about: intent{2}}, noon); pause != firstPause {
		t.Errorf("the first failure of another intent waits %v, want %v", pause, firstPause)
	}
	p.fail(web, setback{about: intent{2}, of: "uid"}, noon)
	if _, made := p.spare(web, "uid of an heir"); made {
		t.Error("a credential passes to another client of the name")
	}
	if _, made := p.spare(web, "uid"); !made {
		t.Error("a credential that could not be stored is lost")
	}
	p.succeed(web, false, intent{2}, noon)
	if _, left := p.waiting(web, noon); left > 0 {
		t.Errorf("a client that is well waits %v", left)
	}
	if _, made := p.spare(web, "uid"); made {
		t.Error("a credential that was stored is kept")
	}
}

// TestTruces counts how often a Secret is put right that somebody else changes back at once.
func TestTruces(t *testing.T) {
	var p pacer
	p.succeed(web, true, intent{1}, noon)
	var repairs []time.Duration
	for passed := time.Duration(0); passed < 10*time.Minute; passed += time.Second {
		now := noon.Add(passed)
		if p.truce(web, intent{1}, now) == 0 {
			repairs = append(repairs, passed)
			p.succeed(web, true, intent{1}, now)
		}
	}
	want := []time.Duration{0, time.Second, 61 * time.Second, 181 * time.Second, 421 * time.Second}
	if len(repairs) != len(want) {
		t.Fatalf("repaired after %v, want %v", repairs, want)
	}
	for i := range want {
		if repairs[i] != want[i] {
			t.Errorf("repaired after %v, want %v", repairs, want)
		}
	}
	if truce := p.truce(web, intent{2}, noon.Add(10*time.Minute)); truce != 0 {
		t.Errorf("a change that somebody wants waits %v", truce)
	}
	late := noon.Add(time.Hour)
	p.succeed(web, true, intent{1}, late)
	if truce := p.truce(web, intent{1}, late); truce != 0 {
		t.Errorf("after an hour of peace, a Secret is left alone for %v", truce)
	}
}

// TestPacerForgets what does not matter any more, so that it holds no more than clients that are in trouble.
func TestPacerForgets(t *testing.T) {
	var p pacer
	p.succeed(web, true, intent{1}, noon)
	p.fail(types.NamespacedName{Name: "failing"}, setback{}, noon)
	p.succeed(types.NamespacedName{Name: "never in trouble"}, false, intent{1}, noon)
	if len(p.clients) != 2 {
		t.Errorf("%d clients are remembered, want the one that was written and the one that fails", len(p.clients))
	}
	p.succeed(types.NamespacedName{Name: "other"}, false, intent{1}, noon.Add(forgivenAfter))
	if len(p.clients) != 1 {
		t.Errorf("%d clients are remembered, want the one that fails", len(p.clients))
	}
	p.forget(types.NamespacedName{Name: "failing"})
	if len(p.clients) != 0 {
		t.Errorf("%d clients are remembered of those that are gone", len(p.clients))
	}
}
