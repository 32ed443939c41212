package grant

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestTurnOf(t *testing.T) {
	rotating := &registration.RefreshTokenRules{Rotate: true, ReuseGrace: 10}
	strict := &registration.RefreshTokenRules{Rotate: true}
	staying := &registration.RefreshTokenRules{ReuseGrace: 10}
	g := &store.Grant{Sequence: 5, RotatedAt: noon}
	for _, tc := range []struct {
		name  string
		rules *registration.RefreshTokenRules
		n     int64
		after time.Duration // since the rotation
		want  turn
	}{
		{"RT-04 the present one rotates", rotating, 5, time.Hour, rotate},
		{"the present one stays where nothing rotates", staying, 5, time.Hour, proceed},
		{"RT-06 the former one within the grace", rotating, 4, 9 * time.Second, replay},
		{"RT-06 the grace is over", rotating, 4, 10 * time.Second, reuse},
		{"RT-06 never an older one", rotating, 3, 0, reuse},
		{"RT-08 no grace", strict, 4, 0, reuse},
		{"RT-22 the former one, where nothing rotates any more", staying, 4, time.Second, replay},
		{"newer than what is known", rotating, 6, 0, unheard},
		{"no number", rotating, 0, 0, reuse},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := turnOf(tc.n, g, tc.rules, noon.Add(tc.after)); got != tc.want {
				t.Errorf("turnOf(%d, sequence 5, %v after) = %v, want %v", tc.n, tc.after, got, tc.want)
			}
		})
	}
}

// RT-17, RT-18: the shorter of what was fixed and what is allowed now.
func TestEnded(t *testing.T) {
	rules := &registration.RefreshTokenRules{Lifetime: 3600, IdleLifetime: 600}
	grant := func(change func(*store.Grant)) *store.Grant {
		g := &store.Grant{CreatedAt: noon.Add(-30 * time.Minute), LastUsed: noon.Add(-time.Minute), Expires: noon.Add(time.Hour)}
		change(g)
		return g
	}
	for _, tc := range []struct {
		name   string
		change func(*store.Grant)
		want   bool
	}{
		{"live", func(*store.Grant) {}, false},
		{"expired when it began", func(g *store.Grant) { g.Expires = noon }, true},
		{"revoked", func(g *store.Grant) { g.RevokedAt = noon }, true},
		{"older than is allowed now", func(g *store.Grant) { g.CreatedAt = noon.Add(-time.Hour) }, true},
		{"idle", func(g *store.Grant) { g.LastUsed = noon.Add(-10 * time.Minute) }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := ended(grant(tc.change), rules, noon); got != tc.want {
				t.Errorf("ended = %t, want %t", got, tc.want)
			}
		})
	}
}

func TestWorthNoting(t *testing.T) {
	client := &registration.Registration{AccessTokenLifetime: 60, RefreshToken: &registration.RefreshTokenRules{IdleLifetime: 600}}
	for _, tc := range []struct {
		name  string
		since time.Duration
		idle  time.Duration
		want  bool
	}{
		{"just used", 0, 600 * time.Second, false},
		{"used before a tenth", 59 * time.Second, 600 * time.Second, false},
		{"used a tenth ago", time.Minute, 600 * time.Second, true},
		{"under other rules", 0, 300 * time.Second, true},
		{"of a former version", 0, 0, false},
	} {
		if got := worthNoting(&store.Grant{LastUsed: noon.Add(-tc.since), Idle: tc.idle}, client, noon); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.name, got, tc.want)
		}
	}
}

// No grant is swept that its client could still use, nor one of which an access token is good: whenever it is used, and
// whether that is noted or not.
func TestIdleOf(t *testing.T) {
	for _, tc := range []struct{ idle, access int64 }{{60, 600}, {60, 60}, {61, 7}, {600, 60}, {7 * 24 * 3600, 600}, {1, 1}} {
		client := &registration.Registration{
			AccessTokenLifetime: tc.access, RefreshToken: &registration.RefreshTokenRules{IdleLifetime: tc.idle, Lifetime: 1 << 30},
		}
		g := &store.Grant{CreatedAt: noon, LastUsed: noon, Expires: noon.Add(1 << 60), Idle: idleOf(client)}
		for seconds := range min(2*(tc.idle+tc.access), 3000) {
			since := time.Duration(seconds) * time.Second
			now := noon.Add(since)
			if !ended(g, client.RefreshToken, now) && g.Spent(now) {
				t.Fatalf("%+v: spent %v after its last use, and could be refreshed", tc, since)
			}
			if last := now.Add(time.Duration(tc.access)*time.Second - 1); !worthNoting(g, client, now) && g.Spent(last) {
				t.Fatalf("%+v: spent %v after its last use, and the access token of %v is good", tc, last.Sub(noon), since)
			}
		}
	}
}
