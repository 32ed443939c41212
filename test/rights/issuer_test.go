package rights

import (
	"net/http"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// peopleComeAndGo makes the issuer write all that it ever writes.
func peopleComeAndGo(t *testing.T, in *live.Installation) {
	p := newPerson(t, in)
	first := p.logIn(t)
	p.refresh(t, first.RefreshToken, true)
	p.revokeTwice(t, first.AccessToken)
	revocationIsJudged(t, in)
	p.connect(t)
	p.logOut(t, first)
	p.revoke(t, first.RefreshToken)
	p.refresh(t, first.RefreshToken, false) // after a look at what the API server has
}

// revocationIsJudged lets an administrator revoke by the name of somebody who is not there.
func revocationIsJudged(t *testing.T, in *live.Installation) {
	t.Helper()
	o := &v1alpha1.TokenRevocation{
		ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "by-name"},
		Spec: v1alpha1.TokenRevocationSpec{
			IssuerName: stack.DefaultIssuer, User: &v1alpha1.RevokedUser{Provider: "staff", Username: "nobody"},
			IssuedBefore: metav1.NewTime(time.Now()), ExpiresAt: metav1.NewTime(time.Now().Add(time.Hour)),
		},
	}
	create(t, in, o)
	live.Await(t, in, o, "a judgement", func(o *v1alpha1.TokenRevocation) bool { return len(o.Status.Conditions) > 0 })
	if err := in.Client.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// strangerAsks names a client that the issuer does not know yet, and might have missed.
func strangerAsks(t *testing.T, in *live.Installation) {
	stranger := live.Credentials{ClientID: "team-shop.stranger", ClientSecret: "guessed", TokenURL: in.IssuerURL + "/token"}
	if answer, err := in.AskToken(t.Context(), stranger); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("a stranger: %s (%v), want 401", answer.Says(), err)
	}
}

// replicaComesAndGoes starts a second replica, which talks as one does to an older API server, and ends it.
func replicaComesAndGoes(t *testing.T, in *live.Installation) {
	talkAsBefore(t)
	if err := in.StartReplica(t.Context()); err != nil {
		t.Fatal(err)
	}
	live.AwaitAll(t, in, &v1alpha1.IssuerReportList{}, "two replicas to report",
		func(all live.Objects[*v1alpha1.IssuerReport]) bool { return len(all) == 2 })
	if err := in.Replica.Stop(); err != nil {
		t.Fatal(err)
	}
	live.AwaitAll(t, in, &v1alpha1.IssuerReportList{}, "the one that ended to have gone",
		func(all live.Objects[*v1alpha1.IssuerReport]) bool { return len(all) == 1 })
}

// talkAsBefore makes what is started by this test list before it watches, which servers want that cannot stream a list.
func talkAsBefore(t *testing.T) { t.Setenv("KUBE_FEATURE_WatchListClient", "false") }

// leaveExpired puts into the store what has expired long ago, for the issuer to sweep.
func leaveExpired(t *testing.T, in *live.Installation) {
	for _, object := range expired() {
		create(t, in, object)
	}
}

func expiredIsSwept(t *testing.T, in *live.Installation) {
	all := expired()
	live.AwaitGone(t, in, all[0].(*v1alpha1.TokenGrant))
	live.AwaitGone(t, in, all[1].(*v1alpha1.TokenMark))
	live.AwaitGone(t, in, all[2].(*v1alpha1.TokenRevocation))
}

// expired are a grant, a mark and a revocation.
func expired() []client.Object {
	past := func(ago time.Duration) metav1.Time { return metav1.NewTime(time.Now().Add(-ago)) }
	began, ended := past(time.Hour), past(30*time.Minute)
	meta := metav1.ObjectMeta{Namespace: stack.Namespace, Name: "expired"}
	return []client.Object{
		&v1alpha1.TokenGrant{ObjectMeta: meta, Spec: v1alpha1.TokenGrantSpec{
			IssuerName: stack.DefaultIssuer, Subject: "usr_expired", CreatedAt: began, ExpiresAt: ended,
			Client: v1alpha1.GrantedClient{ID: "team-shop.gone", Namespace: "team-shop", Name: "gone", UID: "gone"},
		}},
		&v1alpha1.TokenMark{ObjectMeta: meta, Spec: v1alpha1.TokenMarkSpec{
			IssuerName: stack.DefaultIssuer, Kind: "device", ExpiresAt: ended,
		}},
		&v1alpha1.TokenRevocation{ObjectMeta: meta, Spec: v1alpha1.TokenRevocationSpec{
			IssuerName: stack.DefaultIssuer, TokenID: "expired", IssuedBefore: began, ExpiresAt: ended,
		}},
	}
}
