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

// judge holds what was told to the law.
func (a *asking) judge(t *rapid.T, place string, told map[string]any, rules []string, page string, byScope bool, asked []string) {
	for claim := range told {
		scope, known := scopeOfClaim[claim]
		granted := slices.Contains(a.scopes, scope)
		named := slices.Contains(asked, claim) && (granted || strings.Contains(page, "<code>"+claim+"</code>"))
		if !known || !slices.Contains(rules, scope) || !(granted && byScope) && !named {
			t.Errorf("%+v: %s tells %s of scope %q, with %q", a, place, claim, scope, rules)
		}
	}
	for claim, scope := range scopeOfClaim {
		allowed := byScope && slices.Contains(a.scopes, scope) || slices.Contains(asked, claim) && slices.Contains(a.rules, scope)
		if _, ok := told[claim]; !ok && allowed && slices.Contains(rules, scope) {
			t.Errorf("%+v: %s does not tell %s of scope %q, with %q", a, place, claim, scope, rules)
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
		a.judge(rt, "the ID token", personal(t, server, tokens), a.rules, page.Body, !a.minimal, a.idToken)
		a.judge(rt, "userinfo", userinfoOf(t, server, tokens), a.rules, page.Body, true, a.userinfo)
		server.Register(a.client(a.later))
		a.judge(rt, "userinfo later", userinfoOf(t, server, tokens), a.later, page.Body, true, a.userinfo)
		a.judge(rt, "the refreshed ID token", personal(t, server, refreshWeb(t, server, tokens)), a.later, page.Body, !a.minimal, a.idToken)
	})
}
