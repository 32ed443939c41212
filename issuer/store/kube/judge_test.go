package kube

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// TestJudged is the table of what status says.
func TestJudged(t *testing.T) {
	w := written{generation: 2, Revocation: store.Revocation{
		User: store.User{Provider: "staff", Username: "alice"}, IssuedBefore: storetest.Start, Expires: storetest.Start.Add(time.Hour),
	}}
	for _, tc := range []struct {
		name    string
		finding *store.Finding
		reason  string
		beside  string // of the two for whoever is to act
		says    string
		settled bool
	}{
		{"without a user", nil, v1alpha1.ReasonRevoked, "", "is refused", true},
		{"somebody", &store.Finding{Outcome: store.Found, Subjects: []string{"usr_a"}, Grants: 3}, v1alpha1.ReasonRevoked, "", `"alice" of "staff" is usr_a (live grants: 3)`, true},
		{"nobody", &store.Finding{Outcome: store.FoundNobody}, v1alpha1.ReasonUserNotFound, v1alpha1.Stalled, `Nobody called "alice"`, true},
		{"no such provider", &store.Finding{Outcome: store.FoundNoProvider, Providers: []string{"corp"}}, v1alpha1.ReasonProviderNotFound, v1alpha1.Stalled, `it has ["corp"]`, true},
		{"no provider at all", &store.Finding{Outcome: store.FoundNoProvider}, v1alpha1.ReasonProviderNotFound, v1alpha1.Stalled, "it has none", true},
		{"too early", &store.Finding{}, v1alpha1.ReasonUsersNotLoaded, v1alpha1.Reconciling, "not know yet", false},
	} {
		status := judged(&w, issuerName, tc.finding, storetest.Start)
		ready := meta.FindStatusCondition(status.Conditions, v1alpha1.Ready)
		if ready == nil || ready.Reason != tc.reason || (ready.Status == metav1.ConditionTrue) != (tc.beside == "") ||
			!strings.Contains(ready.Message, tc.says) || status.ObservedGeneration != 2 {
			t.Errorf("%s: %+v, want %s saying %q", tc.name, status, tc.reason, tc.says)
		}
		for _, who := range []string{v1alpha1.Stalled, v1alpha1.Reconciling} {
			if got := meta.IsStatusConditionTrue(status.Conditions, who); got != (tc.beside == who) {
				t.Errorf("%s: %s is %t", tc.name, who, got)
			}
		}
		after := w
		after.conditions = status.Conditions
		if after.settled() != tc.settled {
			t.Errorf("%s: settled %t", tc.name, after.settled())
		}
	}
}

// revokeUser writes a revocation as an administrator would who knows a name.
func (s *issuers) revokeUser(t *testing.T, name, provider, username string) {
	t.Helper()
	s.revoke(t, name, v1alpha1.TokenRevocationSpec{User: &v1alpha1.RevokedUser{Provider: provider, Username: username}})
}

// judgement waits until status says something of a revocation.
func (s *issuers) judgement(t *testing.T, name string) *v1alpha1.TokenRevocation {
	t.Helper()
	o := new(v1alpha1.TokenRevocation)
	eventually(t, "the status of "+name, func() bool {
		err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: s.namespace, Name: name}, o)
		return err == nil && len(o.Status.Conditions) > 0
	})
	return o
}

func wantReason(t *testing.T, o *v1alpha1.TokenRevocation, reason string, subjects ...string) {
	t.Helper()
	ready := meta.FindStatusCondition(o.Status.Conditions, v1alpha1.Ready)
	if ready == nil || ready.Reason != reason || !slices.Equal(o.Status.Subjects, subjects) {
		t.Errorf("%s: %+v, want %s about %q", o.Name, o.Status, reason, subjects)
	}
}

// Somebody is revoked by a name: what they allowed under a former one ends as well, at both replicas, each client hears once,
// and a grant of somebody else goes on. Status tells whom it meant, and one of the replicas writes it.
func TestRevokedByName(t *testing.T) {
	s := newIssuers(t)
	named := func(name string) func(*store.Grant) { return func(g *store.Grant) { g.Username = name } }
	s.given(t, "a1", "team.web", "s1", named(issuertest.Username))
	s.given(t, "a2", "team.shop", "s1", named("of-before"), offline)
	s.given(t, "b1", "team.web", "s2", named("bob"), func(g *store.Grant) { g.Subject = login.Subject(issuertest.Provider, "bob") })
	s.step(time.Hour)
	s.revokeUser(t, "incident-1", issuertest.Provider, strings.ToUpper(issuertest.Username))
	s.knows(t, "a1", isRevoked)
	s.knows(t, "a2", isRevoked)
	s.wantTold(t, map[string]int{"team.web s1": 1, "team.shop s1": 1})
	wantReason(t, s.judgement(t, "incident-1"), v1alpha1.ReasonRevoked, issuertest.Subject)
	s.knows(t, "b1", func(g store.Grant) bool { return g.RevokedAt.IsZero() })

	session := store.Issued{Subject: issuertest.Subject, User: store.User{Provider: issuertest.Provider, Username: "of-before"}, At: s.clock()}
	another := store.Issued{Subject: "usr_another", User: session.User, At: s.clock()}
	later := store.Issued{Subject: issuertest.Subject, At: s.clock().Add(time.Second)}
	for _, r := range []*replica{s.a, s.b} {
		eventually(t, "the subject", func() bool { return r.Revocations.Revoked(session) })
		if r.Revocations.Revoked(another) || r.Revocations.Revoked(later) {
			t.Error("somebody else is revoked, or what came later")
		}
	}
	s.first.Finish(t.Context())
	if got := s.a.traffic.take()["PATCH"] + s.b.traffic.take()["PATCH"]; got < 1 || got > 2 {
		t.Errorf("%d attempts to write the status, want one of each replica at most", got)
	}
	third := s.replica(t, s.clock) // which hears of all that is over, and has nothing to write
	if !third.Revocations.Revoked(session) {
		t.Error("whom the name meant is forgotten by a start")
	}
	third.judgeWaiting(t.Context())
	if got := third.traffic.take()["PATCH"]; got != 0 {
		t.Errorf("%d attempts to write a status that is there", got)
	}
}

// Whoever mistypes is told, and what bears the name is refused all the same.
func TestRevokedByNoName(t *testing.T) {
	s := newIssuers(t)
	s.revokeUser(t, "typo", issuertest.Provider, "alcie")
	wantReason(t, s.judgement(t, "typo"), v1alpha1.ReasonUserNotFound)
	s.revokeUser(t, "elsewhere", "no-such", issuertest.Username)
	wantReason(t, s.judgement(t, "elsewhere"), v1alpha1.ReasonProviderNotFound)
	s.revoke(t, "all", v1alpha1.TokenRevocationSpec{ClientID: "team.other"})
	wantReason(t, s.judgement(t, "all"), v1alpha1.ReasonRevoked)
	bears := store.Issued{User: store.User{Provider: issuertest.Provider, Username: "Alcie"}, At: s.clock()}
	for i, r := range []*replica{s.a, s.b} {
		eventually(t, fmt.Sprint("the name at replica ", i), func() bool { return r.Revocations.Revoked(bears) })
	}
}

// The API server goes away before status is written: the revocation is in force, and the sweeper tells later, as does a replica
// that starts. A spec that changes is judged anew.
func TestJudgedLater(t *testing.T) {
	p := newPair(t)
	s := &issuers{pair: p, told: &told{counts: map[string]int{}}}
	s.revokeUser(t, "incident-1", issuertest.Provider, issuertest.Username) // nobody looks who knows users
	eventually(t, "the name", func() bool {
		return p.a.Revocations.Revoked(store.Issued{User: store.User{Provider: issuertest.Provider, Username: issuertest.Username}, At: p.clock()})
	})
	p.a.judgeWaiting(t.Context())
	s.first = s.before(t, p.a)
	p.a.judgeWaiting(t.Context())
	o := s.judgement(t, "incident-1")
	wantReason(t, o, v1alpha1.ReasonRevoked, issuertest.Subject)

	o.Spec.User.Username = "alcie"
	if err := s.Client.Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the judgement of the new name", func() bool {
		p.a.judgeWaiting(t.Context())
		o = s.judgement(t, "incident-1")
		return o.Status.ObservedGeneration == o.Generation
	})
	wantReason(t, o, v1alpha1.ReasonUserNotFound)
	former := store.Issued{Subject: issuertest.Subject, At: p.clock()}
	eventually(t, "the former judgement to be over", func() bool { return !p.a.Revocations.Revoked(former) })
}
