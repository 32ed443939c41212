package grant_test

import (
	"errors"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// What a resource owner allowed counts in the epoch that they allowed it in, until somebody intervenes.
func TestStands(t *testing.T) {
	const mine = "mine"
	lost := func(t *testing.T) *seal.Sealer {
		sealer, err := seal.New(issuertest.NewRing(t, 2, keys.XC20P), issuertest.URL)
		if err != nil {
			t.Fatal(err)
		}
		return sealer
	}
	for _, tc := range []struct {
		name, epoch string // of the code
		change      func(*testing.T, *scene, *store.Grant)
		want        bool
	}{
		{"the same", mine, nil, true},
		{"before there were epochs", "", nil, true},
		{"another one", "former", nil, false},
		{"another key ring", mine, func(t *testing.T, s *scene, _ *store.Grant) { s.sealer = lost(t) }, false},
		{"no key ring", mine, func(_ *testing.T, s *scene, _ *store.Grant) { s.sealer = nil }, false},
		{"altered", mine, func(_ *testing.T, _ *scene, g *store.Grant) { g.Sealed = "x" + g.Sealed }, false},
		{"gone", mine, func(_ *testing.T, s *scene, _ *store.Grant) { s.gone = true }, false},
		{"revoked", mine, func(t *testing.T, s *scene, g *store.Grant) {
			if err := s.Revocations.Revoke(t.Context(), store.Revocation{
				Subject: g.Subject, IssuedBefore: g.CreatedAt.Add(time.Second), Expires: g.CreatedAt.Add(time.Hour),
			}); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			s.epoch = tc.epoch
			client := issuertest.Web()
			granted, err := s.redeem(client, s.code(client, func(c *grant.Code) { c.Epoch = tc.epoch }))
			if err != nil {
				t.Fatal(err)
			}
			s.epoch = mine
			by := *granted.Authorization
			if tc.change != nil {
				tc.change(t, s, &by)
			}
			if err := s.Stands(s.sealer, &by); (err == nil) != tc.want {
				t.Errorf("Stands: %v, want %t", err, tc.want)
			}
		})
	}
}

// A refresh tells the log why it was refused, and the client no more than always.
func TestRefreshOfFormerEpoch(t *testing.T) {
	s, client := newScene(t), issuertest.Web()
	s.epoch = "former"
	granted, err := s.redeem(client, s.code(client, func(c *grant.Code) { c.Epoch = "former" }))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.refresh(client, granted.RefreshToken); err != nil {
		t.Fatalf("by the same password: %v", err)
	}
	s.epoch = "present"
	if _, err := s.refresh(client, granted.RefreshToken); !errors.Is(err, grant.ErrEpoch) {
		t.Errorf("by a former password: %v", err)
	}
	s.epoch = "former"
	if _, err := s.refresh(client, granted.RefreshToken); err != nil {
		t.Errorf("a replica that lagged behind ended the grant: %v", err)
	}
}

// BenchmarkStands is what each refresh, introspection and userinfo of somebody's grant adds, and each grant of theirs at a
// request for consent.
func BenchmarkStands(b *testing.B) {
	sealer, err := seal.New(issuertest.NewRing(b, 1, keys.XC20P), issuertest.URL)
	if err != nil {
		b.Fatal(err)
	}
	plain, err := sealer.Seal(seal.GrantData, []byte(`{"epoch":"0123456789abcdef"}`), issuertest.Start)
	if err != nil {
		b.Fatal(err)
	}
	revocations := memory.NewRevocations(func() time.Time { return issuertest.Start })
	a := &grant.Authorizer{Directory: &scene{epoch: "0123456789abcdef"}, Revocations: revocations}
	by := &store.Grant{Subject: issuertest.Subject, Provider: issuertest.Provider, Sealed: plain}
	for b.Loop() {
		if err := a.Stands(sealer, by); err != nil {
			b.Fatal(err)
		}
	}
}

// While nobody knows whether a resource owner is gone, a client is told to come again, and may: what is not valid is thrown
// away, and a slip in a file must not do that.
func TestRefreshInDoubt(t *testing.T) {
	s := newScene(t)
	web := issuertest.Web()
	first := s.begin(web)
	s.gone, s.doubted = true, true
	_, err := s.refresh(web, first.RefreshToken)
	wantCode(t, err, oauth.TemporarilyUnavailable)
	if oauth.From(err).RetryAfter == 0 {
		t.Error("the client is not told when to come again")
	}
	s.doubted = false
	_, err = s.refresh(web, first.RefreshToken)
	wantCode(t, err, oauth.InvalidGrant)
	s.gone = false
	_, err = s.refresh(web, first.RefreshToken)
	wantCode(t, err, "")
}
