package endpoint_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// scopeOfClaim is what belongs to what, for whom knowsAll has something to tell.
var scopeOfClaim = map[string]string{
	"name": "profile", "preferred_username": "profile", "nickname": "profile", "email": "email", "email_verified": "email",
	"phone_number": "phone", "address": "address", "groups": "groups", "department": "department", "level": "level",
}

// knowsAll is a file of users who have all of these claims.
func knowsAll(t *testing.T) string {
	return strings.Replace(issuertest.Users(t), "groups: [dev, ops]",
		"groups: [dev, ops]\n  nickname: Al\n  phoneNumber: '+49'\n  address: {country: DE}\n  claims: {department: shipping, level: 7}", 1)
}

// asking is one client's life: what it may have, what it asks for, and what it may have later.
type asking struct {
	rules, later, scopes []string
	idToken, userinfo    []string // claims by name
	minimal              bool
}

var someAsking = rapid.Custom(func(t *rapid.T) asking {
	pool := []string{"profile", "email", "phone", "address", "groups", "department", "level", "orders:read"}
	names := append(slices.Sorted(maps.Keys(scopeOfClaim)), "sub", "acr", "iss", "shoe_size", "profile", "phone")
	some := func(from []string, label string) []string {
		if len(from) == 0 {
			return nil
		}
		return rapid.SliceOfDistinct(rapid.SampledFrom(from), rapid.ID[string]).Draw(t, label)
	}
	a := asking{rules: append(some(pool, "rules"), "openid")}
	a.later = append(some(pool, "later"), "openid")
	a.scopes = append(slices.DeleteFunc(some(a.rules, "scopes"), func(s string) bool { return s == "openid" }), "openid")
	a.idToken, a.userinfo = some(names, "id_token"), some(names, "userinfo")
	a.minimal = rapid.Bool().Draw(t, "minimal")
	return a
})

func (a *asking) client(rules []string) *registration.Registration {
	web := webWith("", rules...)
	if a.minimal {
		web.IDToken.Claims = registration.ClaimsMinimal
	}
	return web
}

func (a *asking) path(t *rapid.T) string {
	named := func(names []string) map[string]any {
		place := map[string]any{}
		for _, name := range names {
			place[name] = nil
		}
		return place
	}
	claims, err := json.Marshal(map[string]any{"id_token": named(a.idToken), "userinfo": named(a.userinfo)})
	if err != nil {
		t.Fatal(err)
	}
	return request("scope", strings.Join(a.scopes, " "), "claims", string(claims), "prompt", "consent")
}

// telling is what was told at one place, under the rules of then.
type telling struct {
	place   string
	claims  map[string]any
	rules   []string
	asked   []string // there, by name
	byScope bool     // whether scopes release claims there
}

// judge holds what was told to the law; page is what the person allowed.
func (a *asking) judge(t *rapid.T, page string, told telling) {
	for claim := range told.claims {
		scope, known := scopeOfClaim[claim]
		granted := slices.Contains(a.scopes, scope)
		named := slices.Contains(told.asked, claim) && (granted || strings.Contains(page, "<code>"+claim+"</code>"))
		byScope := granted && told.byScope
		if !known || !slices.Contains(told.rules, scope) || !byScope && !named {
			t.Errorf("%+v: %s of scope %q is in %+v", a, claim, scope, told)
		}
	}
	for claim, scope := range scopeOfClaim {
		byScope := told.byScope && slices.Contains(a.scopes, scope)
		named := slices.Contains(told.asked, claim) && slices.Contains(a.rules, scope)
		if _, ok := told.claims[claim]; !ok && (byScope || named) && slices.Contains(told.rules, scope) {
			t.Errorf("%+v: %s of scope %q is not in %+v", a, claim, scope, told)
		}
	}
}

// TestClaimsLaw takes the whole way: each claim belongs to a scope, and is told only while the client's rules have that scope
// and the person allowed it by name, as a scope or as a claim that the page showed; in ID tokens and by userinfo, and also
// when the rules have changed.
func TestClaimsLaw(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.UseUsers(t, knowsAll(t))
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	rapid.Check(t, func(rt *rapid.T) {
		a := someAsking.Draw(rt, "asking")
		server.Clock.Step(2 * time.Second)
		server.Register(a.client(a.rules))
		page := browser.Visit(a.path(rt))
		tokens := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
		a.judge(rt, page.Body, telling{"the ID token", personal(t, server, tokens), a.rules, a.idToken, !a.minimal})
		a.judge(rt, page.Body, telling{"userinfo", userinfoOf(t, server, tokens), a.rules, a.userinfo, true})
		server.Register(a.client(a.later))
		a.judge(rt, page.Body, telling{"userinfo later", userinfoOf(t, server, tokens), a.later, a.userinfo, true})
		refreshed := refreshWeb(t, server, tokens)
		a.judge(rt, page.Body, telling{"the ID token later", personal(t, server, refreshed), a.later, a.idToken, !a.minimal})
	})
}
