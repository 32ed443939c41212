package policy

import (
	"cmp"
	"slices"
	"time"

	"tokenwright.dev/api/v1alpha1"
)

// Governance is the outcome of Governing.
type Governance struct {
	// Rooted says that an accepted root policy selects the subject: without one nobody but the client itself would have a say.
	Rooted bool
	// PendingRoot and PendingLocal are the policies that might select the subject, but have no accepted version, in order of
	// name. Neither takes part in Rules: a root policy then gives nothing yet, and takes nothing away that other root policies
	// allow; a local one is for its own namespace to wait for.
	PendingRoot, PendingLocal []v1alpha1.PolicyName

	root, local             *Set
	chosenRoots, chosenMere chosen
}

// Governing finds the policies that the subject is under, among those of its issuer's namespace and of its own. Either may
// be nil; where both are one namespace, local is not looked at.
//
// The law that the operator keeps by it: whatever state local policies are in, and whatever became of policies before, a
// client never holds more than the accepted root policies of now and the admission of its issuer allow (TestLaw here, and
// TestThePlatformHasTheLastWord over histories of registrations).
func Governing(subject Subject, root, local *Set) Governance {
	var g Governance
	if root == nil {
		root = new(Set)
	}
	if local == nil || subject.Namespace == subject.IssuerNamespace {
		local = new(Set)
	}
	g.root, g.chosenRoots, g.PendingRoot = root, root.choose(subject, true), root.pending
	g.local, g.chosenMere, g.PendingLocal = local, local.choose(subject, false), local.pending
	g.Rooted = slices.ContainsFunc([]byte(g.chosenRoots), func(bits byte) bool { return bits != 0 })
	return g
}

// Rules is the meet of all policies that govern. Only a root policy can give what nobody has by default, a lifetime beyond
// the built-in longest among it. The result is shared and must not be changed.
func (g Governance) Rules() Rules { return g.outcome().rules }

// Names lists the policies that govern, in order. The result is shared and must not be changed.
func (g Governance) Names() []v1alpha1.PolicyName { return g.outcome().names }

func (g Governance) outcome() outcome {
	if g.root == nil {
		return outcome{}
	}
	keeper := &g.local.outcomes
	if len(g.local.members) == 0 {
		keeper = &g.root.outcomes
	}
	return keeper.of(g.root, [2]chosen{g.chosenRoots, g.chosenMere}, func() outcome {
		return combine(g.chosenRoots.of(g.root), g.chosenMere.of(g.local))
	})
}

// combine works out what root and local policies come to.
func combine(roots, locals []*member) outcome {
	var out outcome
	root, local := make([]Rules, 0, len(roots)), make([]Rules, 0, len(locals))
	for _, m := range roots {
		out.names, root = append(out.names, m.name), append(root, m.rules)
	}
	for _, m := range locals {
		each := m.rules
		each.ResourceServers, each.ClientIDs = nil, nil
		each.Consent, each.SkippedScopes = Choice[v1alpha1.ConsentRule]{}, nil
		out.names, local = append(out.names, m.name), append(local, each)
	}
	slices.SortFunc(out.names, cmp.Compare)
	above, below := Meet(root...), Meet(local...)
	below.narrowBuiltin(above)
	out.rules = Meet(above, below)
	return out
}

// narrowBuiltin drops what a local policy says beyond a built-in bound that no root policy has replaced.
func (r *Rules) narrowBuiltin(root Rules) {
	for _, b := range []struct {
		local   *Bound
		root    Bound
		builtin time.Duration
	}{
		{&r.MaxLifetime, root.MaxLifetime, MaxAccessTokenLifetime},
		{&r.MaxRefreshLifetime, root.MaxRefreshLifetime, MaxRefreshTokenLifetime},
		{&r.MaxIdleLifetime, root.MaxIdleLifetime, MaxRefreshTokenIdleLifetime},
		{&r.ReuseGrace, root.ReuseGrace, DefaultReuseGrace},
		{&r.MaxIDLifetime, root.MaxIDLifetime, MaxIDTokenLifetime},
	} {
		if b.root.By == "" && b.local.Value > b.builtin {
			*b.local = Bound{}
		}
	}
}
