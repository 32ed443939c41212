package tokenpolicy

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// TestConditions is the table of what is said of a policy by how many of its clients follow it.
func TestConditions(t *testing.T) {
	tooMany := policy.AcceptRanked(&v1alpha1.TokenPolicySpec{}, false, policy.MaxLocalPolicies)
	broken := policy.Accept(&v1alpha1.TokenPolicySpec{
		ClientSelector: build.Nonsense(), NamespaceSelector: new(metav1.LabelSelector), ClientIDs: new(v1alpha1.ClientIDRules),
	}, false)
	for _, tc := range []struct {
		name    string
		refusal *policy.Refusal
		remarks []string
		reach   reach
		reason  string // of Ready
		beside  string // the condition that tells who is to act; empty if nobody
		rolled  string // the reason of RolledOut; empty if it is not there
		says    string
	}{
		{"no clients", nil, nil, reach{}, v1alpha1.ReasonReady, "", v1alpha1.ReasonRolledOut, ""},
		{"all follow", nil, nil, reach{clients: 3, upToDate: 3}, v1alpha1.ReasonReady, "", v1alpha1.ReasonRolledOut, ""},
		{"some follow", nil, nil, reach{clients: 10_000, upToDate: 4200}, v1alpha1.ReasonRollingOut, v1alpha1.Reconciling, v1alpha1.ReasonRollingOut, "4200 of 10000"},
		{"a remark", nil, []string{"orders:* is in *"}, reach{clients: 1, upToDate: 1, among: 1}, v1alpha1.ReasonReady, "", v1alpha1.ReasonRolledOut,
			"in force; orders:* is in *"},
		{"no namespace", nil, nil, reach{among: 7, labels: 7}, v1alpha1.ReasonSelectsNobody, "", v1alpha1.ReasonRolledOut,
			"of 7 clients none stands in a namespace that namespaceSelector selects"},
		{"no client", nil, nil, reach{among: 7, namespaces: 2}, v1alpha1.ReasonSelectsNobody, "", v1alpha1.ReasonRolledOut, "clientSelector selects none"},
		{"neither", nil, nil, reach{among: 7}, v1alpha1.ReasonSelectsNobody, "", v1alpha1.ReasonRolledOut, "and clientSelector selects none"},
		{"not both", nil, nil, reach{among: 7, namespaces: 2, labels: 3}, v1alpha1.ReasonSelectsNobody, "", v1alpha1.ReasonRolledOut, "selects 2 and clientSelector 3"},
		{"refused", tooMany, nil, reach{none: true}, v1alpha1.ReasonTooMany, v1alpha1.Stalled, "", "100 policies"},
		{"refused, and all follow the one in force", tooMany, nil, reach{clients: 3, upToDate: 3}, v1alpha1.ReasonTooMany, v1alpha1.Stalled,
			v1alpha1.ReasonRolledOut, "100 policies"},
		{"refused, and some follow the one in force", tooMany, nil, reach{clients: 3, upToDate: 2}, v1alpha1.ReasonTooMany, v1alpha1.Stalled,
			v1alpha1.ReasonRollingOut, "stays in force; see also RolledOut (RollingOut)"},
		{"refused for all that is wrong", broken, nil, reach{none: true}, v1alpha1.ReasonRootOnly, v1alpha1.Stalled, "",
			"namespaceSelector, clientIDs belong to policies in the namespace of an issuer: remove them, or ask the platform team for a policy there; " +
				"also InvalidSelector: clientSelector: "},
		{"refused, and a remark", tooMany, []string{"orders:* is in *"}, reach{none: true}, v1alpha1.ReasonTooMany, v1alpha1.Stalled, "",
			"stays in force; orders:* is in *"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := conditions(tc.refusal, tc.remarks, tc.reach)
			ready, rolled := meta.FindStatusCondition(got, v1alpha1.Ready), meta.FindStatusCondition(got, v1alpha1.RolledOut)
			if ready.Reason != tc.reason || !strings.Contains(ready.Message, tc.says) {
				t.Errorf("%v, want %s that says %q", ready, tc.reason, tc.says)
			}
			if tc.beside != "" && !meta.IsStatusConditionTrue(got, tc.beside) {
				t.Errorf("%v, want %s", got, tc.beside)
			}
			if (rolled == nil) != (tc.rolled == "") || rolled != nil && rolled.Reason != tc.rolled {
				t.Errorf("RolledOut is %v, want %q", rolled, tc.rolled)
			}
		})
	}
	if is := conditions(nil, nil, reach{})[0].Status; is != metav1.ConditionTrue {
		t.Errorf("Ready is %s without clients, want True", is)
	}
}

// TestWhenToTell says nothing of what takes less than a second, and tells of the rest the less often the longer it takes.
func TestWhenToTell(t *testing.T) {
	for _, tc := range []struct {
		name      string
		reach     reach
		wait      time.Duration
		lookAgain time.Duration
	}{
		{"all follow", reach{clients: 1, upToDate: 1}, 0, 0},
		{"at once", reach{clients: 1}, lookEvery, quietFor},
		{"after a second", reach{clients: 1, since: time.Second}, 0, time.Second},
		{"after twenty seconds", reach{clients: 1, since: 20 * time.Second}, 0, 5 * time.Second},
		{"after an hour", reach{clients: 1, since: time.Hour}, 0, time.Minute},
	} {
		if wait, again := tc.reach.wait(true), tc.reach.lookAgain(); wait != tc.wait || again != tc.lookAgain {
			t.Errorf("%s: waits %v and looks again after %v, want %v and %v", tc.name, wait, again, tc.wait, tc.lookAgain)
		}
	}
	if wait := (reach{}).wait(false); wait != lookEvery {
		t.Errorf("waits %v for the news of a version, want %v", wait, lookEvery)
	}
}
