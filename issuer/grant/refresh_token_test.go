package grant_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// A confidential client's refresh token stays good (design idea 7); its use is noted now and then.
func TestRefreshConfidential(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	first := s.begin(web)
	for i := range 3 {
		s.clock = s.clock.Add(time.Minute)
		granted, err := s.refresh(web, first.RefreshToken)
		if err != nil {
			t.Fatalf("refresh %d: %v", i, err)
		}
		if granted.RefreshToken != first.RefreshToken {
			t.Errorf("refresh %d gave a token of other bytes, and the former stays good", i)
		}
		if granted.Authorization.Sequence != 1 || granted.Authorization.Revision != first.Authorization.Revision {
			t.Errorf("refresh %d wrote sequence %d, revision %s", i, granted.Authorization.Sequence, granted.Authorization.Revision)
		}
	}
	s.clock = s.clock.Add(24 * time.Hour)
	granted, err := s.refresh(web, first.RefreshToken)
	if err != nil || !granted.Authorization.LastUsed.Equal(s.clock) {
		t.Errorf("after a day: last used %v (%v), want %v", granted.Authorization, err, s.clock)
	}
}

// A refresh token that does not rotate stays the same until another sealing key is due; then it is sealed anew by that one,
// and the former stays good.
func TestRefreshMovesToTheNextSealingKey(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	former := issuertest.NewRing(t, 1, keys.XC20P)
	s.sealer = sealerOf(t, former)
	first := s.begin(web)
	next := issuertest.NewRing(t, 2, keys.XC20P)
	former.Keys[0].SignUntil, next.Keys[0].SignFrom = s.clock.Add(time.Hour), s.clock.Add(time.Hour)
	next.Keys = append(former.Keys, next.Keys...)
	s.sealer = sealerOf(t, next)
	held := first.RefreshToken
	for _, step := range []struct {
		after time.Duration
		moves bool
	}{{time.Minute, false}, {59 * time.Minute, true}, {time.Minute, false}} {
		s.clock = s.clock.Add(step.after)
		granted, err := s.refresh(web, held)
		if err != nil || granted.RefreshToken == "" || (granted.RefreshToken != held) != step.moves {
			t.Errorf("after another %v: other bytes %t (%v), want %t", step.after, granted.RefreshToken != held, err, step.moves)
		}
		held = granted.RefreshToken
	}
	next.Keys = next.Keys[1:] // the former key is withdrawn
	s.sealer = sealerOf(t, next)
	_, err := s.refresh(web, held)
	wantCode(t, err, "")
	_, err = s.refresh(web, first.RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
}

func sealerOf(t *testing.T, ring keys.Ring) *seal.Sealer {
	t.Helper()
	sealer, err := seal.New(ring, issuertest.URL)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// RT-04..RT-07: a public client's refresh token makes way for the next.
func TestRefreshPublic(t *testing.T) {
	s, app := newScene(t), issuertest.App()
	first := s.begin(app)
	s.clock = s.clock.Add(time.Hour)
	second, err := s.refresh(app, first.RefreshToken)
	if err != nil || second.RefreshToken == first.RefreshToken || second.Authorization.Sequence != 2 {
		t.Fatalf("rotation: %+v, %v", second, err)
	}
	s.clock = s.clock.Add(9 * time.Second)
	replayed, err := s.refresh(app, first.RefreshToken)
	if err != nil || replayed.Authorization.Sequence != 2 {
		t.Fatalf("RT-06 replay within the grace: %+v, %v", replayed, err)
	}
	third, err := s.refresh(app, replayed.RefreshToken)
	if err != nil || third.Authorization.Sequence != 3 {
		t.Fatalf("RT-07 the replayed successor: %+v, %v", third, err)
	}
	if other, err := s.refresh(app, second.RefreshToken); err != nil || other.Authorization.Sequence != 3 {
		t.Errorf("RT-07 its twin is the same token: %+v, %v", other, err)
	}
	s.clock = s.clock.Add(10 * time.Second)
	if _, err := s.refresh(app, second.RefreshToken); !errors.Is(err, grant.ErrReused) {
		t.Errorf("RT-05 reuse after the grace: %v", err)
	}
	_, err = s.refresh(app, third.RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
}

func TestRefreshRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		client func(*registration.Registration)
		req    func(*oauth.TokenRequest)
		after  time.Duration
		want   oauth.Code
	}{
		{"RT-02 another client's", func(r *registration.Registration) { r.Owner.UID = "another" }, nil, 0, oauth.InvalidGrant},
		{"RT-11 scope beyond the grant", nil, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"profile"} }, 0, oauth.InvalidScope},
		{"RT-13 resource beyond the grant", nil, func(r *oauth.TokenRequest) { r.Resources = []string{"https://stock.example"} }, 0, oauth.InvalidTarget},
		{"RT-17 absolute", func(r *registration.Registration) { r.RefreshToken.IdleLifetime = 1 << 40 }, nil, 720 * time.Hour, oauth.InvalidGrant},
		{"RT-17 idle", nil, nil, 168 * time.Hour, oauth.InvalidGrant},
		{"RT-18 shortened meanwhile", func(r *registration.Registration) { r.RefreshToken.Lifetime = 60 }, nil, time.Minute, oauth.InvalidGrant},
		{"the grant type was withdrawn", func(r *registration.Registration) { r.GrantTypes = []string{"authorization_code"} }, nil, 0, oauth.UnauthorizedClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			first := s.begin(issuertest.Web())
			s.clock = s.clock.Add(tc.after)
			client := issuertest.Web()
			if tc.client != nil {
				tc.client(client)
			}
			_, err := s.refresh(client, first.RefreshToken, optional(tc.req)...)
			wantCode(t, err, tc.want)
		})
	}
}

// RT-10, RT-12: less may be asked for once, and all again the next time; a tightened policy bites at once.
func TestRefreshNarrows(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	token := s.begin(web).RefreshToken
	for _, tc := range []struct {
		name        string
		asked, want oauth.Scopes
		change      func(*registration.Registration)
	}{
		{"less", oauth.Scopes{"orders:read"}, oauth.Scopes{"orders:read"}, nil},
		{"all again", nil, oauth.Scopes{"openid", "orders:read", "orders:write"}, nil},
		{"withdrawn", nil, oauth.Scopes{"openid", "orders:read"}, func(r *registration.Registration) { r.Scopes = []string{"openid", "orders:read"} }},
	} {
		if tc.change != nil {
			tc.change(web)
		}
		granted, err := s.refresh(web, token, func(r *oauth.TokenRequest) { r.Scopes = tc.asked })
		if err != nil || !slices.Equal(granted.Scopes, tc.want) {
			t.Errorf("%s: %v (%v), want %v", tc.name, granted.Scopes, err, tc.want)
		}
	}
}

// RT-19: logging out ends what was granted in the session, unless it was granted to last.
func TestRefreshAfterLogout(t *testing.T) {
	for name, tc := range map[string]struct {
		scopes []string
		want   oauth.Code
	}{
		"online":  {[]string{"openid"}, oauth.InvalidGrant},
		"offline": {[]string{"openid", "offline_access"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, web := newScene(t), issuertest.Web()
			first, err := s.redeem(web, s.code(web, func(c *grant.Code) { c.Scopes = tc.scopes }))
			if err != nil {
				t.Fatal(err)
			}
			err = s.Revocations.Revoke(t.Context(), store.Revocation{
				SessionID: "sid-1", IssuedBefore: s.clock.Add(time.Second), Expires: s.clock.Add(time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.refresh(web, first.RefreshToken)
			wantCode(t, err, tc.want)
		})
	}
}

// RT-08: many at once, with a grace: all get the same successor, and the grant lives on.
func TestManyRefreshes(t *testing.T) {
	s, app := newScene(t), issuertest.App()
	first := s.begin(app)
	var running sync.WaitGroup
	for range 16 {
		running.Go(func() {
			if granted, err := s.refresh(app, first.RefreshToken); err != nil || granted.Authorization.Sequence != 2 {
				t.Errorf("sequence %v, %v", granted.Authorization, err)
			}
		})
	}
	running.Wait()
}

// RT-08: many at once, without a grace: one is answered, and the others are taken for theft.
func TestManyRefreshesWithoutGrace(t *testing.T) {
	s, app := newScene(t), issuertest.App()
	app.RefreshToken.ReuseGrace = 0
	first := s.begin(app)
	answered := make(chan grant.Granted, 16)
	var running sync.WaitGroup
	for range cap(answered) {
		running.Go(func() {
			if granted, err := s.refresh(app, first.RefreshToken); err == nil {
				answered <- granted
			}
		})
	}
	running.Wait()
	if len(answered) != 1 {
		t.Errorf("%d were answered, want 1", len(answered))
	}
}

// away is a store that cannot be reached.
type away struct{ store.Grants }

func (away) Update(context.Context, store.Grant) (store.Grant, error) {
	return store.Grant{}, store.ErrUnavailable
}

func (away) Create(context.Context, store.Grant) (store.Grant, error) {
	return store.Grant{}, store.ErrUnavailable
}

// TK-16: what need not be written goes on while the store is away; what must be waits.
func TestStoreAway(t *testing.T) {
	s, web, app := newScene(t), issuertest.Web(), issuertest.App()
	stays := s.begin(web).RefreshToken
	rotates, err := s.redeem(app, s.code(app, func(c *grant.Code) { c.ID = "code-2" }))
	if err != nil {
		t.Fatal(err)
	}
	s.Grants = away{s.store}
	s.clock = s.clock.Add(24 * time.Hour)
	if _, err := s.refresh(web, stays); err != nil {
		t.Errorf("not rotating: %v", err)
	}
	_, err = s.refresh(app, rotates.RefreshToken)
	wantCode(t, err, oauth.TemporarilyUnavailable)
	_, err = s.redeem(web, s.code(web, func(c *grant.Code) { c.ID = "code-3" }))
	wantCode(t, err, oauth.TemporarilyUnavailable)
	s.Grants = s.store
	if _, err = s.refresh(app, rotates.RefreshToken); err != nil {
		t.Errorf("after it is back: %v", err)
	}
}
