package accepted_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

// shelf stands in for a cache: it lists the policies that the test gives it, and reads the rest from the API server.
type shelf struct {
	client.Reader
	policies []v1alpha1.TokenPolicy
}

func (s *shelf) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.TokenPolicyList).Items = s.policies
	return nil
}

// counting counts live reads.
type counting struct {
	client.Reader
	reads int
}

func (c *counting) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	c.reads++
	return c.Reader.Get(ctx, key, object, options...)
}

// library is a Book over a shelf.
type library struct {
	*accepted.Book
	*shelf
	live     *counting
	versions accepted.Versions
	env      *env.Env
	system   string
}

func open(t *testing.T) *library {
	e := env.Start(t)
	l := &library{shelf: &shelf{Reader: e.Client}, live: &counting{Reader: e.Client}, env: e, system: e.Namespace(t)}
	l.versions = accepted.Versions{Live: l.live, IssuerNamespaces: []string{l.system}}
	l.Book = accepted.NewBook(l.shelf, l.versions)
	return l
}

// policy makes one of the shelf's policies, in some generation.
func (l *library) policy(name string, generation int64, options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
	tp := build.TokenPolicy(l.system+"/"+name, options...)
	tp.UID, tp.Generation = types.UID("uid-"+name), generation
	return tp
}

// allowed lists the scope patterns in force for a client under all policies.
func (l *library) allowed(t *testing.T) []string {
	t.Helper()
	set, err := l.Policies(t.Context(), l.system)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, limit := range policy.Governing(policy.Subject{IssuerNamespace: l.system}, set, nil).Rules().Scopes {
		out = append(out, limit.Values...)
	}
	return out
}

// TestStanding prefers the current version, then the kept one of the same policy, then nothing; and reads what is kept once.
func TestStanding(t *testing.T) {
	l := open(t)
	want := func(when string, tp *v1alpha1.TokenPolicy, want ...string) {
		t.Helper()
		l.policies = []v1alpha1.TokenPolicy{*tp}
		if got := l.allowed(t); !slices.Equal(got, want) {
			t.Errorf("%s: %q is in force, want %q", when, got, want)
		}
	}
	broken := l.policy("p", 3, build.AllowScopes("broken"), build.SelectNonsense())
	another := broken.DeepCopy()
	another.UID = "another"
	want("never accepted", broken)
	if err := l.versions.Keep(t.Context(), l.env.Client, l.policy("p", 1, build.AllowScopes("kept"))); err != nil {
		t.Fatal(err)
	}
	want("kept by somebody meanwhile", broken, "kept")
	want("acceptable, and not kept yet", l.policy("p", 2, build.AllowScopes("current")), "current")
	want("no longer acceptable", broken, "kept")
	want("another policy of the name", another)
	want("the policy again", broken, "kept")
	l.live.reads = 0
	for range 10 {
		want("as before", broken, "kept")
	}
	if l.live.reads != 0 {
		t.Errorf("%d live reads for what has not changed, want none", l.live.reads)
	}
	_, why, err := l.Book.Standing(t.Context(), broken)
	if err != nil || why == nil || why.Reason != v1alpha1.ReasonInvalidSelector {
		t.Errorf("its current version is refused for %v (%v), want %s", why, err, v1alpha1.ReasonInvalidSelector)
	}
}

// TestBrokenBeforeItWasKept: what was in force stays so, though nobody came to keep it.
func TestBrokenBeforeItWasKept(t *testing.T) {
	l := open(t)
	l.policies = []v1alpha1.TokenPolicy{*l.policy("p", 1, build.AllowScopes("first"))}
	l.allowed(t)
	l.policies = []v1alpha1.TokenPolicy{*l.policy("p", 2, build.AllowScopes("second"), build.SelectNonsense())}
	if got := l.allowed(t); !slices.Equal(got, []string{"first"}) {
		t.Errorf("%q is in force, want what was", got)
	}
}

// TestTooMany counts the oldest policies, whatever order they come in; one that goes makes room for the next.
func TestTooMany(t *testing.T) {
	l := open(t)
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	local := l.env.Namespace(t)
	for i := range policy.MaxLocalPolicies + 2 {
		tp := build.TokenPolicy(fmt.Sprintf("%s/p%d", local, i))
		tp.UID, tp.Generation = types.UID(fmt.Sprintf("uid-%d", i)), 1
		tp.CreationTimestamp = metav1.NewTime(start.Add(-time.Duration(i) * time.Hour))
		l.policies = append(l.policies, *tp)
	}
	refused := func() (names []string) {
		t.Helper()
		for i := range l.policies {
			spec, why, err := l.Book.Standing(t.Context(), &l.policies[i])
			if err != nil {
				t.Fatal(err)
			}
			if why != nil && why.Reason == v1alpha1.ReasonTooMany && spec == nil {
				names = append(names, l.policies[i].Name)
			}
		}
		return names
	}
	if got := refused(); !slices.Equal(got, []string{"p0", "p1"}) {
		t.Errorf("too many are %q, want the two youngest", got)
	}
	l.policies = slices.Delete(l.policies, 50, 51)
	if got := refused(); !slices.Equal(got, []string{"p0"}) {
		t.Errorf("after one went, too many are %q, want the youngest", got)
	}
	set, err := l.Policies(t.Context(), local)
	if err != nil {
		t.Fatal(err)
	}
	g := policy.Governing(policy.Subject{Namespace: local, IssuerNamespace: l.system}, nil, set)
	if len(g.Names()) != policy.MaxLocalPolicies || len(g.PendingLocal) != 1 {
		t.Errorf("%d policies govern and %d are pending, want %d and 1", len(g.Names()), len(g.PendingLocal), policy.MaxLocalPolicies)
	}
}

// TestNamespaceWithoutPolicies costs no memory, once they are gone.
func TestNamespaceWithoutPolicies(t *testing.T) {
	l := open(t)
	l.policies = []v1alpha1.TokenPolicy{*l.policy("p", 1, build.AllowScopes("a"))}
	l.allowed(t)
	l.policies = nil
	if got := l.allowed(t); got != nil || l.Book.Pages() != 0 {
		t.Errorf("%q is in force, %d namespaces are remembered; want none", got, l.Book.Pages())
	}
}

// BenchmarkPolicies is what a pass over one client pays for the policies of a namespace that have not changed.
func BenchmarkPolicies(b *testing.B) {
	for _, count := range []int{20, 500} {
		b.Run(fmt.Sprintf("policies=%d", count), func(b *testing.B) {
			s := new(shelf)
			for i := range count {
				tp := build.TokenPolicy(fmt.Sprintf("system/p%d", i))
				tp.UID = types.UID(fmt.Sprintf("6b4e0f3c-9f4e-4a53-9f57-%012d", i))
				s.policies = append(s.policies, *tp)
			}
			book := accepted.NewBook(s, accepted.Versions{IssuerNamespaces: []string{"system"}})
			for b.Loop() {
				if _, err := book.Policies(b.Context(), "system"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
