package rollout

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Turn is a moment: of two, the later one is greater.
type Turn int64

// Change is the latest change of a policy that was seen.
type Change struct {
	uid        types.UID
	generation int64
	turn       Turn
	// Seen is when it was.
	Seen time.Time
}

// AtStart tells whether the policy was as it is when this process began to look.
func (c Change) AtStart() bool { return c.turn == 0 }

// Tracker notes when policies changed and when each client last followed them. It is safe for concurrent use; nil takes
// every client to follow.
type Tracker struct {
	mu       sync.Mutex
	turn     Turn
	followed map[types.NamespacedName]Turn
	changes  map[types.NamespacedName]Change
}

// New knows of nobody.
func New() *Tracker {
	return &Tracker{followed: map[types.NamespacedName]Turn{}, changes: map[types.NamespacedName]Change{}}
}

// Begin is the moment to be told to Done by a pass that reads policies from now on.
func (t *Tracker) Begin() Turn {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.turn
}

// Done says that a client follows the policies as they were at the moment that its pass began.
func (t *Tracker) Done(oauthClient types.NamespacedName, begun Turn) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.followed[oauthClient] = begun
}

// Forget is for a client that is gone.
func (t *Tracker) Forget(oauthClient types.NamespacedName) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.followed, oauthClient)
}

// Found says that a policy was there when this process began to look: every pass knows it as it was then.
func (t *Tracker) Found(policy client.Object, now time.Time) { t.note(policy, now, false) }

// Changed says that a policy is there in another generation than before. Whoever says so has those clients pass that it
// concerns: only passes from then on count.
func (t *Tracker) Changed(policy client.Object, now time.Time) { t.note(policy, now, true) }

func (t *Tracker) note(policy client.Object, now time.Time, later bool) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	key := client.ObjectKeyFromObject(policy)
	known, ok := t.changes[key]
	if ok && known.uid == policy.GetUID() && known.generation >= policy.GetGeneration() {
		return
	}
	next := Change{uid: policy.GetUID(), generation: policy.GetGeneration(), Seen: now}
	if later {
		t.turn++
		next.turn = t.turn
	}
	t.changes[key] = next
}

// Latest is the change that brought a policy into its generation. It reports false when nobody has told of that yet: its
// clients have passes before them.
func (t *Tracker) Latest(policy client.Object) (Change, bool) {
	if t == nil {
		return Change{}, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.changes[client.ObjectKeyFromObject(policy)]
	return known, ok && known.uid == policy.GetUID() && known.generation >= policy.GetGeneration()
}

// ForgetPolicy is for a policy that is gone.
func (t *Tracker) ForgetPolicy(policy types.NamespacedName) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.changes, policy)
}

// Follows tells whether a pass of a client began after a change.
func (t *Tracker) Follows(oauthClient types.NamespacedName, change Change) bool {
	if t == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	begun, ok := t.followed[oauthClient]
	return ok && begun >= change.turn
}
