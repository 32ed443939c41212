package kube

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// told counts what clients hear, by client and session.
type told struct {
	mu     sync.Mutex
	counts map[string]int
}

// RoundTrip takes a notice.
func (l *told) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(form.Get("logout_token"), ".")[1])
	if err != nil {
		return nil, err
	}
	var notice struct{ Aud, Sid string }
	if err := json.Unmarshal(claims, &notice); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[notice.Aud+" "+notice.Sid]++
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// issuers are a pair of replicas with an issuer before each, whose client listens, and which count what they tell together.
type issuers struct {
	*pair

	first, second *issuertest.Server
	told          *told
}

func newIssuers(t *testing.T) *issuers {
	t.Helper()
	s := &issuers{pair: newPair(t), told: &told{counts: map[string]int{}}}
	s.first, s.second = s.before(t, s.a), s.before(t, s.b)
	return s
}

func (s *issuers) before(t *testing.T, r *replica) *issuertest.Server {
	t.Helper()
	server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) {
		c.Now, c.Outbound = s.clock, s.told
		c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
			Grants: r.Grants, Index: r.Grants, Marks: r.Marks, Revocations: r.Revocations, Ends: r.Store,
		}}
	}))
	if s.first != nil {
		server.UseRing(t, s.first.Ring)
	}
	for _, id := range []string{"team.web", "team.shop"} {
		listening := issuertest.Web()
		listening.ClientID, listening.Owner.UID, listening.BackchannelLogoutURI = id, id, "https://web.example/heard"
		server.Register(listening)
	}
	return server
}

// given stores a grant that client is to hear about when its session ends, and waits until both replicas know it.
func (s *issuers) given(t *testing.T, id, client, session string, change ...func(*store.Grant)) {
	t.Helper()
	grant := store.Grant{
		ID: id, Client: store.Client{ID: client, UID: client}, Subject: issuertest.Subject, Provider: issuertest.Provider,
		SessionID: session, Scopes: []string{"openid"}, CreatedAt: s.clock(), CodeExpires: s.clock().Add(time.Minute),
		AuthTime: s.clock(), LastUsed: s.clock(), Sequence: 1, Idle: 7 * 24 * time.Hour, Expires: s.clock().Add(30 * 24 * time.Hour),
		HeldUntil: s.clock().Add(24 * time.Hour), SessionEnds: s.clock().Add(24 * time.Hour),
	}
	for _, c := range change {
		c(&grant)
	}
	if _, err := s.a.Grants.Create(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	arrives(t, s.b, id, anyhow)
}

func offline(g *store.Grant) { g.Offline = true }

// revoke writes a revocation as an administrator would.
func (s *issuers) revoke(t *testing.T, name string, spec v1alpha1.TokenRevocationSpec) {
	t.Helper()
	spec.IssuerName = issuerName
	spec.IssuedBefore, spec.ExpiresAt = metav1.NewTime(s.clock().Add(time.Second)), metav1.NewTime(s.clock().Add(time.Hour))
	s.create(t, &v1alpha1.TokenRevocation{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec})
}

// both has both replicas do something at once.
func both(do func(*replica), p *pair) {
	var running sync.WaitGroup
	for _, r := range []*replica{p.a, p.b} {
		running.Go(func() { do(r) })
	}
	running.Wait()
}

// wantTold waits until clients have heard, and no more often.
func (s *issuers) wantTold(t *testing.T, want map[string]int) {
	t.Helper()
	count := func() (map[string]int, int) {
		s.told.mu.Lock()
		defer s.told.mu.Unlock()
		all := 0
		for _, times := range s.told.counts {
			all += times
		}
		return maps.Clone(s.told.counts), all
	}
	eventually(t, fmt.Sprint("all of ", want), func() bool { _, all := count(); return all >= len(want) })
	s.first.Finish(t.Context())
	s.second.Finish(t.Context())
	if got, _ := count(); !maps.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// counted counts revocations.
type counted struct {
	store.Endings

	revocations atomic.Int32
}

// RevocationApplied counts one.
func (c *counted) RevocationApplied(context.Context, store.Revocation) { c.revocations.Add(1) }

// knows waits until both replicas have a grant in memory, as told.
func (s *issuers) knows(t *testing.T, id string, as func(store.Grant) bool) {
	t.Helper()
	arrives(t, s.a, id, as)
	arrives(t, s.b, id, as)
}

// A client hears once when an administrator deletes the last that it had of a session, however old that is: not before, and
// by whichever replica is the first to put a tombstone there.
func TestAdministratorDeletes(t *testing.T) {
	s := newIssuers(t)
	for _, id := range []string{"a1", "a2"} {
		s.given(t, id, "team.web", "s1")
	}
	s.given(t, "b1", "team.shop", "s1", offline)
	s.given(t, "c1", "team.web", "s2")
	s.given(t, "d1", "team.web", "s3", func(g *store.Grant) { g.HeldUntil, g.SessionEnds = time.Time{}, time.Time{} })
	s.step(time.Hour)
	for _, id := range []string{"d1", "a1", "a2", "b1"} {
		s.kubectlDelete(t, id)
	}
	for _, id := range []string{"a2", "b1"} {
		s.knows(t, id, isRevoked)
	}
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1})
	eventually(t, "tombstones", func() bool {
		var list v1alpha1.TokenGrantList
		err := s.Client.List(t.Context(), &list, client.InNamespace(s.namespace))
		return err == nil && len(list.Items) == 3 // a2, b1 and c1
	})
	s.step(5 * time.Minute)
	both(func(r *replica) { r.sweepOnce(t.Context()) }, s.pair)
	for _, id := range []string{"a2", "b1"} {
		for _, r := range []*replica{s.a, s.b} {
			eventually(t, id+" is swept", func() bool { _, there := r.Grants.atHand(id); return !there })
		}
	}
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1})
}

// What the issuer itself ends is no administrator's deletion: a client that gives up its own token, or whose person takes it
// back, hears nothing, at either replica.
func TestRevokedIsNotDeleted(t *testing.T) {
	s := newIssuers(t)
	s.given(t, "a1", "team.web", "s1")
	s.given(t, "b1", "team.web", "s2")
	s.step(time.Hour)
	if err := s.a.Grants.Revoke(t.Context(), "a1"); err != nil {
		t.Fatal(err)
	}
	s.knows(t, "a1", isRevoked)
	s.step(5 * time.Minute)
	both(func(r *replica) { r.sweepOnce(t.Context()) }, s.pair)
	for _, r := range []*replica{s.a, s.b} {
		eventually(t, "a1 is swept", func() bool { _, there := r.Grants.atHand("a1"); return !there })
	}
	s.kubectlDelete(t, "b1") // which both hear of after all that
	s.knows(t, "b1", isRevoked)
	s.wantTold(t, map[string]int{"team.web s2": 1})
}

// An administrator's revocation of a session, or of a person, ends what was granted online, and each client hears once.
func TestAdministratorRevokes(t *testing.T) {
	s := newIssuers(t)
	s.given(t, "a1", "team.web", "s1")
	s.given(t, "a2", "team.web", "s1")
	s.given(t, "b1", "team.shop", "s1", offline)
	s.given(t, "c1", "team.web", "s2")
	s.given(t, "d1", "team.shop", "s2", offline)
	s.step(time.Hour)
	s.revoke(t, "incident-1", v1alpha1.TokenRevocationSpec{SessionID: "s1"})
	s.knows(t, "a1", isRevoked)
	s.knows(t, "a2", isRevoked)
	s.knows(t, "b1", func(g store.Grant) bool { return g.RevokedAt.IsZero() && g.HeldUntil.IsZero() })
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1})

	s.revoke(t, "incident-2", v1alpha1.TokenRevocationSpec{Subject: issuertest.Subject})
	for _, id := range []string{"b1", "c1", "d1"} {
		s.knows(t, id, isRevoked)
	}
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1, "team.web s2": 1, "team.shop s2": 1})

	later := s.stopped(t, s.clock) // one that starts when all is over hears of both revocations, and finds nothing to tell
	third := s.before(t, later)
	heard := &counted{}
	later.Tell(heard)
	later.start(t)
	eventually(t, "the revocations", func() bool { return heard.revocations.Load() == 2 })
	third.Finish(t.Context())
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1, "team.web s2": 1, "team.shop s2": 1})
}

// TestSessionsRunOut lets many sessions end by their age while both replicas look.
func TestSessionsRunOut(t *testing.T) {
	s := newIssuers(t)
	want := map[string]int{}
	const sessions = 8
	for i := range sessions {
		session := fmt.Sprint("s", i)
		s.given(t, fmt.Sprint("a", i), "team.web", session)
		s.given(t, fmt.Sprint("b", i), "team.web", session)
		s.given(t, fmt.Sprint("c", i), "team.shop", session, offline)
		want["team.web "+session], want["team.shop "+session] = 1, 1
	}
	s.step(24*time.Hour + time.Second) // clocks differ, so nobody is told yet
	both(func(r *replica) { r.sweepSessions(t.Context()) }, s.pair)
	if _, err := s.a.Grants.Get(t.Context(), "a0", store.AtHand); err == nil {
		t.Error("an online grant outlives its session")
	}
	s.wantTold(t, map[string]int{})
	s.step(2 * time.Minute)
	both(func(r *replica) { r.sweepSessions(t.Context()) }, s.pair)
	s.wantTold(t, want)
	for i := range sessions {
		s.knows(t, fmt.Sprint("a", i), isRevoked)
		s.knows(t, fmt.Sprint("c", i), func(g store.Grant) bool { return g.RevokedAt.IsZero() && g.SessionEnds.IsZero() })
	}
	s.step(3 * time.Minute)
	both(func(r *replica) { r.sweepOnce(t.Context()) }, s.pair)
	s.wantTold(t, want)
}
