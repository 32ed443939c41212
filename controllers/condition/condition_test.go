package condition_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// short writes conditions as "Type=Status/Reason".
func short(conditions []metav1.Condition) string {
	var out []string
	for _, c := range conditions {
		out = append(out, c.Type+"="+string(c.Status)+"/"+c.Reason)
	}
	return strings.Join(out, " ")
}

func TestSummarize(t *testing.T) {
	var (
		right                = condition.True("A", "Fine", "a is fine")
		wrong                = condition.False("B", "Broken", "b is broken")
		other                = condition.False("C", "Missing", "c is missing")
		soon                 = condition.False("D", "Waiting", "d comes by itself")
		follows, same, alike = condition.False("F", "NotRegistered", "for want of B"), condition.False("S", "Broken", "b is broken"), condition.False("L", "Broken", "l is broken")
		open                 = metav1.Condition{Type: "E", Status: metav1.ConditionUnknown, Reason: "Unseen", Message: "nobody knows"}
	)
	for _, tc := range []struct {
		name          string
		parts         []metav1.Condition
		want, message string
	}{
		{"no parts", nil, "Ready=True/Ready", "all is well"},
		{"all are true", []metav1.Condition{right}, "Ready=True/Ready A=True/Fine", "all is well"},
		{"one is false", []metav1.Condition{right, wrong}, "Ready=False/Broken Stalled=True/Broken A=True/Fine B=False/Broken", "b is broken"},
		{"the first that is false counts", []metav1.Condition{wrong, other}, "Ready=False/Broken Stalled=True/Broken B=False/Broken C=False/Missing", "b is broken; see also C (Missing)"},
		{"in their order", []metav1.Condition{other, wrong}, "Ready=False/Missing Stalled=True/Missing C=False/Missing B=False/Broken", "c is missing; see also B (Broken)"},
		{"what passes by itself does not stall", []metav1.Condition{right, soon}, "Ready=False/Waiting Reconciling=True/Waiting A=True/Fine D=False/Waiting", "d comes by itself"},
		{"nor does what is behind it", []metav1.Condition{soon, wrong}, "Ready=False/Waiting Reconciling=True/Waiting D=False/Waiting B=False/Broken", "d comes by itself; see also B (Broken)"},
		{"what only follows is not named", []metav1.Condition{wrong, follows, other}, "Ready=False/Broken Stalled=True/Broken B=False/Broken F=False/NotRegistered C=False/Missing", "b is broken; see also C (Missing)"},
		{"nor what says the same", []metav1.Condition{wrong, same}, "Ready=False/Broken Stalled=True/Broken B=False/Broken S=False/Broken", "b is broken"},
		{"another of that reason is", []metav1.Condition{wrong, alike}, "Ready=False/Broken Stalled=True/Broken B=False/Broken L=False/Broken", "b is broken; see also L (Broken)"},
		{"unknown is not true", []metav1.Condition{open}, "Ready=False/Unseen Stalled=True/Unseen E=Unknown/Unseen", "nobody knows"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := condition.Summarize("all is well", []string{"Waiting"}, tc.parts...)
			if short(got) != tc.want || got[0].Message != tc.message {
				t.Errorf("%s (%s), want %s (%s)", short(got), got[0].Message, tc.want, tc.message)
			}
		})
	}
}

func TestMerge(t *testing.T) {
	before := metav1.NewTime(start.Add(-time.Hour))
	old := []metav1.Condition{
		{Type: "Same", Status: metav1.ConditionTrue, Reason: "Was", LastTransitionTime: before, ObservedGeneration: 1},
		{Type: "Turned", Status: metav1.ConditionTrue, Reason: "Was", LastTransitionTime: before, ObservedGeneration: 1},
		{Type: "Gone", Status: metav1.ConditionTrue, Reason: "Was", LastTransitionTime: before, ObservedGeneration: 1},
	}
	next := []metav1.Condition{condition.True("Same", "Other", "new words"), condition.False("Turned", "Was", ""), condition.True("New", "Is", "")}
	got := condition.Merge(old, 2, start.Add(500*time.Millisecond), next...)
	now := metav1.NewTime(start)
	want := []metav1.Condition{
		{Type: "Same", Status: metav1.ConditionTrue, Reason: "Other", Message: "new words", LastTransitionTime: before, ObservedGeneration: 2},
		{Type: "Turned", Status: metav1.ConditionFalse, Reason: "Was", LastTransitionTime: now, ObservedGeneration: 2},
		{Type: "New", Status: metav1.ConditionTrue, Reason: "Is", LastTransitionTime: now, ObservedGeneration: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !next[0].LastTransitionTime.IsZero() || old[0].ObservedGeneration != 1 {
		t.Error("an argument was changed")
	}
}

// TestMergeComesToRest: a pass that says what the one before it said changes nothing, however late it comes.
func TestMergeComesToRest(t *testing.T) {
	status := rapid.SampledFrom([]metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown})
	list := rapid.Custom(func(t *rapid.T) []metav1.Condition {
		var out []metav1.Condition
		for _, kind := range []string{"A", "B", "C"} {
			if rapid.Bool().Draw(t, kind) {
				out = append(out, metav1.Condition{Type: kind, Status: status.Draw(t, "status"), Reason: rapid.StringN(1, 5, -1).Draw(t, "reason")})
			}
		}
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		next := list.Draw(t, "next")
		later := start.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "later")))
		once := condition.Merge(list.Draw(t, "old"), 7, start, next...)
		if diff := cmp.Diff(once, condition.Merge(once, 7, later, next...)); diff != "" {
			t.Errorf("the second pass changes (-first +second):\n%s", diff)
		}
	})
}

// TestLongMessages are cut to what the API takes, and never within a character: what is stored would then differ from
// what was said, and each pass would write it again.
func TestLongMessages(t *testing.T) {
	const bound = 32768
	for _, tc := range []struct {
		name, message string
		want          int
	}{
		{"empty", "", 0},
		{"as long as it may be", strings.Repeat("a", bound), bound},
		{"too long", strings.Repeat("a", bound+1), bound},
		{"cut within a character", "a" + strings.Repeat("é", bound), bound - 1},
		{"cut within a long character", "a" + strings.Repeat("🔑", bound), bound - 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := condition.Merge(nil, 1, start, condition.True("A", "Fine", tc.message))[0].Message
			if len(got) != tc.want || !utf8.ValidString(got) || !strings.HasPrefix(tc.message, got) {
				t.Errorf("%d bytes, valid %v; want %d", len(got), utf8.ValidString(got), tc.want)
			}
		})
	}
}

// TestConvert carries every field of a status over, and notices what cannot be.
func TestConvert(t *testing.T) {
	status := v1alpha1.OAuthClientStatus{
		ObservedGeneration: 3,
		ClientID:           "shop.orders",
		Conditions:         condition.Merge(nil, 3, start, condition.False(v1alpha1.Ready, "Why", "because")),
		Credentials:        []v1alpha1.CredentialStatus{{ID: "a", State: v1alpha1.CredentialActive, CreatedAt: metav1.NewTime(start)}},
		Effective:          &v1alpha1.EffectiveRules{Scopes: &v1alpha1.DecidedValues{Values: []string{"read"}, DecidedBy: v1alpha1.DecidedByClient}},
	}
	configuration := oauthac.OAuthClientStatus()
	if err := condition.Convert(status, configuration); err != nil {
		t.Fatal(err)
	}
	var back v1alpha1.OAuthClientStatus
	if err := condition.Convert(configuration, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(status, back); diff != "" {
		t.Errorf("there and back (-want +got):\n%s", diff)
	}
	if condition.Convert(make(chan int), configuration) == nil || condition.Convert(status, nil) == nil {
		t.Error("what cannot be carried over is no error")
	}
}
