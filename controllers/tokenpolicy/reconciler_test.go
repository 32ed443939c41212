package tokenpolicy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/rollout"
	"tokenwright.dev/controllers/tokenpolicy"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

type story struct {
	*stage.Stage
	reconciler *tokenpolicy.Reconciler
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{Stage: stage.New(t)}
	s.reconciler = s.TokenPolicies()
	return s
}

// kept reads the accepted version of a policy.
func (s *story) kept(t *testing.T, tp *v1alpha1.TokenPolicy) *v1alpha1.TokenPolicySpec {
	t.Helper()
	spec, _, err := s.Versions().Kept(t.Context(), tp)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// TestReasons is the table of what becomes of a policy's current spec, and of what is in force then.
func TestReasons(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	namespaces := build.SelectNamespaces(map[string]string{"tier": "web"})
	for _, tc := range []struct {
		name   string
		root   bool
		policy []func(*v1alpha1.TokenPolicy)
		status metav1.ConditionStatus
		reason string
		says   string
	}{
		{"smallest", true, nil, yes, v1alpha1.ReasonAccepted, ""},
		{"smallest, local", false, nil, yes, v1alpha1.ReasonAccepted, ""},
		{"root fields", true, options(namespaces, build.AllowGuards("https://x.example"), build.AllowClientIDs("legacy")), yes,
			v1alpha1.ReasonAccepted, ""},
		{"local with namespaceSelector", false, options(namespaces), no, v1alpha1.ReasonRootOnly, "namespaceSelector"},
		{"local with resourceServers", false, options(build.AllowGuards()), no, v1alpha1.ReasonRootOnly, "resourceServers"},
		{"local with clientIDs", false, options(build.AllowClientIDs()), no, v1alpha1.ReasonRootOnly, "clientIDs"},
		{"local with consent", false, options(build.AllowScopes("openid"), build.Consent(v1alpha1.ConsentSkip)), no, v1alpha1.ReasonRootOnly, "consent"},
		{"no selector", true, options(build.SelectNonsense()), no, v1alpha1.ReasonInvalidSelector, "clientSelector"},
		{"no namespace selector", true, options(func(tp *v1alpha1.TokenPolicy) { tp.Spec.NamespaceSelector = build.Nonsense() }), no,
			v1alpha1.ReasonInvalidSelector, "namespaceSelector"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			namespace := s.Apps
			if tc.root {
				namespace = s.System
			}
			tp := build.TokenPolicy(namespace+"/p", tc.policy...)
			s.Create(t, tp)
			s.Reconcile(t, s.reconciler, tp)
			s.WantCondition(t, tp, v1alpha1.Accepted, tc.status, tc.reason)
			ready := map[bool]string{true: v1alpha1.ReasonReady, false: tc.reason}[tc.status == yes]
			s.WantCondition(t, tp, v1alpha1.Ready, tc.status, ready)
			if message := stage.Message(tp, v1alpha1.Accepted); !strings.Contains(message, tc.says) {
				t.Errorf("the message %q does not name %s", message, tc.says)
			}
			if kept := s.kept(t, tp) != nil; kept != (tc.status == yes) {
				t.Errorf("a version is kept: %t", kept)
			}
			if told := s.Told(); len(told) != map[bool]int{true: 0, false: 1}[tc.status == yes] {
				t.Errorf("told %q", told)
			}

			s.Writes()
			s.Reconcile(t, s.reconciler, tp)
			if writes, told := s.Writes(), s.Told(); len(writes)+len(told) != 0 {
				t.Errorf("the second pass wrote %q and told %q", writes, told)
			}
		})
	}
}

func options(o ...func(*v1alpha1.TokenPolicy)) []func(*v1alpha1.TokenPolicy) { return o }

// TestAcceptedVersionIsKept writes it once for each generation, and leaves the last one when a later is refused.
func TestAcceptedVersionIsKept(t *testing.T) {
	s := begin(t)
	for _, namespace := range []string{s.System, s.Apps} {
		tp := build.TokenPolicy(namespace+"/p", build.AllowScopes("a"))
		s.Create(t, tp)
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s, "create accepted version", "apply TokenPolicy status")

		stage.Change(t, s.Stage, tp, build.AllowScopes("b"))
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s, "update accepted version", "apply TokenPolicy status")

		stage.Change(t, s.Stage, tp, func(tp *v1alpha1.TokenPolicy) { tp.Labels = map[string]string{"a": "b"} })
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s)

		stage.Change(t, s.Stage, tp, func(tp *v1alpha1.TokenPolicy) {
			build.AllowScopes("c")(tp)
			build.SelectNonsense()(tp)
		})
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s, "apply TokenPolicy status")
		if diff := cmp.Diff([]v1alpha1.ScopePattern{"b"}, s.kept(t, tp).Scopes.Allowed); diff != "" {
			t.Errorf("what is in force allows (-want +got):\n%s", diff)
		}

		s.Delete(t, tp)
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s, "delete accepted version")
		s.Reconcile(t, s.reconciler, tp)
		wantWrites(t, s)
		if s.kept(t, tp) != nil {
			t.Error("a policy that is gone is remembered")
		}
	}
}

func wantWrites(t *testing.T, s *story, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// TestFormerPolicyDecidesNothing gives a policy the name of one that was deleted while nobody looked.
func TestFormerPolicyDecidesNothing(t *testing.T) {
	s := begin(t)
	tp := build.TokenPolicy(s.System+"/p", build.AllowScopes("*"))
	s.Create(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	s.Delete(t, tp)
	tp = build.TokenPolicy(s.System+"/p", build.AllowScopes("a"), build.SelectNonsense())
	s.Create(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	if s.kept(t, tp) != nil {
		t.Error("the rules of a former policy of this name are in force")
	}
}

// TestStaleCacheKeepsNoOlderVersion lets an operator with a cache that stands still run after one that has seen more.
func TestStaleCacheKeepsNoOlderVersion(t *testing.T) {
	s := begin(t)
	tp := build.TokenPolicy(s.System+"/p", build.AllowScopes("old"))
	s.Create(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	s.Freeze()
	stage.Change(t, s.Stage, tp, build.AllowScopes("new"))
	if err := s.Versions().Keep(t.Context(), s.Client, tp); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryStale(t, s.reconciler, tp); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]v1alpha1.ScopePattern{"new"}, s.kept(t, tp).Scopes.Allowed); diff != "" {
		t.Errorf("what is kept allows (-want +got):\n%s", diff)
	}
}

// TestDamagedVersionIsWrittenAnew while the policy is acceptable; otherwise nothing is known of it.
func TestDamagedVersionIsWrittenAnew(t *testing.T) {
	s := begin(t)
	tp := build.TokenPolicy(s.System+"/p", build.AllowScopes("a"))
	s.Create(t, tp)
	s.Reconcile(t, s.reconciler, tp)
	var list corev1.ConfigMapList
	if err := s.Client.List(t.Context(), &list, client.InNamespace(s.System), client.HasLabels{v1alpha1.PolicyLabel}); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d versions are kept (%v), want 1", len(list.Items), err)
	}
	stage.Change(t, s.Stage, &list.Items[0], func(held *corev1.ConfigMap) { held.Data = map[string]string{"policy.json": "{"} })
	if s.kept(t, tp) != nil {
		t.Error("something was read from what is damaged")
	}
	s.Reconcile(t, s.reconciler, tp)
	if s.kept(t, tp) == nil {
		t.Error("the damaged version was not replaced")
	}
}

// TestClientsAreCounted counts those whom the version in force selects, whether or not they are registered.
func TestClientsAreCounted(t *testing.T) {
	s := begin(t)
	more := s.Namespace(t)
	front := map[string]string{"tier": "front"}
	stage.Change(t, s.Stage, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: more}}, func(ns *corev1.Namespace) { ns.Labels = front })
	s.Create(t,
		build.OAuthClient(s.Apps+"/a", build.Labels(front)), build.OAuthClient(s.Apps+"/b"),
		build.OAuthClient(more+"/c", build.Labels(front)), build.OAuthClient(more+"/d"),
		build.OAuthClient(more+"/e", build.Of(more+"/own"), build.Labels(front)),
	)
	for _, tc := range []struct {
		key    string
		policy []func(*v1alpha1.TokenPolicy)
		want   int32
	}{
		{s.System + "/all", nil, 4},
		{s.System + "/front", options(build.SelectClients(front)), 2},
		{s.System + "/front-namespaces", options(build.SelectNamespaces(front)), 2},
		{s.System + "/both", options(build.SelectNamespaces(front), build.SelectClients(front)), 1},
		{s.System + "/none", options(build.SelectClients(map[string]string{"tier": "none"})), 0},
		{s.System + "/never-accepted", options(build.SelectNonsense()), 0},
		{more + "/local", nil, 3},
		{more + "/local-front", options(build.SelectClients(front)), 2},
	} {
		tp := build.TokenPolicy(tc.key, tc.policy...)
		s.Create(t, tp)
		s.Reconcile(t, s.reconciler, tp)
		s.Read(t, tp)
		if got := tp.Status.Clients; got == nil || *got != tc.want {
			t.Errorf("%s: %v, want %d clients", tp.Name, tp.Status, tc.want)
		}
		ready := meta.FindStatusCondition(tp.Status.Conditions, v1alpha1.Ready)
		if (ready.Reason == v1alpha1.ReasonSelectsNobody) != (tc.key == s.System+"/none") {
			t.Errorf("%s: %s %s, want the reason SelectsNobody of whoever selects none", tp.Name, ready.Reason, ready.Message)
		}
	}

	broken := build.TokenPolicy(s.System + "/front")
	stage.Change(t, s.Stage, broken, build.SelectNonsense())
	s.Reconcile(t, s.reconciler, broken)
	s.Read(t, broken)
	if got := *broken.Status.Clients; got != 2 {
		t.Errorf("%d clients are under the last accepted version, want 2", got)
	}
}

// TestCrashes lets the operator die at each write of a policy's life.
func TestCrashes(t *testing.T) {
	for _, moment := range []stage.Moment{stage.Before, stage.After} {
		for n := 1; n <= 2; n++ {
			s := begin(t)
			tp := build.TokenPolicy(s.System+"/p", build.AllowScopes("a"))
			s.Create(t, tp)
			s.CrashAt(n, moment)
			_, err := s.Try(t, s.reconciler, tp)
			if !s.Restart() || err == nil {
				t.Errorf("%s write %d: no crash", moment, n)
			}
			s.Reconcile(t, s.reconciler, tp)
			s.WantCondition(t, tp, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
			if kept := s.kept(t, tp); kept == nil || !slices.Equal(kept.Scopes.Allowed, []v1alpha1.ScopePattern{"a"}) {
				t.Errorf("%s write %d: %v is kept", moment, n, kept)
			}
		}
	}
}

// TestRollout tells of a change that not all clients follow yet, once it lasts longer than a second, and of its end.
func TestRollout(t *testing.T) {
	s := begin(t)
	s.reconciler.Rollout = rollout.New()
	oc, tp := build.OAuthClient(s.Apps+"/a"), build.TokenPolicy(s.System+"/p")
	s.Create(t, oc, tp)
	if result := s.Reconcile(t, s.reconciler, tp); result.RequeueAfter == 0 {
		t.Error("a version that nobody has told of yet is not waited for")
	}
	s.reconciler.Rollout.Changed(tp, s.Clock.Now())
	if result := s.Reconcile(t, s.reconciler, tp); result.RequeueAfter == 0 || result.RequeueAfter > time.Second {
		t.Errorf("looks again after %v, want it within a second", result.RequeueAfter)
	}
	wantWrites(t, s, "create accepted version")
	s.Clock.SetTime(s.Clock.Now().Add(2 * time.Second))
	s.Reconcile(t, s.reconciler, tp)
	s.WantCondition(t, tp, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonRollingOut)
	if *tp.Status.Clients != 1 || *tp.Status.ClientsUpToDate != 0 {
		t.Errorf("%d of %d clients follow, want none of one", *tp.Status.ClientsUpToDate, *tp.Status.Clients)
	}
	s.reconciler.Rollout.Done(client.ObjectKeyFromObject(oc), s.reconciler.Rollout.Begin())
	s.Reconcile(t, s.reconciler, tp)
	s.WantCondition(t, tp, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	s.WantCondition(t, tp, v1alpha1.RolledOut, metav1.ConditionTrue, v1alpha1.ReasonRolledOut)

	s.Writes()
	s.reconciler.Rollout = rollout.New() // of an operator that starts, and has passed over nobody yet
	s.reconciler.Rollout.Found(tp, s.Clock.Now())
	s.Clock.SetTime(s.Clock.Now().Add(time.Hour))
	s.Reconcile(t, s.reconciler, tp)
	wantWrites(t, s)
}
