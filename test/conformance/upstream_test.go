package conformance

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// headStart is a clock that is ahead of all others.
type headStart struct{ by atomic.Int64 }

func (h *headStart) now() time.Time { return time.Now().Add(time.Duration(h.by.Load())) }

// pass lets an access token of the judged issuer expire, so that the next refresh asks elsewhere.
func (h *headStart) pass() { h.by.Add(int64(10 * time.Minute)) }

// abroad is a client whose people log in elsewhere.
type abroad struct {
	*gopher

	judged    *judged
	elsewhere *elsewhere
	clock     *headStart
}

func newAbroad(t *testing.T) *abroad {
	t.Helper()
	scripts, clock := setUp(t), new(headStart)
	j := judge(t, "/tenant", func(c *issuer.Config) { c.Now = clock.now })
	e := j.sendElsewhere(t, scripts,
		registration.ClaimMapping{Name: "groups", Expression: "claims.groups.filter(g, g.startsWith('app-'))"},
		registration.ClaimMapping{Name: "nickname", Expression: "claims.email.split('@')[0]"})
	e.know(t, ofAlice("Alice Example", "all", "app-dev"))
	g := j.gopher(t, "web")
	g.Scopes = []string{"openid", "profile", "email", "groups"}
	return &abroad{g, j, e, clock}
}

func ofAlice(name string, groups ...string) map[string]any {
	return map[string]any{"name": name, "email": "al@corp.example", "email_verified": true, "groups": groups}
}

// told is what the client hears of alice.
func (a *abroad) told(name string, groups ...any) members {
	return members{
		"status": 200, "sub": login.Subject(corp, a.elsewhere.url+" "+username), "name": name, "nickname": "al",
		"email": "al@corp.example", "email_verified": true, "groups": groups,
	}
}

// OI-24, RT-20: oidc-provider logs people in, by PKCE and its own pages. What it says of them comes along, and whatever it
// says at a refresh counts from then on. Its refresh tokens are good once.
func TestNodeUpstream(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	token := a.login(t, "RS256")
	if id := a.verify(t, token); id.Subject != a.told("").text("sub") {
		t.Errorf("ID token for %s", id.Subject)
	}
	if diff := cmp.Diff(a.told("Alice Example", "app-dev"), a.judged.userinfo(t, token.AccessToken)); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	for _, name := range []string{"Alice Newname", "Alice Newername"} {
		a.elsewhere.know(t, ofAlice(name, "all", "app-ops", "app-dev"))
		a.clock.pass()
		var err error
		if token, err = a.renew(token); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.told(name, "app-ops", "app-dev"), a.judged.userinfo(t, token.AccessToken)); diff != "" {
			t.Errorf("userinfo after a refresh (-want +got):\n%s", diff)
		}
	}
}

// RT-20: whoever is gone there is gone here, at the next refresh.
func TestNodeUpstreamGone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, order, answer string
		details             map[string]any
	}{
		{"the account", "forget", "forgotten", map[string]any{"account": username}},
		{"the grant", "revoke", "1", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newAbroad(t)
			token := a.login(t, "RS256")
			if answer := a.elsewhere.order(t, tc.order, tc.details); answer != tc.answer {
				t.Fatalf("%s: %s, want %s", tc.order, answer, tc.answer)
			}
			if _, err := a.renew(token); err != nil {
				t.Errorf("too early to ask: %v", err)
			}
			a.clock.pass()
			for range 2 {
				_, err := a.renew(token)
				wantCode(t, "the refresh token", err, "invalid_grant")
			}
			silently := oauth2.SetAuthURLParam("prompt", "none")
			if answer := a.ask(t, oauth2.S256ChallengeOption(verifier), silently); answer.Get("error") != "login_required" {
				t.Errorf("the session: %v", answer)
			}
		})
	}
}
