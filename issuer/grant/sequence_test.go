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
	rules := &registration.RefreshTokenRules{IdleLifetime: 600}
	for since, want := range map[time.Duration]bool{0: false, 59 * time.Second: false, time.Minute: true} {
		if got := worthNoting(&store.Grant{LastUsed: noon.Add(-since)}, rules, noon); got != want {
			t.Errorf("used %v ago: %t, want %t", since, got, want)
		}
	}
}
