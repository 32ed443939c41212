package grant_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

func TestRedeem(t *testing.T) {
	s := newScene(t)
	got := s.begin(issuertest.Web())
	want := store.Grant{
		Client:  store.Client{ID: issuertest.WebID, Namespace: "shop", Name: issuertest.WebID, UID: "uid-" + issuertest.WebID},
		Subject: issuertest.Subject, Username: "alice", Provider: "staff", SessionID: "sid-1",
		Scopes: []string{"openid", "orders:read", "orders:write"}, Resources: []string{issuertest.Audience},
		AuthTime: s.clock.Add(-time.Minute), AMR: []string{"pwd"}, CreatedAt: s.clock, CodeExpires: s.clock.Add(time.Minute),
		Expires: s.clock.Add(720 * time.Hour), LastUsed: s.clock, Idle: 168 * time.Hour, Sequence: 1,
		ID: got.Authorization.ID, Revision: got.Authorization.Revision,
	}
	if diff := cmp.Diff(&want, got.Authorization); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	if got.Subject != issuertest.Subject || got.Nonce != "n-1" || got.RefreshToken == "" {
		t.Errorf("granted %+v", got)
	}
}

func TestRedeemRefuses(t *testing.T) {
	web, app := issuertest.Web(), issuertest.App()
	again := issuertest.Web()
	again.Owner.UID = "uid-of-its-successor"
	for _, tc := range []struct {
		name   string
		client *registration.Registration
		code   func(*grant.Code)
		req    func(*oauth.TokenRequest)
		after  time.Duration
		want   oauth.Code
	}{
		{"TK-05 expired", web, nil, nil, time.Minute, oauth.InvalidGrant},
		{"TK-06 another client's", app, nil, nil, 0, oauth.InvalidGrant},
		{"TK-06 a client of the same name that came later", again, nil, nil, 0, oauth.InvalidGrant},
		{"TK-09 another redirect_uri", web, nil, func(r *oauth.TokenRequest) { r.RedirectURI = "https://evil.example" }, 0, oauth.InvalidGrant},
		{"PK-04 no verifier", web, nil, func(r *oauth.TokenRequest) { r.CodeVerifier = "" }, 0, oauth.InvalidGrant},
		{"PK-05 wrong verifier", web, nil, func(r *oauth.TokenRequest) { r.CodeVerifier = verifier[1:] + "x" }, 0, oauth.InvalidGrant},
		{"PK-05 the challenge itself", web, nil, func(r *oauth.TokenRequest) { r.CodeVerifier = challenge }, 0, oauth.InvalidGrant},
		{"TK-10 wider scope", web, nil, func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"profile"} }, 0, oauth.InvalidScope},
		{"RI-04 another resource", web, nil, func(r *oauth.TokenRequest) { r.Resources = []string{"https://stock.example"} }, 0, oauth.InvalidTarget},
		{"all scopes withdrawn meanwhile", web, func(c *grant.Code) { c.Scopes = []string{"gone"} }, nil, 0, oauth.InvalidScope},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			code := s.code(web, optional(tc.code)...)
			s.clock = s.clock.Add(tc.after)
			_, err := s.redeem(tc.client, code, optional(tc.req)...)
			wantCode(t, err, tc.want)
		})
	}
}

func optional[T any](change func(T)) []func(T) {
	if change == nil {
		return nil
	}
	return []func(T){change}
}

// Mistakes burn nothing, guesses do (TK-11, PK-08).
func TestRedeemAfter(t *testing.T) {
	for _, tc := range []struct {
		name  string
		first func(*oauth.TokenRequest)
		want  oauth.Code
	}{
		{"a forgotten verifier", func(r *oauth.TokenRequest) { r.CodeVerifier = "" }, ""},
		{"a wrong redirect_uri", func(r *oauth.TokenRequest) { r.RedirectURI = "https://x.example" }, ""},
		{"a wrong scope", func(r *oauth.TokenRequest) { r.Scopes = oauth.Scopes{"profile"} }, ""},
		{"a wrong verifier", func(r *oauth.TokenRequest) { r.CodeVerifier = challenge }, oauth.InvalidGrant},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, web := newScene(t), issuertest.Web()
			code := s.code(web)
			if _, err := s.redeem(web, code, tc.first); err == nil {
				t.Fatal("the first attempt was answered")
			}
			_, err := s.redeem(web, code)
			wantCode(t, err, tc.want)
		})
	}
}

// TK-07: a second use ends what the first one bought.
func TestSecondUse(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	code := s.code(web)
	first, err := s.redeem(web, code)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.redeem(web, code); !errors.Is(err, grant.ErrReused) || oauth.CodeOf(err) != oauth.InvalidGrant {
		t.Errorf("second use: %v", err)
	}
	_, err = s.refresh(web, first.RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
}

// TK-08: of many redemptions one is answered, and then the grant is dead, as a second use demands.
func TestManyRedemptions(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	code := s.code(web)
	var (
		mu       sync.Mutex
		answered []grant.Granted
		running  sync.WaitGroup
	)
	for range 16 {
		running.Go(func() {
			granted, err := s.redeem(web, code)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				answered = append(answered, granted)
			} else if oauth.CodeOf(err) != oauth.InvalidGrant {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if len(answered) != 1 {
		t.Fatalf("%d redemptions were answered, want 1", len(answered))
	}
	_, err := s.refresh(web, answered[0].RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
}

// Whoever is gone, or logged out, gets nothing for a code.
func TestRedeemWithdrawn(t *testing.T) {
	web := issuertest.Web()
	for name, withdraw := range map[string]func(*scene) error{
		"user gone": func(s *scene) error {
			s.gone = true
			return nil
		},
		"logged out": func(s *scene) error {
			return s.Revocations.Revoke(t.Context(), store.Revocation{
				SessionID: "sid-1", IssuedBefore: s.clock.Add(time.Second), Expires: s.clock.Add(time.Hour),
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			code := s.code(web)
			if err := withdraw(s); err != nil {
				t.Fatal(err)
			}
			_, err := s.redeem(web, code)
			wantCode(t, err, oauth.InvalidGrant)
		})
	}
}

// A client that may not refresh gets a grant that lives as long as its access token.
func TestRedeemWithoutRefresh(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	web.GrantTypes = []string{"authorization_code"}
	granted, err := s.redeem(web, s.code(web))
	if err != nil {
		t.Fatal(err)
	}
	if granted.RefreshToken != "" || !granted.Authorization.Expires.Equal(s.clock.Add(10*time.Minute)) {
		t.Errorf("refresh token %q, expires %v", granted.RefreshToken, granted.Authorization.Expires)
	}
}
