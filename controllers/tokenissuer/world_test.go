package tokenissuer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
)

var dawn = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// says is the report of one replica, renewed at a time after dawn, with the revision that it has loaded.
func says(name string, at time.Duration, revision int64) v1alpha1.IssuerReport {
	return v1alpha1.IssuerReport{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.IssuerReportSpec{RenewedAt: metav1.NewTime(dawn.Add(at)), SigningRevision: revision},
	}
}

// has tells whether a report speaks of this revision.
func has(revision int64) func(v1alpha1.IssuerReportSpec) bool {
	return func(report v1alpha1.IssuerReportSpec) bool { return report.SigningRevision >= revision }
}

func TestWorld(t *testing.T) {
	const (
		m   = time.Minute
		h   = time.Hour
		day = 24 * h
	)
	for _, tc := range []struct {
		name        string
		now         time.Duration // the operator's clock
		reports     []v1alpha1.IssuerReport
		early, late time.Duration
		loaded      bool // revision 7
		counted     string
	}{
		{"nobody speaks", h, nil, h, h, true, ""},
		{"one replica", h, []v1alpha1.IssuerReport{says("a", h-m, 7)}, h - m, h, true, "a"},
		{"one replica that has a former ring", h, []v1alpha1.IssuerReport{says("a", h-m, 6)}, h - m, h, false, "a"},
		{"one that has a newer ring than was read", h, []v1alpha1.IssuerReport{says("a", h-m, 8)}, h - m, h, true, "a"},
		{"one that has loaded nothing yet", h, []v1alpha1.IssuerReport{says("a", h, 0)}, h, h, false, "a"},
		{"the slowest of several decides", h, []v1alpha1.IssuerReport{says("a", h-m, 7), says("b", h-2*m, 6), says("c", h, 7)}, h - 2*m, h, false, "a b c"},
		{"a clock that is a little ahead", h, []v1alpha1.IssuerReport{says("a", h+5*time.Second, 7)}, h, h + 5*time.Second, true, "a"},
		{"a clock that is more than a little ahead", h, []v1alpha1.IssuerReport{says("a", h+11*time.Second, 7)}, h, h + 11*time.Second + silence, true, "a"},

		{"a replica that ended without a word", h, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-6*m, 3)}, h, h, true, "a"},
		{"one that is silent, but not for long", h, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-5*m, 3)}, h - 5*m, h, false, "a b"},
		{"all ended without a word", day, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-m, 6)}, h - m, day, false, "a b"},
		{"the last to end counts, and it had all", day, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-6*m, 6)}, h, day, true, "a"},

		{"the operator's clock leaps forward", 9 * day, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-m, 6)}, h - m, 9 * day, false, "a b"},
		{"the operator's clock leaps back", -9 * day, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-m, 6)}, -9 * day, h + silence, false, "a b"},
		{"one replica's clock leaps forward", h, []v1alpha1.IssuerReport{says("a", 9*day, 7), says("b", h-m, 6)}, h - m, 9*day + silence, false, "a b"},
		{"it leaps forward, and the other one ended", h, []v1alpha1.IssuerReport{says("a", 9*day, 7), says("b", h-6*m, 6)}, h, 9*day + silence, true, "a"},
		{"all clocks leap forward but the operator's", h, []v1alpha1.IssuerReport{says("a", 9*day, 7), says("b", 9*day-m, 6)}, h, 9*day + silence, false, "a b"},
		{"one replica's clock leaps back a little", h, []v1alpha1.IssuerReport{says("a", h, 7), says("b", h-4*m, 6)}, h - 4*m, h, false, "a b"},
		{"one replica's clock leaps back, and so it looks dead", h, []v1alpha1.IssuerReport{says("a", h, 7), says("b", -9*day, 6)}, h, h, true, "a"},
		{"the only replica's clock leaps back", h, []v1alpha1.IssuerReport{says("b", -9*day, 7)}, -9 * day, h, true, "b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := fmt.Sprint(tc.reports)
			got := world(dawn.Add(tc.now), tc.reports, has(7))
			want := keys.World{Early: dawn.Add(tc.early), Late: dawn.Add(tc.late), Loaded: tc.loaded}
			if !got.Early.Equal(want.Early) || !got.Late.Equal(want.Late) || got.Loaded != want.Loaded {
				t.Errorf("%+v, want %+v", got, want)
			}
			if counted := names(live(dawn.Add(tc.now), tc.reports)); counted != tc.counted {
				t.Errorf("%q count, want %q", counted, tc.counted)
			}
			if fmt.Sprint(tc.reports) != before {
				t.Error("the reports were changed")
			}
		})
	}
}

func names(reports []v1alpha1.IssuerReport) string {
	var out []string
	for _, report := range reports {
		out = append(out, report.Name)
	}
	return strings.Join(out, " ")
}

func TestAbandoned(t *testing.T) {
	const h, day = time.Hour, 24 * time.Hour
	for _, tc := range []struct {
		name    string
		now     time.Duration
		reports []v1alpha1.IssuerReport
		want    string
	}{
		{"none", day, nil, ""},
		{"the latest stays, however old", 9 * day, []v1alpha1.IssuerReport{says("a", h, 7)}, ""},
		{"after an hour", day, []v1alpha1.IssuerReport{says("a", day, 7), says("b", day-h, 7), says("c", day-h-time.Second, 7)}, "c"},
		{"the operator's clock leaps forward", 9 * day, []v1alpha1.IssuerReport{says("a", day, 7), says("b", day-time.Minute, 7)}, ""},
		{"one replica's clock leaps forward", day, []v1alpha1.IssuerReport{says("a", 9*day, 7), says("b", day-time.Minute, 7)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := names(abandoned(dawn.Add(tc.now), tc.reports)); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestWorldIsTrue builds clusters in which only the test knows the truth, and holds world to what the schedule of keys
// relies on, with any one clock off by minutes to days, and any number of replicas that are slow to load or have died:
//
//   - no live replica's clock is before Early;
//   - none is after Late by more than Lead has room for;
//   - if Loaded, every live replica has the ring.
//
// A replica whose clock is behind by more than silence is the exception: it cannot be told from a dead one.
func TestWorldIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const revision = 7
		between := func(label string, from, to time.Duration) time.Duration {
			return time.Duration(rapid.Int64Range(int64(from), int64(to)).Draw(t, label))
		}
		skew := func(label string) time.Duration { return between(label, -5*time.Second, 5*time.Second) }
		truth := dawn.Add(100 * 24 * time.Hour)
		operator := truth.Add(skew("operator"))
		count := rapid.IntRange(1, 4).Draw(t, "replicas")
		wrong := rapid.IntRange(0, count).Draw(t, "whose clock is wrong")
		leap := between("leap", 10*time.Minute, 90*24*time.Hour)
		if back := rapid.Bool().Draw(t, "back"); back && wrong < count {
			leap = -between("back by", 0, silence-80*time.Second)
		} else if back {
			leap = -leap
		}
		if wrong == count {
			operator = operator.Add(leap)
		}
		var reports []v1alpha1.IssuerReport
		var clocks []time.Time
		loaded := true
		for i := range count {
			clock := truth.Add(skew("replica"))
			if i == wrong {
				clock = clock.Add(leap)
			}
			age := between("age of its report", 0, 75*time.Second) // renewed each minute, give or take
			has := rapid.Int64Range(revision-1, revision).Draw(t, "revision")
			reports = append(reports, says(fmt.Sprint(i), clock.Add(-age).Truncate(time.Second).Sub(dawn), has))
			clocks, loaded = append(clocks, clock), loaded && has == revision
		}
		for i := range rapid.IntRange(0, 2).Draw(t, "dead") {
			died := truth.Add(-between("dead since", 10*time.Minute, 24*time.Hour))
			reports = append(reports, says(fmt.Sprint("dead ", i), died.Sub(dawn), revision-1))
		}
		reports = rapid.Permutation(reports).Draw(t, "order")

		got := world(operator, reports, has(revision))
		for _, clock := range append(slices.Clone(clocks), operator) {
			if clock.Before(got.Early) {
				t.Errorf("a clock is %v before %v", got.Early.Sub(clock), got)
			}
			if clock.After(got.Late.Add(2 * tolerated)) {
				t.Errorf("a clock is %v after %v", clock.Sub(got.Late), got)
			}
		}
		if got.Loaded && !loaded {
			t.Errorf("%v, but a live replica has a former ring", got)
		}
	})
}

// TestOneLeapHurriesNothing lets the operator rotate a ring of two replicas while one clock is wrong: what is due by the
// clock that is right happens, and no more.
func TestOneLeapHurriesNothing(t *testing.T) {
	const day = 24 * time.Hour
	plan := keys.Plan{Algorithms: []string{keys.ES256}, RotationInterval: 30 * day}
	key, err := keys.Generate(keys.ES256, dawn)
	if err != nil {
		t.Fatal(err)
	}
	at := keys.World{Early: dawn, Late: dawn, Loaded: true}
	ring := keys.Add(keys.Ring{LongestLifetime: 3600}, []keys.Key{key}, at)
	for _, tc := range []struct {
		name           string
		operator, a, b time.Duration
		rotates        bool
	}{
		{"early", day, day, day, false},
		{"due", 30 * day, 30 * day, 30 * day, true},
		{"the operator is ahead", 40 * day, day, day, false},
		{"a is ahead", day, 40 * day, day, false},
		{"both are ahead", day, 40 * day, 40 * day, false},
		{"the operator and a are ahead: b looks dead, and nobody knows better", 40 * day, 40 * day, day, true},
		{"due, and the operator is behind", -40 * day, 30 * day, 30 * day, false},
		{"due, and a is behind", 30 * day, -40 * day, 30 * day, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reports := []v1alpha1.IssuerReport{says("a", tc.a, ring.Revision), says("b", tc.b, ring.Revision)}
			step := keys.Advance(ring, plan, world(dawn.Add(tc.operator), reports, has(ring.Revision)))
			if rotates := len(step.Generate) > 0; rotates != tc.rotates || step.Changed {
				t.Errorf("rotates: %v, changed: %v; want %v, false", rotates, step.Changed, tc.rotates)
			}
		})
	}
}
