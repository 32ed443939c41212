package browser

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// hostile is what owners, people and clients might call things, if they wanted their names to be more than names.
var hostile = []string{
	`"><script>alert(1)</script>`,
	`'><img src=x onerror=alert(1)>`,
	`" autofocus onfocus="alert(1)`,
	`javascript:alert(1)//</title></script><svg/onload=alert(1)>`,
	`<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>`,
	`<base href=//evil.example><link rel=stylesheet href=x><form><button autofocus><style>*{display:none}</style><!--`,
	`<meta http-equiv=refresh content="0;url=https://evil.example">`,
	`{{.}} ${alert(1)} &lt;script&gt; %3Cscript%3E`,
	"\u202etxt.\u2066evil\u2069 \u200b\ufeff",
}

// AZ-23: whatever a name is, it stands there as a name: no page gets another element, nothing runs, nothing is fetched.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := w.tour(t, "benign")
	for _, name := range hostile {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, w.tour(t, name)); diff != "" {
				t.Errorf("other elements (-want +got):\n%s", diff)
			}
		})
	}
}

// tour leads through the pages of an issuer where everything is called name, and returns the elements of each.
func (w *world) tour(t *testing.T, name string) map[string][]string {
	t.Helper()
	w.begin(t)
	username := w.call(t, name)
	seen := map[string][]string{}
	tab := w.tab(t)
	note := func(page string) {
		seen[page] = ask[[]string](t, tab, `[...document.querySelectorAll("*")].map((e) => e.localName)`)
	}

	tab.visit(t, request("login_hint", username, "response_mode", "form_post", "state", name))
	note("choice")
	tab.load(t, chromedp.Click(chromedp.CSS(`button[value="`+issuertest.Provider+`"]`)))
	note("login")
	tab.logIn(t, "wrong")
	note("login once more")
	tab.logIn(t, issuertest.Password)
	note("consent")
	tab.press(t, "Allow")
	got := w.wantAnswer(t, name, "")
	tab.see(t, "Arrived")
	w.redeem(t, got.Get("code"))
	tab.visit(t, issuertest.URL+"/account")
	note("account")
	if status := tab.visit(t, request("client_id", name)); status != http.StatusBadRequest {
		t.Errorf("an unknown client: status %d", status)
	}
	note("error")
	return seen
}

// call calls everything by name. It returns the username to log in by: that name, unless no user can have it.
func (w *world) call(t *testing.T, name string) string {
	t.Helper()
	config := *w.Registry.Snapshot().Config()
	config.Branding = registration.Branding{Name: name}
	config.Scopes = map[string]string{"orders:read": name}
	config.IdentityProviders = slices.Clone(config.IdentityProviders)
	config.IdentityProviders[0].DisplayName = name
	config.IdentityProviders = append(config.IdentityProviders, registration.IdentityProvider{Name: "partners", DisplayName: name})
	w.Registry.Configure(config)
	web := issuertest.Web()
	web.DisplayName = name
	w.Register(web)

	quoted, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	users := strings.Replace(issuertest.Users(t), "username: "+issuertest.Username, "username: "+string(quoted), 1)
	if read, err := login.ParseUsers(issuertest.Provider, []byte(users)); err != nil || read.Refused() != nil {
		return issuertest.Username
	}
	w.UseUsers(t, users)
	return name
}
