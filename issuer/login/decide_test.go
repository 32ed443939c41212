package login_test

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

var (
	none    = oauth.Prompt{None: true}
	again   = oauth.Prompt{Login: true}
	consent = oauth.Prompt{Consent: true}
	choose  = oauth.Prompt{SelectAccount: true}
	all     = oauth.Prompt{Login: true, Consent: true, SelectAccount: true}
)

const thisFlow = "this flow"

// loggedIn is a session of alice, so long after the flow began, or before it.
func loggedIn(after time.Duration, flow string) *login.Session {
	session := login.NewSession(alice, flow, start.Add(after))
	return &session
}

func seconds(n int) *time.Duration { return new(time.Duration(n) * time.Second) }

func TestNext(t *testing.T) {
	earlier, here := loggedIn(-time.Hour, "another flow"), loggedIn(time.Minute, thisFlow)
	behind := loggedIn(-time.Second, thisFlow) // by a replica whose clock is behind
	otherTab := loggedIn(time.Minute, "another flow")
	bob := login.Subject("staff", "bob")
	type q = login.Question
	for _, tc := range []struct {
		name string
		q    login.Question
		step login.Step
		code oauth.Code
	}{
		{"stranger", q{}, login.StepLogin, ""},
		{"stranger, consent remembered for nobody", q{Remembered: true}, login.StepLogin, ""},
		{"logged in", q{Session: earlier}, login.StepConsent, ""},
		{"logged in, remembered", q{Session: earlier, Remembered: true}, login.StepIssue, ""},
		{"logged in, consented", q{Session: earlier, Consented: true}, login.StepIssue, ""},

		// OI-07
		{"none, stranger", q{Prompt: none}, "", oauth.LoginRequired},
		{"none, not remembered", q{Prompt: none, Session: earlier}, "", oauth.ConsentRequired},
		{"none, remembered", q{Prompt: none, Session: earlier, Remembered: true}, login.StepIssue, ""},

		// OI-09
		{"login", q{Prompt: again, Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"login, done", q{Prompt: again, Session: here, Remembered: true}, login.StepIssue, ""},
		{"login, done under another clock", q{Prompt: again, Session: behind, Remembered: true}, login.StepIssue, ""},
		{"login, done in another tab since", q{Prompt: again, Session: otherTab, Remembered: true}, login.StepIssue, ""},
		{"login at the moment of the request", q{Prompt: again, Session: loggedIn(0, "another flow"), Remembered: true}, login.StepLogin, ""},
		{"consent", q{Prompt: consent, Session: earlier, Remembered: true}, login.StepConsent, ""},
		{"consent, given", q{Prompt: consent, Session: earlier, Remembered: true, Consented: true}, login.StepIssue, ""},
		{"consent, stranger", q{Prompt: consent}, login.StepLogin, ""},
		{"select_account", q{Prompt: choose, Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"select_account, done", q{Prompt: choose, Session: here, Remembered: true}, login.StepIssue, ""},
		{"all three", q{Prompt: all, Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"all three, logged in", q{Prompt: all, Session: here, Remembered: true}, login.StepConsent, ""},
		{"all three, done", q{Prompt: all, Session: here, Consented: true}, login.StepIssue, ""},

		// OI-05
		{"max_age, young enough", q{MaxAge: seconds(3660), Session: earlier, Remembered: true}, login.StepIssue, ""},
		{"max_age, too old", q{MaxAge: seconds(3659), Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"max_age, too old, none", q{MaxAge: seconds(3659), Prompt: none, Session: earlier, Remembered: true}, "", oauth.LoginRequired},
		{"max_age, logged in since, whatever it took", q{MaxAge: seconds(1), Session: here, Remembered: true}, login.StepIssue, ""},
		{"max_age zero", q{MaxAge: seconds(0), Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"max_age zero, this very moment", q{MaxAge: seconds(0), Session: loggedIn(0, ""), Remembered: true, Now: start}, login.StepLogin, ""},
		{"max_age zero, done", q{MaxAge: seconds(0), Session: here, Remembered: true}, login.StepIssue, ""},
		{"max_age zero, none", q{MaxAge: seconds(0), Prompt: none, Session: earlier, Remembered: true}, "", oauth.LoginRequired},

		// OI-10
		{"hint", q{HintedSubject: alice.Subject, Session: earlier, Remembered: true}, login.StepIssue, ""},
		{"hint, stranger", q{HintedSubject: alice.Subject}, login.StepLogin, ""},
		{"hint of another", q{HintedSubject: bob, Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"hint of another, who came in another tab", q{HintedSubject: bob, Session: otherTab, Remembered: true}, login.StepLogin, ""},
		{"hint of another, after the login", q{HintedSubject: bob, Session: here, Remembered: true}, "", oauth.LoginRequired},
		{"hint of another, none", q{HintedSubject: bob, Prompt: none, Session: earlier, Remembered: true}, "", oauth.LoginRequired},

		// OI-16
		{"sub", q{WantedSubjects: []string{bob, alice.Subject}, Session: earlier, Remembered: true}, login.StepIssue, ""},
		{"sub of another", q{WantedSubjects: []string{bob}, Session: earlier, Remembered: true}, login.StepLogin, ""},
		{"sub of another, none", q{WantedSubjects: []string{bob}, Prompt: none, Session: earlier}, "", oauth.LoginRequired},
		{"sub of another, after the login", q{WantedSubjects: []string{bob}, Session: here, Consented: true}, "", oauth.LoginRequired},
		{"sub and hint differ", q{WantedSubjects: []string{bob}, HintedSubject: alice.Subject, Session: here}, "", oauth.LoginRequired},

		// AZ-22
		// what the platform answers for
		{"skipped, stranger", q{Skipped: true}, login.StepLogin, ""},
		{"skipped", q{Session: earlier, Skipped: true}, login.StepIssue, ""},
		{"skipped, none", q{Prompt: none, Session: earlier, Skipped: true}, login.StepIssue, ""},
		{"skipped, none, stranger", q{Prompt: none, Skipped: true}, "", oauth.LoginRequired},
		{"skipped, consent", q{Prompt: consent, Session: earlier, Skipped: true}, login.StepConsent, ""},
		{"skipped, consent, given", q{Prompt: consent, Session: earlier, Skipped: true, Consented: true}, login.StepIssue, ""},
		{"skipped, login", q{Prompt: again, Session: earlier, Skipped: true}, login.StepLogin, ""},
		{"skipped, always ask", q{AlwaysAsk: true, Session: earlier, Skipped: true}, login.StepConsent, ""},

		{"always ask", q{AlwaysAsk: true, Session: earlier, Remembered: true}, login.StepConsent, ""},
		{"always ask, given", q{AlwaysAsk: true, Session: earlier, Consented: true}, login.StepIssue, ""},
		{"always ask, none", q{AlwaysAsk: true, Prompt: none, Session: earlier, Remembered: true}, "", oauth.ConsentRequired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.q.FlowID, tc.q.FlowStarted = thisFlow, start
			if tc.q.Now.IsZero() {
				tc.q.Now = start.Add(time.Minute)
			}
			step, err := login.Next(tc.q)
			if step != tc.step || oauth.CodeOf(err) != tc.code {
				t.Errorf("Next: %q, %v; want %q, code %q", step, err, tc.step, tc.code)
			}
		})
	}
}

// Without a flow, as at the first look at a request with prompt=none, no session counts as begun in it.
func TestNextWithoutFlow(t *testing.T) {
	q := login.Question{Prompt: again, Session: loggedIn(-time.Hour, ""), FlowStarted: start, Now: start, Remembered: true}
	if step, err := login.Next(q); step != login.StepLogin || err != nil {
		t.Errorf("Next: %q, %v; want %q", step, err, login.StepLogin)
	}
}

func TestCovers(t *testing.T) {
	grant := func(change func(*store.Grant)) store.Grant {
		g := store.Grant{
			Client: store.Client{ID: "shop.web", UID: "uid"}, Expires: start.Add(time.Hour),
			Scopes: []string{"openid", "orders:read"}, Resources: []string{"https://orders.example"},
		}
		change(&g)
		return g
	}
	good := grant(func(*store.Grant) {})
	elsewhere := grant(func(g *store.Grant) {
		g.Scopes, g.Resources = []string{"stock:read"}, []string{"https://stock.example"}
	})
	for _, tc := range []struct {
		name              string
		grants            []store.Grant
		scopes, resources []string
		want              bool
	}{
		{"the same", []store.Grant{good}, []string{"orders:read", "openid"}, []string{"https://orders.example"}, true},
		{"less", []store.Grant{good}, []string{"openid"}, nil, true},
		{"nothing", []store.Grant{good}, nil, nil, true},
		{"no grants", nil, nil, nil, false},
		{"another scope", []store.Grant{good}, []string{"orders:write"}, nil, false},
		{"another resource", []store.Grant{good}, []string{"openid"}, []string{"https://stock.example"}, false},
		{"one of two", []store.Grant{elsewhere, good}, []string{"openid"}, nil, true},
		{"two do not add up", []store.Grant{elsewhere, good}, []string{"orders:read"}, []string{"https://stock.example"}, false},
		{"expired", []store.Grant{grant(func(g *store.Grant) { g.Expires = start })}, nil, nil, false},
		{"revoked", []store.Grant{grant(func(g *store.Grant) { g.RevokedAt = start })}, nil, nil, false},
		{"by the platform", []store.Grant{grant(func(g *store.Grant) { g.ByPlatform = true })}, nil, nil, false},
		{"another client", []store.Grant{grant(func(g *store.Grant) { g.Client.UID = "other" })}, nil, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := login.Covers(tc.grants, "uid", tc.scopes, tc.resources, start); got != tc.want {
				t.Errorf("Covers: %v, want %v", got, tc.want)
			}
		})
	}
}
