package endpoint_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// What every answer must keep to, in bytes: gateways allow a header 4 KiB, often.
const (
	maxHeader   = 3 << 10
	maxRedirect = 2 << 10
	maxCodeText = 1 << 10
	maxCookies  = 4 << 10
)

// journey is an issuer whose people come from elsewhere, and a browser whose answers are measured.
type journey struct {
	*issuertest.Server

	foreigner *issuertest.Foreigner
	gauge     *issuertest.Gauge
	browser   *issuertest.Browser
}

func newJourney(t *testing.T, options ...issuertest.Option) *journey {
	t.Helper()
	c := &journey{foreigner: issuertest.NewForeigner(t)}
	mapped := func(o *registration.OIDCProvider) {
		o.Claims = []registration.ClaimMapping{{Name: "groups", Expression: "claims.?groups.optMap(all, all.filter(g, !g.startsWith('unmapped')))"}}
	}
	c.Server = issuertest.New(t, append([]issuertest.Option{issuertest.People(), issuertest.Upstream(c.foreigner.Server, mapped)}, options...)...)
	c.UseUpstreamSecret(issuertest.WebSecret)
	box := issuertest.App()
	box.ClientID, box.Owner.UID, box.GrantTypes = boxID, "uid-box", []string{grant.DeviceCode, grant.RefreshToken}
	c.Register(box)
	c.open(t)
	return c
}

// open takes a new browser.
func (c *journey) open(t *testing.T) {
	t.Helper()
	c.gauge = c.NewGauge()
	c.browser = issuertest.NewBrowser(t, c.Registry.Snapshot().Config().URL, c.gauge)
}

// logIn goes to the provider elsewhere from a page, and comes back.
func (c *journey) logIn(t *testing.T, page *issuertest.Page) *issuertest.Page {
	t.Helper()
	if page.Left == nil {
		page = c.browser.Visit("/login?" + page.URL.RawQuery + "&provider=" + issuertest.Elsewhere)
	}
	if page.Left == nil {
		t.Fatalf("not sent elsewhere: %d at %v\n%s", page.Status, page.URL, page.Body)
	}
	there := issuertest.NewBrowser(t, c.foreigner.URL, c.foreigner.Client().Transport)
	answer := there.Visit(page.Left.RequestURI())
	path := c.Registry.Snapshot().Config().URL
	return c.browser.Visit(strings.TrimPrefix(answer.Left.String(), path))
}

// allow answers the consent page, if there is one, and gives what the client gets.
func (c *journey) allow(t *testing.T, page *issuertest.Page) url.Values {
	t.Helper()
	if page.Left == nil {
		page = c.browser.Submit(page, "decision", "allow")
	}
	return page.Answer(t)
}

// hold fails for an answer that is too long beside what is the client's own. It returns the paths that were asked for.
func (c *journey) hold(t *testing.T, own int) []string {
	t.Helper()
	var paths []string
	for _, m := range c.gauge.Take() {
		paths = append(paths, strings.Fields(m.What)[1])
		if m.Header > maxHeader+own || m.Location > maxRedirect+own || m.Cookies > maxCookies {
			t.Errorf("%s: a header of %d bytes, a Location of %d, cookies of %d; at most %d, %d, %d",
				m.What, m.Header, m.Location, m.Cookies, maxHeader+own, maxRedirect+own, maxCookies)
		}
		if testing.Verbose() {
			t.Logf("%-40s header %4d, location %4d, cookies %4d", m.What, m.Header, m.Location, m.Cookies)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func groups(count, length int, prefix string) []string {
	all := make([]string, count)
	for i := range all {
		name := fmt.Sprintf("%s%03d-", prefix, i)
		all[i] = name + strings.Repeat("g", max(0, length-len(name)))
	}
	return all
}

// travellers are those that providers elsewhere send, by how much is said of them.
var travellers = []struct {
	name    string
	claims  map[string]any
	token   string
	stored  []string // that their login stores
	refused bool
	groups  []string // that are known afterwards
}{
	{name: "everyday", claims: map[string]any{
		"email": "alice@example.org", "email_verified": true, "name": "Alice Example", "given_name": "Alice", "family_name": "Example",
		"preferred_username": "alice", "picture": "https://pictures.example/a/ACg8ocJ0123456789abcdef0123456789=s96-c", "groups": groups(4, 10, "team"),
	}, token: strings.Repeat("r", 110), groups: groups(4, 10, "team")},
	{name: "a token of 1,500 bytes and 20 groups", claims: map[string]any{"email": "alice@example.org", "groups": groups(20, 50, "department")},
		token: strings.Repeat("r", 1500), stored: []string{"claims", "upstream_token"}, groups: groups(20, 50, "department")},
	{name: "a token of 4,000 bytes and 20 groups", claims: map[string]any{"groups": groups(20, 50, "department")},
		token: strings.Repeat("r", 4000), stored: []string{"claims", "upstream_token"}, groups: groups(20, 50, "department")},
	{name: "a token that is too long to be kept", token: strings.Repeat("r", 5000), stored: []string{}},
	{name: "200 groups that no mapping leaves out", claims: map[string]any{"groups": groups(200, 50, "department")}, token: strings.Repeat("r", 1500), refused: true},
	{name: "200 groups, most of which the mapping leaves out", claims: map[string]any{
		"groups": slices.Concat(groups(30, 50, "department"), groups(170, 50, "unmapped")),
	}, token: strings.Repeat("r", 1500), stored: []string{"claims", "upstream_token"}, groups: groups(30, 50, "department")},
	{name: "long names", claims: map[string]any{
		"preferred_username": strings.Repeat("\U0001F600", 64), "name": strings.Repeat("\U0001F600", 100), "amr": slices.Repeat([]string{strings.Repeat("m", 32)}, 8),
	}, token: strings.Repeat("r", 256), stored: []string{"claims"}},
}

// No answer is long, whatever people and providers bring, and clients hear of people what they would have heard.
func TestAnswersPassGateways(t *testing.T) {
	for _, person := range travellers {
		t.Run(person.name, func(t *testing.T) {
			c := newJourney(t)
			c.foreigner.Says(person.claims, person.token)
			path := request("scope", "openid profile email groups orders:read", "claims", `{"id_token":{"groups":null}}`)
			for range 17 { // unfinished logins
				c.browser.Visit(path)
			}
			page := c.logIn(t, c.browser.Visit(path))
			if person.refused {
				if page.Status != http.StatusInternalServerError || !strings.Contains(page.Body, "cannot be used here yet") {
					t.Errorf("status %d:\n%s", page.Status, page.Body)
				}
				c.hold(t, 0)
				return
			}
			code := c.allow(t, page).Get("code")
			if len(code) > maxCodeText {
				t.Errorf("a code of %d characters", len(code))
			}
			tokens := redeem(t, c.Server, code)
			got, _ := c.userinfo(t, tokens)["groups"].([]any)
			if diff := cmp.Diff(person.groups, texts(got)); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
			if line := `"parked":"` + strings.Join(person.stored, " ") + `"`; len(person.stored) > 0 != strings.Contains(c.Log.String(), `"parked"`) ||
				len(person.stored) > 0 && !strings.Contains(c.Log.String(), line) {
				t.Errorf("want %q in the log:\n%s", line, c.Log)
			}
			c.goOn(t, path, tokens)
			want := []string{"/account", "/authorize", "/consent", "/device", "/login", "/login/callback/elsewhere", "/logout"}
			if diff := cmp.Diff(want, c.hold(t, 0)); diff != "" {
				t.Errorf("measured pages (-want +got):\n%s", diff)
			}
		})
	}
}

// goOn does what else people do, each time with a session that is renewed.
func (c *journey) goOn(t *testing.T, path string, tokens map[string]any) {
	t.Helper()
	hint, _ := tokens["id_token"].(string)
	later := func() { c.Clock.Step(time.Hour) }
	for i := range 17 {
		c.browser.Visit(request("prompt", "login", "state", fmt.Sprint(i))) // which begin logins in other tabs
	}
	later()
	if code := c.browser.Visit(path).Answer(t).Get("code"); len(code) > maxCodeText || redeem(t, c.Server, code)["id_token"] == nil {
		t.Errorf("a code of %d characters that is not redeemed", len(code))
	}
	later()
	if got := c.browser.Visit(request("prompt", "none", "id_token_hint", hint)).Answer(t); got.Get("code") == "" {
		t.Errorf("by a hint: %v", got)
	}
	later()
	c.browser.Visit(request("prompt", "login", "id_token_hint", hint))
	c.browser.Visit(request("scope", "no:such:scope"))
	c.browser.Visit(request("response_mode", "form_post"))
	wrong := c.browser.Visit("/login?" + c.browser.Visit(request("prompt", "login")).URL.RawQuery + "&provider=" + issuertest.Provider)
	c.browser.Submit(wrong, "username", issuertest.Username, "password", "wrong")
	c.browser.PostForm("/authorize", issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect, "id_token_hint", hint))
	later()
	c.browser.Visit("/account")
	later()
	codes := begin(t, c.Server, "scope", "openid groups")
	page := c.browser.Submit(c.browser.Visit("/device"), "user_code", codes["user_code"].(string))
	c.browser.Submit(page, "decision", "allow")
	c.Clock.Step(5 * time.Second)
	wantPoll(t, c.Server, codes, http.StatusOK, "")
	later()
	c.browser.Visit("/logout")
	c.browser.PostForm("/logout", issuertest.Form("client_id", issuertest.WebID, "id_token_hint", hint))
}

// Several people share a browser: what it remembers of them is no more than answers and requests can bear.
func TestPasswordAnswersPassGateways(t *testing.T) {
	c := newJourney(t)
	file := issuertest.Users(t)
	hash := strings.TrimPrefix(file[strings.Index(file, "passwordHash: "):], "passwordHash: ")
	hash = hash[:strings.Index(hash, "\n")]
	for i := range 6 {
		file += fmt.Sprintf("- username: %s%d\n  passwordHash: %s\n", strings.Repeat("\U0001F600", 60), i, hash)
	}
	c.UseUsers(t, file)
	for i := range 6 {
		c.Clock.Step(time.Hour)
		path := request("prompt", "login", "state", fmt.Sprint(i))
		for range 17 {
			c.browser.Visit(path)
		}
		page := c.browser.Visit("/login?" + c.browser.Visit(path).URL.RawQuery + "&provider=" + issuertest.Provider)
		page = c.browser.Submit(page, "username", fmt.Sprint(strings.Repeat("\U0001F600", 60), i), "password", issuertest.Password)
		if code := c.allow(t, page).Get("code"); len(code) > maxCodeText || redeem(t, c.Server, code)["access_token"] == nil {
			t.Errorf("a code of %d characters", len(code))
		}
	}
	c.hold(t, 0)
}

// A browser that opened many pages at once is rid of their cookies without a long answer.
func TestManyLoginsAtOncePassGateways(t *testing.T) {
	c := newJourney(t)
	for range 45 {
		other := issuertest.NewBrowser(t, issuertest.URL, c.NewGauge())
		other.Visit(request())
		c.browser.AddCookie(other.Cookies()[0])
	}
	c.foreigner.Says(travellers[0].claims, travellers[0].token)
	c.allow(t, c.logIn(t, c.browser.Visit(request())))
	c.hold(t, 0)
}

func (c *journey) userinfo(t *testing.T, tokens map[string]any) map[string]any {
	t.Helper()
	access, _ := tokens["access_token"].(string)
	return issuertest.JSON(t, c.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)))
}

func texts(list []any) []string {
	var out []string
	for _, item := range list {
		text, _ := item.(string)
		out = append(out, text)
	}
	return out
}
