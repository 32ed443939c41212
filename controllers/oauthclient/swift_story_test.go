package oauthclient_test

import (
	"context"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/controllers/fairqueue"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// counted is a reader that counts.
type counted struct {
	client.Reader
	reads int
}

func (c *counted) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	c.reads++
	return c.Reader.Get(ctx, key, object, options...)
}

// press lets something that the platform changed wait, so that passes are swift.
func (s *story) press() {
	another := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "team", Name: "another"}}
	s.reconciler.Queue = fairqueue.New()
	s.reconciler.Queue.Mark(fairqueue.Platform, another)
	s.reconciler.Queue.Push(another)
}

// TestSwiftPassesReadNothing: what this process wrote itself it knows, and what others wrote since it reads.
func TestSwiftPassesReadNothing(t *testing.T) {
	s := begin(t)
	live := &counted{Reader: s.Client}
	s.reconciler.Live = live
	oc := s.registered(t, "web", build.Scopes("a", "b", "c"))
	before := s.registration(t, oc).Credentials
	s.press()
	live.reads = 0
	for _, allowed := range [][]string{{"a", "b"}, {"a"}} {
		stage.Change(t, s.Stage, s.root, build.AllowScopes(allowed...))
		s.pass(t, oc)
		if writes := s.Writes(); !slices.Equal(writes, []string{"update registration"}) || live.reads > 0 {
			t.Errorf("wrote %q after %d reads, want the registration written after none", writes, live.reads)
		}
		if got := s.registration(t, oc).Scopes; !slices.Equal(got, allowed) {
			t.Errorf("registered for %q, want %q", got, allowed)
		}
	}
	s.press()
	held := s.registrationSecret(oc)
	s.Read(t, held)
	held.Labels["team.example.com/note"] = "kept"
	if err := s.Client.Update(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	stage.Change(t, s.Stage, s.root, build.AllowScopes("b"))
	s.pass(t, oc)
	if s.Read(t, held); held.Labels["team.example.com/note"] != "kept" || live.reads != 1 {
		t.Errorf("%d reads, and the labels %q: want one, and what others added kept", live.reads, held.Labels)
	}
	if after := s.registration(t, oc); !slices.Equal(after.Scopes, []string{"b"}) || after.Credentials[0].ID != before[0].ID {
		t.Errorf("registered for %q with the credential %s, want b and %s", after.Scopes, after.Credentials[0].ID, before[0].ID)
	}
}

// TestSwiftPassesOverwriteNothing: what is at hand may be behind. Then the API server refuses it.
func TestSwiftPassesOverwriteNothing(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a", "b"))
	held := s.registrationSecret(oc)
	stage.Change(t, s.Stage, s.root, build.AllowScopes("a"))
	s.Sync(t)
	s.Freeze()
	s.Read(t, held)
	held.Labels["team.example.com/note"] = "kept"
	if err := s.Client.Update(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	s.press()
	if _, err := s.TryStale(t, s.reconciler, oc); err != nil && !apierrors.IsConflict(err) {
		t.Fatal(err)
	}
	if s.Read(t, held); held.Labels["team.example.com/note"] != "kept" {
		t.Error("what another wrote is gone")
	}
	if got := s.registration(t, oc).Scopes; !slices.Equal(got, []string{"a"}) {
		t.Errorf("registered for %q, want a: the pass after the refusal reads", got)
	}
}

// TestRegistrationsFirst: while more of what the platform changed waits, a pass writes the registration and leaves the rest
// to a later one.
func TestRegistrationsFirst(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a", "b"))
	s.press()
	stage.Change(t, s.Stage, s.root, build.AllowScopes("a"))
	s.Writes()
	if result := s.pass(t, oc); result.RequeueAfter == 0 || !slices.Equal(s.Writes(), []string{"update registration"}) {
		t.Errorf("comes again after %v, want the registration written first and the rest soon", result.RequeueAfter)
	}
	s.reconciler.Queue.Pop()
	s.pass(t, oc)
	if writes := s.Writes(); !slices.Equal(writes, []string{"update credentials", "apply OAuthClient status"}) {
		t.Errorf("wrote %q then, want the rest", writes)
	}
	s.press()
	s.Delete(t, s.credentialsSecret(oc))
	s.Writes()
	s.pass(t, oc)
	if writes := s.Writes(); len(writes) > 0 {
		t.Errorf("wrote %q while others' registrations wait, want nothing: a lost Secret can wait, and no credential is made without it", writes)
	}
	s.reconciler.Queue.Pop()
	s.settle(t, oc)
	if r := s.registration(t, oc); len(r.Credentials) != 2 || !s.accepts(t, oc, s.clientSecret(t, oc)) {
		t.Errorf("%d credentials are registered, want the new one and the former one", len(r.Credentials))
	}
}

// TestSwiftPassesRevoke: a client that may not be registered any more loses its registration first of all, too.
func TestSwiftPassesRevoke(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	s.press()
	s.Delete(t, s.root)
	s.pass(t, oc)
	if writes := s.Writes(); !slices.Equal(writes, []string{"delete registration"}) || !s.Gone(t, s.registrationSecret(oc)) {
		t.Errorf("wrote %q, want the registration deleted", writes)
	}
}
