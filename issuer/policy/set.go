package policy

import (
	"cmp"
	"slices"
	"sync"

	"tokenwright.dev/api/v1alpha1"
)

// Standing is one TokenPolicy as it stands: Spec is its last accepted version, nil if none ever was.
type Standing struct {
	Namespace, Name string
	Spec            *v1alpha1.TokenPolicySpec
}

// PolicyName is the policy's name as status shows it.
func (s Standing) PolicyName() v1alpha1.PolicyName {
	return v1alpha1.PolicyName(s.Namespace + "/" + s.Name)
}

// Set is the policies of one namespace, read once and asked about many clients. Clients under the same ones share one
// result, so that a change which concerns thousands of them is worked out once. A Set never changes, and is safe for
// concurrent use; the zero value and nil hold no policy.
type Set struct {
	namespace string
	members   []member // those with an accepted version, in order of name
	pending   []v1alpha1.PolicyName
	outcomes  outcomes
}

// member is an accepted policy, ready to be asked.
type member struct {
	name           v1alpha1.PolicyName
	asRoot, asMere Selector // standing in the namespace of the client's issuer, and elsewhere
	rules          Rules
}

// NewSet reads the policies of namespace; those of others are left out.
func NewSet(namespace string, standings []Standing) *Set {
	s := &Set{namespace: namespace}
	for _, standing := range standings {
		switch name := standing.PolicyName(); {
		case standing.Namespace != namespace:
		case standing.Spec == nil:
			s.pending = append(s.pending, name)
		default:
			s.members = append(s.members, member{
				name: name, rules: RulesOf(name, standing.Spec),
				asRoot: SelectorOf(standing.Spec, true), asMere: SelectorOf(standing.Spec, false),
			})
		}
	}
	slices.SortFunc(s.members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	slices.Sort(s.pending)
	return s
}

// chosen are some members of a Set, one bit for each.
type chosen string

// choose finds the members that select the subject.
func (s *Set) choose(subject Subject, root bool) chosen {
	bits := make([]byte, (len(s.members)+7)/8)
	for i := range s.members {
		selector := &s.members[i].asMere
		if root {
			selector = &s.members[i].asRoot
		}
		if selector.Selects(subject) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return chosen(bits)
}

// of lists the chosen members of s, in order of name.
func (c chosen) of(s *Set) []*member {
	var out []*member
	for i := range s.members {
		if c[i/8]&(1<<(i%8)) != 0 {
			out = append(out, &s.members[i])
		}
	}
	return out
}

// outcome is what the policies that govern a client come to.
type outcome struct {
	names []v1alpha1.PolicyName
	rules Rules
}

// rememberedOutcomes bounds what a Set remembers: so many different choices among its policies are rare, and tenants
// can make more of them by labels.
const rememberedOutcomes = 256

// outcomes remembers what choices came to, beside one root Set at a time.
type outcomes struct {
	mu    sync.Mutex
	root  *Set
	known map[[2]chosen]outcome
}

// of returns what a choice came to, or works it out.
func (o *outcomes) of(root *Set, choice [2]chosen, work func() outcome) outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.root != root || len(o.known) >= rememberedOutcomes {
		o.root, o.known = root, map[[2]chosen]outcome{}
	}
	if o.known == nil {
		o.known = map[[2]chosen]outcome{}
	}
	found, ok := o.known[choice]
	if !ok {
		found = work()
		o.known[choice] = found
	}
	return found
}
