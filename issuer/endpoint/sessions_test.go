package endpoint_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// replicas are two replicas of one issuer on one store, which a browser meets in turns, and three clients that listen: Web and
// second get online access, lasting gets access that is to outlive the session.
type replicas struct {
	a, b    *issuertest.Server
	grants  *memory.Grants
	revoked store.Revocations
	hears   []store.Endings // one of each replica
	clients *listener
	turn    atomic.Int64
}

const (
	second  = "shop.second"
	lasting = "shop.lasting"
)

// Tell adds a replica.
func (r *replicas) Tell(to store.Endings) {
	r.hears = append(r.hears, to)
	r.grants.Tell(to)
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	r := &replicas{clients: &listener{}}
	stores := map[string]store.Stores{}
	shared := issuertest.With(func(c *issuer.Config) {
		if r.a != nil {
			c.Now = r.a.Clock.Now
		} else {
			r.grants, r.revoked = memory.NewGrants(c.Now), memory.NewRevocations(c.Now)
			stores[registration.StorageKubernetes] = store.Stores{
				Grants: r.grants, Index: r.grants, Marks: memory.NewMarks(c.Now), Revocations: r.revoked, Ends: r,
			}
		}
		c.Stores, c.Outbound = stores, r.clients
	})
	r.a = issuertest.New(t, issuertest.People(), shared)
	r.b = issuertest.New(t, issuertest.People(), shared)
	sealing := issuertest.NewRing(t, 2, keys.XC20P)
	for _, server := range r.both() {
		server.UseRing(t, r.a.Ring)
		if err := server.Registry.UseSealing(sealing); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{issuertest.WebID, second, lasting} {
			client := issuertest.Web()
			client.ClientID, client.Owner.UID, client.BackchannelLogoutURI = id, "uid-"+id, "https://"+id+".example/heard"
			client.PostLogoutRedirectURIs = []string{left}
			server.Register(client)
		}
	}
	return r
}

func (r *replicas) both() []*issuertest.Server { return []*issuertest.Server{r.a, r.b} }

// ServeHTTP lets the replicas take turns.
func (r *replicas) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.both()[r.turn.Add(1)%2].Handler.ServeHTTP(w, q)
}

func (r *replicas) browser(t *testing.T) *issuertest.Browser {
	t.Helper()
	return issuertest.NewBrowser(t, issuertest.URL, roundTrip{r})
}

// settle lets time have passed to no purpose but that of those who look after what has ended.
func (r *replicas) settle(t *testing.T) {
	t.Helper()
	r.grants.Sweep(t.Context())
	for _, server := range r.both() {
		server.Finish(t.Context())
	}
}

// enters brings a browser to a client's tokens, by the password of username where that is asked for.
func (r *replicas) enters(t *testing.T, browser *issuertest.Browser, username, client string, pairs ...string) map[string]any {
	t.Helper()
	page := browser.Visit(request(append([]string{"client_id", client}, pairs...)...))
	if page.Left == nil && strings.Contains(page.Body, `name="password"`) {
		page = browser.Submit(page, "username", username, "password", issuertest.Password)
	}
	if page.Left == nil {
		page = browser.Submit(page, "decision", "allow")
	}
	return r.post(t, client, "grant_type", "authorization_code", "code", page.Answer(t).Get("code"), "code_verifier", verifier)
}

func (r *replicas) post(t *testing.T, client string, pairs ...string) map[string]any {
	t.Helper()
	server := r.both()[r.turn.Add(1)%2]
	return issuertest.JSON(t, server.PostForm("/token", issuertest.Form(pairs...), issuertest.Basic(client, issuertest.WebSecret)))
}

// lives names what of a client's tokens is good, wherever one of the replicas takes it.
func (r *replicas) lives(t *testing.T, client string, tokens map[string]any) []string {
	t.Helper()
	access := tokens["access_token"].(string)
	var found []string
	for _, server := range r.both() {
		if server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)).Code == http.StatusOK {
			found = append(found, "userinfo")
		}
		if strings.Contains(server.Introspect(access).Body.String(), `"active":true`) {
			found = append(found, "introspection")
		}
		form := issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
		if server.PostForm("/token", form, issuertest.Basic(client, issuertest.WebSecret)).Code == http.StatusOK {
			found = append(found, "refresh")
		}
	}
	return found
}

// copied is what a browser's session cookie is good for in the hands of somebody else.
func (r *replicas) copied(t *testing.T, cookies []*http.Cookie) bool {
	t.Helper()
	for range r.both() {
		thief := r.browser(t)
		for _, cookie := range cookies {
			thief.AddCookie(cookie)
		}
		if loggedIn(t, thief) {
			return true
		}
	}
	return false
}

// heard counts the notices by client and session.
func (r *replicas) heard(t *testing.T) map[string]int {
	t.Helper()
	r.clients.mu.Lock()
	defer r.clients.mu.Unlock()
	counts := map[string]int{}
	for _, form := range r.clients.forms {
		_, claims := claimsOf(t, r.a, form.Get("logout_token"))
		counts[fmt.Sprint(claims["aud"])]++
	}
	return counts
}

func sid(t *testing.T, r *replicas, tokens map[string]any) string {
	t.Helper()
	_, claims := claimsOf(t, r.a, tokens["id_token"].(string))
	return claims["sid"].(string)
}

// visitor is somebody who has logged in to Web and lasting, then again on the way to second, with a copy of each cookie.
type visitor struct {
	*replicas

	browser *issuertest.Browser
	who     string // is logged in now
	tokens  map[string]map[string]any
	copies  [][]*http.Cookie
}

func (v *visitor) copy() { v.copies = append(v.copies, v.browser.Cookies()) }

// again are the ways in which somebody comes to log in again on the way to second.
var again = []struct {
	name  string
	same  bool // the sid stays
	fresh bool // by a password
	come  func(*testing.T, *visitor) map[string]any
}{
	{"not at all", true, false, func(t *testing.T, v *visitor) map[string]any { return v.enters(t, v.browser, v.who, second) }},
	{"prompt=login", true, true, func(t *testing.T, v *visitor) map[string]any {
		return v.enters(t, v.browser, v.who, second, "prompt", "login")
	}},
	{"max_age=0", true, true, func(t *testing.T, v *visitor) map[string]any {
		return v.enters(t, v.browser, v.who, second, "max_age", "0")
	}},
	{"twice", true, true, func(t *testing.T, v *visitor) map[string]any {
		v.enters(t, v.browser, v.who, second, "prompt", "login")
		v.copy()
		v.a.Clock.Step(5 * time.Hour)
		return v.enters(t, v.browser, v.who, second, "prompt", "select_account")
	}},
	{"away for the night", true, true, func(t *testing.T, v *visitor) map[string]any {
		v.a.Clock.Step(16 * time.Hour)
		return v.enters(t, v.browser, v.who, second)
	}},
	{"the session ran out", false, true, func(t *testing.T, v *visitor) map[string]any {
		v.a.Clock.Step(24*time.Hour + 30*time.Minute)
		return v.enters(t, v.browser, v.who, second)
	}},
	{"another person", false, true, func(t *testing.T, v *visitor) map[string]any {
		v.who = "bob"
		return v.enters(t, v.browser, v.who, second, "prompt", "login")
	}},
	{"another person the next day", false, true, func(t *testing.T, v *visitor) map[string]any {
		v.a.Clock.Step(16 * time.Hour)
		v.who = "bob"
		return v.enters(t, v.browser, v.who, second)
	}},
}

// ways are those in which the session of whoever is logged in ends.
var ways = []struct {
	name string
	own  bool // reaches the session in which Web got its ID token, and nothing else
	end  func(*testing.T, *visitor)
}{
	{"by the last client's ID token", false, func(t *testing.T, v *visitor) { v.leave(t, v.browser, second) }},
	{"by the first client's ID token", true, func(t *testing.T, v *visitor) { v.leave(t, v.browser, issuertest.WebID) }},
	{"by the last client's ID token, without a cookie", false, func(t *testing.T, v *visitor) { v.leave(t, v.replicas.browser(t), second) }},
	{"by the first client's ID token, without a cookie", true, func(t *testing.T, v *visitor) {
		v.leave(t, v.replicas.browser(t), issuertest.WebID)
	}},
	{"by the page, when the cookie has gone idle", false, func(t *testing.T, v *visitor) {
		v.a.Clock.Step(10 * time.Hour)
		v.browser.Submit(v.browser.Visit("/logout"))
	}},
	{"by its age", false, func(_ *testing.T, v *visitor) { v.a.Clock.Step(24*time.Hour + 30*time.Minute) }},
	{"by another person", false, func(t *testing.T, v *visitor) {
		other := map[string]string{"bob": issuertest.Username, issuertest.Username: "bob"}[v.who]
		page := v.browser.Visit(request("client_id", second, "prompt", "login"))
		v.browser.Submit(page, "username", other, "password", issuertest.Password)
		v.browser = v.replicas.browser(t)
	}},
	{"by the end of the person", false, func(t *testing.T, v *visitor) {
		for _, server := range v.both() {
			server.UseUsers(t, usersWith(t, "username: "+v.who, "username: somebody"))
		}
	}},
	{"by a revocation of an administrator", false, func(t *testing.T, v *visitor) {
		r := store.Revocation{
			SessionID: sid(t, v.replicas, v.tokens[second]), IssuedBefore: v.a.Clock.Now().Add(time.Second), Expires: v.a.Clock.Now().Add(time.Hour),
		}
		if err := v.revoked.Revoke(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		for _, hears := range v.hears {
			hears.RevocationApplied(t.Context(), r)
		}
	}},
}

// leave logs out by the ID token of a client. The person is not asked.
func (v *visitor) leave(t *testing.T, browser *issuertest.Browser, client string) {
	t.Helper()
	query := issuertest.Form("id_token_hint", v.tokens[client]["id_token"].(string), "post_logout_redirect_uri", left)
	if page := browser.Visit("/logout?" + query.Encode()); page.Left == nil || page.Left.String() != left {
		t.Fatalf("status %d:\n%s", page.Status, page.Body)
	}
}

// TestSessionMatrix logs somebody in to two clients, again on the way to a third one in each way that there is, and ends that
// in each way that there is. Then all that was granted online is dead at both replicas, no copy of any cookie is good, and
// each client has heard once.
func TestSessionMatrix(t *testing.T) {
	for _, login := range again {
		for _, way := range ways {
			if way.own && !login.same {
				continue // it is of a session that has ended already
			}
			t.Run(login.name+", ended "+way.name, func(t *testing.T) {
				v := &visitor{replicas: newReplicas(t), who: issuertest.Username, tokens: map[string]map[string]any{}}
				v.browser = v.replicas.browser(t)
				v.tokens[issuertest.WebID] = v.enters(t, v.browser, v.who, issuertest.WebID)
				v.tokens[lasting] = v.enters(t, v.browser, v.who, lasting, "scope", "openid orders:read offline_access")
				v.copy()
				v.a.Clock.Step(5 * time.Minute)
				v.tokens[second] = login.come(t, v)
				v.copy()
				v.settle(t)
				v.wantAfterLogin(t, login.same, login.fresh)
				v.a.Clock.Step(5 * time.Minute)
				way.end(t, v)
				v.settle(t)
				v.settle(t)
				v.wantAllOver(t, way.name == "by the end of the person" && v.who == issuertest.Username)
			})
		}
	}
}

// wantAfterLogin looks at what the second login has made of the first.
func (v *visitor) wantAfterLogin(t *testing.T, same, fresh bool) {
	t.Helper()
	_, before := claimsOf(t, v.a, v.tokens[issuertest.WebID]["id_token"].(string))
	_, after := claimsOf(t, v.a, v.tokens[second]["id_token"].(string))
	if (before["sid"] == after["sid"]) != same || (before["auth_time"] != after["auth_time"]) != fresh {
		t.Errorf("sid and auth_time %v, %v after %v, %v", after["sid"], after["auth_time"], before["sid"], before["auth_time"])
	}
	for _, former := range v.copies[:len(v.copies)-1] {
		if v.copied(t, former) == fresh {
			t.Errorf("the former cookie is good: %t", fresh)
		}
	}
	if !v.copied(t, v.copies[len(v.copies)-1]) {
		t.Error("nobody is logged in")
	}
	web := v.post(t, issuertest.WebID, "grant_type", "refresh_token", "refresh_token", v.tokens[issuertest.WebID]["refresh_token"].(string))
	if (web["access_token"] != nil) != same {
		t.Errorf("the first client's refresh: %v", web["error"])
	}
	want := map[string]int{}
	if !same {
		want = map[string]int{issuertest.WebID: 1, lasting: 1}
	} else {
		v.tokens[issuertest.WebID]["access_token"] = web["access_token"]
	}
	if got := v.heard(t); !maps.Equal(got, want) {
		t.Errorf("heard: %v, want %v", got, want)
	}
}

// wantAllOver looks at what is left in the end: what was to outlive the session, unless its person is gone.
func (v *visitor) wantAllOver(t *testing.T, gone bool) {
	t.Helper()
	for i, cookies := range v.copies {
		if v.copied(t, cookies) {
			t.Errorf("cookie %d is good", i)
		}
	}
	for _, client := range []string{issuertest.WebID, second} {
		if left := v.lives(t, client, v.tokens[client]); len(left) > 0 {
			t.Errorf("of %s live: %v", client, left)
		}
	}
	if lives := v.lives(t, lasting, v.tokens[lasting]); slices.Contains(lives, "refresh") == gone {
		t.Errorf("of what was to last live: %v", lives)
	}
	if got, want := v.heard(t), map[string]int{issuertest.WebID: 1, second: 1, lasting: 1}; !maps.Equal(got, want) {
		t.Errorf("heard: %v, want %v", got, want)
	}
	found, err := v.grants.OfSession(t.Context(), sid(t, v.replicas, v.tokens[second]))
	if err != nil || slices.ContainsFunc(found, func(g store.Grant) bool { return !g.Offline }) {
		t.Errorf("grants that live: %v, %v", found, err)
	}
}
