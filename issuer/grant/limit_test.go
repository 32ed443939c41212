package grant_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// another redeems one more code for client.
func (s *scene) another(client *registration.Registration, changes ...func(*grant.Code)) grant.Granted {
	s.t.Helper()
	s.codes++
	named := func(c *grant.Code) { c.ID = fmt.Sprint("another-", s.codes) }
	granted, err := s.redeem(client, s.code(client, append(changes, named)...))
	if err != nil {
		s.t.Fatal(err)
	}
	return granted
}

// wantLive counts the live grants of issuertest.Subject.
func (s *scene) wantLive(when string, want int) {
	s.t.Helper()
	if all, err := s.store.OfSubject(context.Background(), issuertest.Subject); err != nil || len(all) != want {
		s.t.Errorf("%s: %d grants (%v), want %d", when, len(all), err, want)
	}
}

func (s *scene) live(granted grant.Granted) bool {
	found, err := s.store.Get(context.Background(), granted.Authorization.ID, store.AtHand)
	return err == nil && found.Live(s.clock)
}

// Of one client a person has so many grants, and the one that was used least recently makes way.
func TestGrantsOfOneClientAreCapped(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	first, second := s.another(web), s.another(web)
	s.clock = s.clock.Add(24 * time.Hour)
	if _, err := s.refresh(web, first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	s.clock = s.clock.Add(time.Minute)
	for range grant.MaxOfPersonAndClient - 2 {
		if ended := s.another(web).Ended; ended != nil {
			t.Fatalf("ended below the limit: %+v", ended)
		}
	}
	last := s.another(web)
	if len(last.Ended) != 1 || last.Ended[0].ID != second.Authorization.ID || s.live(second) || !s.live(first) {
		t.Errorf("ended %+v; want the second, which was not used since", last.Ended)
	}
	s.wantLive("at the limit", grant.MaxOfPersonAndClient)
	if other := s.another(issuertest.App()); other.Ended != nil {
		t.Errorf("another client's: ended %+v", other.Ended)
	}
	if other := s.another(web, func(c *grant.Code) { c.Subject = "usr_bob" }); other.Ended != nil {
		t.Errorf("another person's: ended %+v", other.Ended)
	}
}

// A person who goes on and on keeps as many grants as one may have, whatever clients there are.
func TestGrantsOfOnePersonAreCapped(t *testing.T) {
	s := newScene(t)
	for i := range 2 * grant.MaxOfPerson {
		client := issuertest.Web()
		client.ClientID = fmt.Sprint("team.client-", i%40)
		client.Owner.UID = "uid-" + client.ClientID
		s.clock = s.clock.Add(time.Second)
		if ended := len(s.another(client).Ended); ended > 1 {
			t.Fatalf("grant %d ended %d", i, ended)
		}
	}
	s.wantLive("after twice as many", grant.MaxOfPerson)
}

// What is too much, since it was made before there was a limit or at several replicas at once, gets less with each grant.
func TestSurplusHeals(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	limited := s.Index
	s.Index = nil
	for range 100 {
		s.clock = s.clock.Add(time.Second)
		s.another(web)
	}
	s.Index = limited
	for want := 100; want > grant.MaxOfPersonAndClient; {
		s.clock = s.clock.Add(time.Second)
		ended := len(s.another(web).Ended)
		if want += 1 - ended; ended < 2 || ended > 16 {
			t.Fatalf("ended %d, want 2 to 16", ended)
		}
		s.wantLive("healing", want)
	}
	s.wantLive("healed", grant.MaxOfPersonAndClient)
}

// Nobody is refused because the limit cannot be held right now.
func TestLimitWithoutIndex(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	s.Index = blind{}
	for range grant.MaxOfPersonAndClient + 1 {
		s.another(web)
	}
	s.wantLive("blind", grant.MaxOfPersonAndClient+1)
}

type blind struct{ store.GrantIndex }

func (blind) OfSubject(context.Context, string) ([]store.Grant, error) {
	return nil, store.ErrUnavailable
}

// A grant without a refresh token goes with its access token. Where the client wants to hear of the logout, one of them stays
// for each session.
func TestGrantWithoutRefreshToken(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	web.GrantTypes, web.RefreshToken = []string{grant.AuthorizationCode}, nil
	inSession := func(id string) func(*grant.Code) {
		return func(c *grant.Code) { c.SessionID, c.SessionEnds = id, issuertest.Start.Add(12*time.Hour).Unix() }
	}
	lifetime := time.Duration(web.AccessTokenLifetime) * time.Second
	plain := s.another(web, inSession("sid-1"))
	s.clock = s.clock.Add(lifetime)
	if s.live(plain) {
		t.Error("it outlives its access token")
	}
	web.BackchannelLogoutURI = "https://web.example/logout"
	first, elsewhere := s.another(web, inSession("sid-1")), s.another(web, inSession("sid-2"))
	if twin := s.another(web, inSession("sid-1")); twin.Ended != nil {
		t.Errorf("another tab ended %+v", twin.Ended)
	}
	s.clock = s.clock.Add(lifetime)
	next := s.another(web, inSession("sid-1"))
	if !s.live(elsewhere) || !s.live(next) || s.live(first) || len(next.Ended) != 2 {
		t.Errorf("ended %+v, want the two of this session whose access tokens have ended", next.Ended)
	}
	s.clock = issuertest.Start.Add(12*time.Hour - time.Second)
	s.wantLive("until the sessions end", 2)
	s.clock = s.clock.Add(time.Second)
	s.wantLive("the sessions are over", 0)
}

// What is held for a logout only makes way before anything that is used.
func TestSpentGrantsMakeWayFirst(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	web.RefreshToken.IdleLifetime = 3600
	used := s.another(web)
	s.clock = s.clock.Add(time.Minute)
	held := issuertest.Web()
	held.GrantTypes, held.RefreshToken, held.BackchannelLogoutURI = []string{grant.AuthorizationCode}, nil, "https://web.example/logout"
	spent := s.another(held, func(c *grant.Code) { c.SessionEnds = s.clock.Add(12 * time.Hour).Unix() })
	s.clock = s.clock.Add(time.Duration(held.AccessTokenLifetime) * time.Second)
	for range grant.MaxOfPersonAndClient - 2 {
		s.another(web)
	}
	if last := s.another(web); !slices.ContainsFunc(last.Ended, func(g store.Grant) bool { return g.ID == spent.Authorization.ID }) || !s.live(used) {
		t.Errorf("ended %+v, want the one that is only held", last.Ended)
	}
}

// With idleLifetime 1m a grant goes when its refresh token and its access token are over, not after 30 days.
func TestIdleGrantsGo(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	web.RefreshToken.IdleLifetime = 60
	first := s.begin(web)
	s.clock = s.clock.Add(time.Duration(web.AccessTokenLifetime)*time.Second - time.Second)
	if !s.live(first) {
		t.Error("over before its access token")
	}
	s.clock = s.clock.Add(time.Minute)
	if s.live(first) {
		t.Error("it stays when neither token is good")
	}
}

// A grant that was stored under a short idle lifetime is not swept while its client, which may be idle for longer now, uses it.
func TestIdleLifetimeGrows(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	web.RefreshToken.IdleLifetime = 3600
	first := s.begin(web)
	web.RefreshToken.IdleLifetime = 7 * 24 * 3600
	s.clock = s.clock.Add(time.Minute)
	if _, err := s.refresh(web, first.RefreshToken); err != nil {
		t.Fatal(err)
	}
	s.clock = s.clock.Add(6 * 24 * time.Hour)
	if _, err := s.refresh(web, first.RefreshToken); err != nil {
		t.Errorf("six days later: %v", err)
	}
}
