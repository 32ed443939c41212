package grant_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

// corp is an identity provider elsewhere that rotates its refresh tokens: a second use of one ends them all.
type corp struct {
	good   int // the number of the token that is good
	asked  int
	failed error
	claims map[string]any
	during func() // what else happens meanwhile
}

const corpIssuer = "https://corp.example"

func corpLease(n int) login.Lease {
	return login.Lease{Issuer: corpIssuer, Token: "rt-" + strconv.Itoa(n)}
}

// Renew answers by one token only.
func (c *corp) Renew(_ context.Context, provider, subject string, lease login.Lease) (login.Renewal, error) {
	c.asked++
	if c.during != nil {
		during := c.during
		c.during = nil
		during()
	}
	if c.failed != nil {
		return login.Renewal{Lease: lease}, c.failed
	}
	if provider != issuertest.Provider || subject != issuertest.Subject || lease != corpLease(c.good) {
		return login.Renewal{}, login.ErrGone
	}
	c.good++
	return login.Renewal{Lease: corpLease(c.good), Claims: c.claims}, nil
}

// elsewhere begins a grant whose resource owner logged in at corp.
func elsewhere(t *testing.T) (*scene, *corp, grant.Granted) {
	t.Helper()
	s, c := newScene(t), &corp{claims: map[string]any{"name": "new"}}
	s.Elsewhere = c
	lease := corpLease(0)
	granted, err := s.redeem(issuertest.Web(), s.code(issuertest.Web(), func(code *grant.Code) {
		code.Claims, code.Lease = map[string]any{"name": "old"}, &lease
	}))
	if err != nil {
		t.Fatal(err)
	}
	return s, c, granted
}

// RT-20: once in the life of an access token the provider is asked, and what it says replaces what was known.
func TestRecheck(t *testing.T) {
	s, c, first := elsewhere(t)
	if diff := cmp.Diff(map[string]any{"name": "old"}, first.Data.Claims); diff != "" {
		t.Errorf("claims of the code (-want +got):\n%s", diff)
	}
	for _, tc := range []struct {
		after time.Duration
		asked int
		name  string
	}{{9 * time.Minute, 0, "old"}, {time.Minute, 1, "new"}, {9 * time.Minute, 1, "new"}, {time.Minute, 2, "new"}} {
		s.clock = s.clock.Add(tc.after)
		got, err := s.refresh(issuertest.Web(), first.RefreshToken)
		if err != nil || c.asked != tc.asked || got.Data.Claims["name"] != tc.name {
			t.Errorf("at %v: asked %d times, want %d; claims %v, %v", s.clock, c.asked, tc.asked, got.Data.Claims, err)
		}
	}
}

// What the provider knows no longer ends here, too.
func TestRecheckGone(t *testing.T) {
	s, c, first := elsewhere(t)
	c.good = -1
	s.clock = s.clock.Add(10 * time.Minute)
	_, err := s.refresh(issuertest.Web(), first.RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
	if gone, ok := errors.AsType[*grant.GoneError](err); !ok || gone.Grant.ID != first.Authorization.ID {
		t.Errorf("%v does not name the grant", err)
	}
	if _, err := s.refresh(issuertest.Web(), first.RefreshToken); err == nil || c.asked != 1 {
		t.Errorf("again: %v, asked %d times", err, c.asked)
	}
}

// A provider that is away is asked again every half minute; after an hour of that nobody is refreshed until it is back.
func TestRecheckAway(t *testing.T) {
	s, c, first := elsewhere(t)
	c.failed = login.ErrUpstreamAway
	for _, tc := range []struct {
		after  time.Duration
		asked  int
		refuse bool
	}{
		{24 * time.Hour, 1, false}, {29 * time.Second, 1, false}, {time.Second, 2, false}, {59 * time.Minute, 3, false},
		{29 * time.Second, 3, false}, {time.Second, 4, true}, {time.Second, 4, true},
	} {
		s.clock = s.clock.Add(tc.after)
		_, err := s.refresh(issuertest.Web(), first.RefreshToken)
		if c.asked != tc.asked || (oauth.CodeOf(err) == oauth.TemporarilyUnavailable) != tc.refuse || !tc.refuse && err != nil {
			t.Errorf("after %v more: asked %d times, want %d; %v", tc.after, c.asked, tc.asked, err)
		}
	}
	c.failed = nil
	s.clock = s.clock.Add(30 * time.Second)
	if _, err := s.refresh(issuertest.Web(), first.RefreshToken); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}

// However many refresh at once, and whatever is written meanwhile, each token of the provider is used once and none is
// lost.
func TestRecheckOnceAtATime(t *testing.T) {
	s, c, first := elsewhere(t)
	s.clock = s.clock.Add(10 * time.Minute)
	c.during = func() {
		if _, err := s.refresh(issuertest.Web(), first.RefreshToken); err != nil {
			t.Errorf("beside it: %v", err)
		}
		held, err := s.store.Get(t.Context(), first.Authorization.ID, store.Latest)
		if err != nil {
			t.Fatal(err)
		}
		held.LastUsed = s.clock
		if _, err := s.store.Update(t.Context(), held); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.refresh(issuertest.Web(), first.RefreshToken)
	if err != nil || c.asked != 1 || got.Data.Upstream.Lease != corpLease(1) {
		t.Fatalf("%v, asked %d times, lease %v", err, c.asked, got.Data.Upstream)
	}
	s.clock = s.clock.Add(10 * time.Minute)
	if _, err := s.refresh(issuertest.Web(), first.RefreshToken); err != nil || c.asked != 2 {
		t.Errorf("the next time: %v, asked %d times", err, c.asked)
	}
}

// A request that is refused anyway costs the provider nothing.
func TestRecheckComesLast(t *testing.T) {
	s, c, first := elsewhere(t)
	s.clock = s.clock.Add(10 * time.Minute)
	_, err := s.refresh(issuertest.Web(), first.RefreshToken, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"email"} })
	if wantCode(t, err, oauth.InvalidScope); c.asked != 0 {
		t.Errorf("asked %d times", c.asked)
	}
}

// A public client's rotation goes on beside it.
func TestRecheckRotates(t *testing.T) {
	s, c := newScene(t), &corp{}
	s.Elsewhere = c
	lease := corpLease(0)
	app := issuertest.App()
	granted, err := s.redeem(app, s.code(app, func(code *grant.Code) { code.Lease = &lease }))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s.clock = s.clock.Add(10 * time.Minute)
		if granted, err = s.refresh(app, granted.RefreshToken); err != nil || c.asked != i+1 || granted.Authorization.Sequence != int64(i+2) {
			t.Fatalf("%v, asked %d times, sequence %d", err, c.asked, granted.Authorization.Sequence)
		}
	}
}
