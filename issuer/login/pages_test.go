package login_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

var update = flag.Bool("update", false, "write the golden files anew")

// version is that of an asset: a change of the style is no change of the pages.
var version = regexp.MustCompile(`\?v=[0-9a-f]{8}`)

// logo is a picture that would like to be more.
const logo = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`

func newPages(tb testing.TB, brand string) *login.Pages {
	tb.Helper()
	pages, err := login.NewPages(issuerURL+"/tenant", registration.Branding{
		Name: brand, Logo: []byte(logo), LogoType: "image/svg+xml",
	})
	if err != nil {
		tb.Fatal(err)
	}
	return pages
}

// sample is one page as a test shows it, with text wherever somebody else than us writes it.
type sample struct {
	name   string
	render func(pages *login.Pages, text string) (login.Page, error)
}

var samples = slices.Concat([]sample{
	{"provider", func(p *login.Pages, text string) (login.Page, error) {
		return p.ChooseProvider(login.ProviderPage{
			Action: "/tenant/login", Flow: "sealed-flow", Client: text,
			Providers: []login.ProviderView{{Name: "staff", DisplayName: text}, {Name: "partners"}},
		})
	}},
	{"login", func(p *login.Pages, text string) (login.Page, error) {
		return p.Login(login.LoginPage{
			Action: "/tenant/login", Flow: "sealed-flow", Client: text, Provider: login.ProviderView{Name: "staff"},
		})
	}},
	{"login-again", func(p *login.Pages, text string) (login.Page, error) {
		return p.Login(login.LoginPage{
			Action: "/tenant/login", Flow: "sealed-flow", Client: text, Provider: login.ProviderView{Name: text},
			Others: true, Again: true, WrongPassword: true, Username: text,
		})
	}},
	{"consent", func(p *login.Pages, text string) (login.Page, error) {
		return p.Consent(login.ConsentPage{
			Action: "/tenant/consent", Flow: "sealed-flow", Token: "sealed-token",
			Client: login.ClientView{ID: "shop.web", Name: text}, Username: text,
			Scopes:  login.DescribeScopes([]string{"openid", "orders:read", "stock:read"}, map[string]string{"orders:read": text}),
			Claims:  []string{text},
			AtMost:  30 * 24 * time.Hour,
			Offline: true, Resources: []string{text}, ReturnsTo: text,
		})
	}},
	{"error", func(p *login.Pages, text string) (login.Page, error) {
		return p.Error(login.ErrorPage{What: text, Do: text, Detail: text, Reference: text})
	}},
	{"account", func(p *login.Pages, text string) (login.Page, error) {
		return p.Account(login.AccountPage{
			RevokeAction: "/tenant/account", RevokeToken: "sealed-revoke", LogoutAction: "/tenant/logout", LogoutToken: "sealed-logout",
			Username: text, Notice: text, Page: 1, Pages: 1,
			Grants: []login.GrantView{
				{
					ID: text, Client: login.ClientView{ID: text, Name: text}, Resources: []string{text},
					Scopes: []login.ScopeView{{Name: text, Description: text}, {Name: text}},
					Since:  start, LastUsed: start.Add(24 * time.Hour), Until: start.Add(30 * 24 * time.Hour),
				},
				{ID: "second", Client: login.ClientView{ID: "shop.web"}, Since: start, Until: start.Add(time.Hour)},
			},
		})
	}},
	{"account-middle", func(p *login.Pages, text string) (login.Page, error) {
		return p.Account(login.AccountPage{
			RevokeAction: "/tenant/account", RevokeToken: "sealed-revoke", LogoutAction: "/tenant/logout", LogoutToken: "sealed-logout",
			Username: text, Page: 2, Pages: 3,
			Grants: []login.GrantView{{ID: "one", Client: login.ClientView{ID: "shop.web"}, Since: start, Until: start.Add(time.Hour), ByPlatform: true}},
		})
	}},
	{"account-empty", func(p *login.Pages, text string) (login.Page, error) {
		return p.Account(login.AccountPage{Username: text, LogoutAction: "/tenant/logout", LogoutToken: "sealed-logout"})
	}},
	{"front", func(p *login.Pages, text string) (login.Page, error) {
		return p.Front(login.FrontPage{
			Issuer: text, Documents: []login.DocumentView{{Name: text, URL: issuerURL + "/keys"}}, Account: "/tenant/account",
		})
	}},
	{"front-without-people", func(p *login.Pages, _ string) (login.Page, error) {
		return p.Front(login.FrontPage{Issuer: issuerURL})
	}},
	{"provider-closed", func(p *login.Pages, text string) (login.Page, error) {
		return p.ChooseProvider(login.ProviderPage{
			Action: "/tenant/login", Flow: "sealed-flow", Client: text,
			Providers: []login.ProviderView{{Name: "staff", DisplayName: text}, {Name: "corp", DisplayName: text, Closed: true}},
		})
	}},
	{"closed", func(p *login.Pages, text string) (login.Page, error) {
		return p.Closed(login.ClosedPage{
			Action: "/tenant/login", Flow: "sealed-flow", Provider: login.ProviderView{Name: "corp", DisplayName: text}, Others: true,
		})
	}},
	{"closed-all", func(p *login.Pages, _ string) (login.Page, error) {
		return p.Closed(login.ClosedPage{Action: "/tenant/login", Flow: "sealed-flow"})
	}},
	{"signedout", func(p *login.Pages, _ string) (login.Page, error) {
		return p.SignedOut(login.SignedOutPage{Login: "/tenant/account"})
	}},
}, deviceSamples, logoutSamples, []sample{
	{"formpost", func(p *login.Pages, text string) (login.Page, error) {
		return p.FormPost(login.FormPostPage{
			Action: "https://app.example/cb?x=1",
			Fields: []login.FormField{{"code", "tw_ac_sealed"}, {"state", text}, {"iss", issuerURL}},
		})
	}},
})

func (s sample) page(tb testing.TB, text string) login.Page {
	tb.Helper()
	page, err := s.render(newPages(tb, text), text)
	if err != nil {
		tb.Fatalf("%s: %v", s.name, err)
	}
	return page
}

func TestPagesAreGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			path := filepath.Join("testdata", s.name+".html")
			got := version.ReplaceAll(s.page(t, "Orders & Söhne").Body, []byte("?v=VERSION"))
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s; -update writes it anew (-want +got):\n%s", path, diff)
			}
		})
	}
}

func TestBrandWithoutAName(t *testing.T) {
	pages, err := login.NewPages("https://login.example:8443", registration.Branding{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := pages.SignedOut(login.SignedOutPage{})
	if err != nil {
		t.Fatal(err)
	}
	shape := parse(t, page.Body)
	if got := shape.texts("title"); len(got) != 1 || got[0] != "You are logged out – login.example:8443" {
		t.Errorf("title %q", got)
	}
	if len(shape.find("img")) != 0 || pages.Logo() != nil {
		t.Error("there is a logo")
	}
}

func TestNewPagesRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, url string
		branding  registration.Branding
	}{
		{"no URL", "https://[", registration.Branding{}},
		{"a logo of an unknown type", issuerURL, registration.Branding{Logo: []byte("x"), LogoType: "text/html"}},
		{"a logo of no type", issuerURL, registration.Branding{Logo: []byte("x")}},
	} {
		if _, err := login.NewPages(tc.url, tc.branding); err == nil {
			t.Errorf("%s: no error", tc.name)
		}
	}
}

func TestFormPostNeedsHTTP(t *testing.T) {
	for _, action := range []string{"com.example.app:/cb", "javascript:alert(1)", "data:text/html,x", "/cb", "", "https://[", "//app.example"} {
		if page, err := newPages(t, "").FormPost(login.FormPostPage{Action: action}); err == nil {
			t.Errorf("%q: %s", action, page.Body)
		}
	}
}

func TestLoginProblem(t *testing.T) {
	for _, tc := range []struct {
		name string
		page login.LoginPage
		want string
	}{
		{"none", login.LoginPage{}, ""},
		{"wrong", login.LoginPage{WrongPassword: true}, "The username or the password is wrong. Please try again."},
		{"busy", login.LoginPage{Busy: true}, "Many people are logging in right now. Please try again."},
		{"away", login.LoginPage{Away: true}, "Passwords cannot be checked right now. Please tell whoever looks after this site."},
		{"throttled at the account", login.LoginPage{Wait: time.Second, Account: true}, "Too many attempts at this account. " +
			"Please wait 1 second, then try again; or use a browser in which you have logged in before."},
		{"throttled", login.LoginPage{WrongPassword: true, Wait: 90 * time.Second}, "Too many attempts. Please wait 90 seconds, then try again."},
	} {
		if got := tc.page.Problem(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestHowLong(t *testing.T) {
	for _, tc := range []struct {
		atMost  time.Duration
		offline bool
		want    string
	}{
		{30 * 24 * time.Hour, true, "Until you remove it, at most 30 days; also while you are not there."},
		{24 * time.Hour, false, "Until your login ends, you log out or remove it, at most 1 day."},
		{36 * time.Hour, false, "Until your login ends, you log out or remove it, at most 36 hours."},
		{time.Hour, false, "Until your login ends, you log out or remove it, at most 1 hour."},
		{90 * time.Minute, false, "Until your login ends, you log out or remove it, at most 90 minutes."},
		{time.Minute, false, "Until your login ends, you log out or remove it, at most 1 minute."},
		{time.Second, false, "Until your login ends, you log out or remove it, at most 1 second."},
		{1500 * time.Millisecond, false, "Until your login ends, you log out or remove it, at most 2 seconds."},
	} {
		if got := (login.ConsentPage{AtMost: tc.atMost, Offline: tc.offline}).HowLong(); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.atMost, got, tc.want)
		}
	}
}

func TestTrouble(t *testing.T) {
	for _, err := range []error{
		login.ErrFlow, login.ErrFlowExpired, login.ErrFlowBrowser, login.ErrFlowSize, login.ErrForm, login.ErrFormExpired,
	} {
		page := login.Trouble(err, "detail", "ref")
		if page.What == login.Trouble(nil, "", "").What || page.Do == "" || page.Detail != "" || page.Reference != "ref" {
			t.Errorf("%v: %+v", err, page)
		}
	}
	if page := login.Trouble(os.ErrPermission, "", ""); page.What != "Something went wrong on our side" {
		t.Errorf("a fault of ours: %+v", page)
	}
	if page := login.Trouble(os.ErrPermission, "detail", ""); page.What != "This request cannot be continued" || page.Detail != "detail" {
		t.Errorf("a fault of theirs: %+v", page)
	}
}
