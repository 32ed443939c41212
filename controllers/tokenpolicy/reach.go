package tokenpolicy

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/rollout"
	"tokenwright.dev/issuer/policy"
)

// A change of a policy is a write for each client that it governs: of ten thousand, an API server takes many seconds. Few
// clients follow in less than quietFor, and nobody needs to hear that they have not yet.
const (
	quietFor      = time.Second
	lookEvery     = 100 * time.Millisecond
	longestLook   = time.Minute
	progressShare = 4
)

// reach is how many clients the version in force governs, and how many of them are registered by it.
type reach struct {
	clients, upToDate int32
	// among is how many clients it could select by where they stand; namespaces and labels are how many of these its two
	// selectors select, each by itself.
	among, namespaces, labels int
	// since is how long ago the version was seen.
	since time.Duration
	// none says that no version is in force.
	none bool
}

func (r reach) complete() bool { return r.upToDate >= r.clients }

// wait is how long to say nothing yet: while nobody has told of the version yet, and a little longer, if not all follow it.
func (r reach) wait(told bool) time.Duration {
	if told && (r.complete() || r.since >= quietFor) {
		return 0
	}
	return lookEvery
}

// lookAgain is when to tell of progress: the longer it takes, the less often.
func (r reach) lookAgain() time.Duration {
	if r.complete() {
		return 0
	}
	return min(max(r.since/progressShare, quietFor), longestLook)
}

func (r reach) condition() metav1.Condition {
	if r.complete() {
		return condition.True(v1alpha1.RolledOut, v1alpha1.ReasonRolledOut, "all clients that it governs are registered by the version in force")
	}
	return condition.False(v1alpha1.RolledOut, v1alpha1.ReasonRollingOut, fmt.Sprintf(
		"%d of %d clients are registered by the version in force; each of the others is a write to the API server", r.upToDate, r.clients))
}

// reach finds out whom the version in force of a policy selects, and who follows it.
func (r *Reconciler) reach(ctx context.Context, tp *v1alpha1.TokenPolicy, inForce *v1alpha1.TokenPolicySpec, change rollout.Change) (reach, error) {
	out := reach{since: r.Clock.Since(change.Seen)}
	if inForce == nil {
		out.none = true
		return out, nil
	}
	among, err := r.Clients.Under(ctx, tp.Namespace)
	if err != nil {
		return out, err
	}
	subjects, err := r.Clients.Subjects(ctx, among)
	if err != nil {
		return out, err
	}
	before := change.AtStart() && rolledOut(tp) // and no start of an operator takes that back
	here, elsewhere := policy.SelectorOf(inForce, true), policy.SelectorOf(inForce, false)
	out.among = len(among)
	for i, oc := range among {
		selector := elsewhere
		if subjects[i].IssuerNamespace == tp.Namespace {
			selector = here
		}
		var selected bool
		if out, selected = out.met(selector.SelectsNamespace(subjects[i]), selector.SelectsClient(subjects[i])); selected {
			out = out.governs(before || r.Rollout.Follows(client.ObjectKeyFromObject(oc), change))
		}
	}
	return out, nil
}

// governs counts a client that the policy selects.
func (r reach) governs(follows bool) reach {
	r.clients++
	if follows {
		r.upToDate++
	}
	return r
}

// met counts a subject by each half of a selector that selects it, and tells whether both do.
func (r reach) met(namespace, labels bool) (reach, bool) {
	if namespace {
		r.namespaces++
	}
	if labels {
		r.labels++
	}
	return r, namespace && labels
}

// nobody says which selector selects none of the clients that are there; empty if some are selected, or there are none.
func (r reach) nobody() string {
	switch {
	case r.clients > 0 || r.among == 0:
		return ""
	case r.namespaces == 0 && r.labels == 0:
		return fmt.Sprintf("of %d clients none stands in a namespace that namespaceSelector selects, and clientSelector selects none", r.among)
	case r.namespaces == 0:
		return fmt.Sprintf("of %d clients none stands in a namespace that namespaceSelector selects", r.among)
	case r.labels == 0:
		return fmt.Sprintf("of %d clients clientSelector selects none", r.among)
	default:
		return fmt.Sprintf("of %d clients namespaceSelector selects %d and clientSelector %d, and none is selected by both",
			r.among, r.namespaces, r.labels)
	}
}

// rolledOut tells whether the status says so of this generation.
func rolledOut(tp *v1alpha1.TokenPolicy) bool {
	c := meta.FindStatusCondition(tp.Status.Conditions, v1alpha1.RolledOut)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == tp.Generation
}
