package grant_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/store"
)

// listening is Web, which hears of logouts.
func listening(t *testing.T) (*scene, store.Grant) {
	t.Helper()
	s, client := newScene(t), issuertest.Web()
	client.BackchannelLogoutURI = "https://web.example/heard"
	granted, err := s.redeem(client, s.code(client, lasts(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	return s, *granted.Authorization
}

// lasts is a code of a session that ends so long after Start.
func lasts(session time.Duration) func(*grant.Code) {
	return func(c *grant.Code) { c.SessionEnds = issuertest.Start.Add(session).Unix() }
}

// Of many who end or release a grant at once, while it is used and written all the time, one wins.
func TestOneWins(t *testing.T) {
	for name, do := range map[string]func(context.Context, store.Grants, *store.Grant) (grant.Outcome, error){
		"end": func(ctx context.Context, grants store.Grants, g *store.Grant) (grant.Outcome, error) {
			return grant.End(ctx, grants, g, issuertest.Start)
		},
		"release": grant.Release,
	} {
		t.Run(name, func(t *testing.T) {
			s, by := listening(t)
			var racing sync.WaitGroup
			outcomes := make([]grant.Outcome, 16)
			for i := range outcomes {
				racing.Go(func() {
					used := by
					used.LastUsed = issuertest.Start.Add(time.Duration(i) * time.Second)
					_, _ = s.store.Update(t.Context(), used)
					var err error
					if outcomes[i], err = do(t.Context(), s.store, &by); err != nil {
						t.Error(err)
					}
				})
			}
			racing.Wait()
			won := 0
			for _, outcome := range outcomes {
				if outcome == grant.Won {
					won++
				}
			}
			after, err := s.store.Get(t.Context(), by.ID, store.Latest)
			if won != 1 || err != nil || after.Awaits() {
				t.Errorf("%d won; then %+v, %v", won, after, err)
			}
		})
	}
}

// stuck is a store in which somebody is always faster, or that is away.
type stuck struct {
	store.Grants

	err error
}

func (s stuck) Update(context.Context, store.Grant) (store.Grant, error) {
	return store.Grant{}, s.err
}

func TestChangeFails(t *testing.T) {
	s, by := listening(t)
	if _, err := grant.End(t.Context(), stuck{s.store, store.ErrConflict}, &by, s.clock); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("always too late: %v", err)
	}
	if _, err := grant.Release(t.Context(), stuck{s.store, store.ErrUnavailable}, &by); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("away: %v", err)
	}
	gone := by
	gone.ID = "gone"
	if outcome, err := grant.End(t.Context(), s.store, &gone, s.clock); outcome != grant.Gone || err != nil {
		t.Errorf("of what is gone: %v, %v", outcome, err)
	}
}

// A session that is prolonged takes along what was granted in it, and nothing else.
func TestProlong(t *testing.T) {
	const later = 5 * time.Hour
	for _, tc := range []struct {
		name    string
		change  func(*store.Grant)
		session time.Duration // it ends so long after Start then
		lives   time.Duration
	}{
		{"of a client that listens", func(*store.Grant) {}, later, later},
		{"of any other", func(g *store.Grant) { g.HeldUntil = time.Time{} }, later, later},
		{"that lives to its idle lifetime", func(g *store.Grant) { g.HeldUntil, g.Idle = time.Time{}, 2*time.Hour }, later, 2 * time.Hour},
		{"that ends sooner by its age", func(g *store.Grant) { g.HeldUntil, g.Expires = time.Time{}, issuertest.Start.Add(90*time.Minute) }, later, 90 * time.Minute},
		{"whose session ends later", func(g *store.Grant) { g.SessionEnds = issuertest.Start.Add(2 * later) }, 2 * later, 2 * later},
		{"that was revoked", func(g *store.Grant) { g.RevokedAt = issuertest.Start }, time.Hour, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, by := listening(t)
			tc.change(&by)
			by, err := s.store.Update(t.Context(), by)
			if err != nil {
				t.Fatal(err)
			}
			if err := grant.Prolong(t.Context(), s.store, &by, issuertest.Start.Add(later)); err != nil {
				t.Fatal(err)
			}
			after, err := s.store.Get(t.Context(), by.ID, store.Latest)
			if err != nil || !after.SessionEnds.Equal(issuertest.Start.Add(tc.session)) {
				t.Errorf("session ends %v, %v", after.SessionEnds, err)
			}
			if tc.lives > 0 && !after.Live(issuertest.Start.Add(tc.lives-time.Second)) || after.Live(issuertest.Start.Add(tc.lives)) {
				t.Errorf("it lives until %v, want %v", after.Ends(), issuertest.Start.Add(tc.lives))
			}
		})
	}
	s, by := listening(t)
	by.SessionEnds = time.Time{} // as of a former version
	if by, err := s.store.Update(t.Context(), by); err != nil || grant.Prolong(t.Context(), s.store, &by, s.clock.Add(later)) != nil {
		t.Fatal(err)
	}
	if after, err := s.store.Get(t.Context(), by.ID, store.Latest); err != nil || !after.SessionEnds.IsZero() {
		t.Errorf("of no session that ends: %v, %v", after.SessionEnds, err)
	}
}

// An online grant ends with the session of its code; offline access does not, nor what a code of a former version buys, which
// names no end.
func TestOnlineEndsWithItsSession(t *testing.T) {
	offline := func(c *grant.Code) { c.Scopes = append(c.Scopes, grant.OfflineAccess) }
	for _, tc := range []struct {
		name    string
		changes []func(*grant.Code)
		listens bool
		lives   bool // after the session
	}{
		{"online", []func(*grant.Code){lasts(time.Hour)}, false, false},
		{"online, of a client that listens", []func(*grant.Code){lasts(time.Hour)}, true, false},
		{"offline", []func(*grant.Code){lasts(time.Hour), offline}, false, true},
		{"offline, of a client that listens", []func(*grant.Code){lasts(time.Hour), offline}, true, true},
		{"a code of a former version", nil, false, true},
		{"a code of a former version, of a client that listens", nil, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, client := newScene(t), issuertest.Web()
			if tc.listens {
				client.BackchannelLogoutURI = "https://web.example/heard"
			}
			granted, err := s.redeem(client, s.code(client, tc.changes...))
			if err != nil {
				t.Fatal(err)
			}
			s.clock = s.clock.Add(time.Hour - time.Second)
			if _, err := s.refresh(client, granted.RefreshToken); err != nil {
				t.Errorf("just before: %v", err)
			}
			s.clock = s.clock.Add(time.Second)
			if _, err := s.refresh(client, granted.RefreshToken); (err == nil) != tc.lives {
				t.Errorf("just after: %v, want it to live: %t", err, tc.lives)
			}
			by := granted.Authorization
			if by.Awaits() != (tc.listens && len(tc.changes) > 0) {
				t.Errorf("the client awaits the end of the session: %t", by.Awaits())
			}
			late := append(tc.changes, func(c *grant.Code) { c.ID = "code-2" })
			if _, err := s.redeem(client, s.code(client, late...)); (err == nil) != tc.lives {
				t.Errorf("a code that was under way: %v", err)
			}
		})
	}
}
