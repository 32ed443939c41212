package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// gallery is the host that shows each page as it is, whatever leads to it.
const gallery = "https://gallery.example"

// logo is a picture that the gallery's brand has.
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="40" height="40" rx="8" fill="#0b57d0"/>` +
	`<circle cx="20" cy="20" r="9" fill="#fff"/><rect x="52" y="14" width="68" height="12" rx="6" fill="#888"/></svg>`

// Texts of others, as long as they may well be.
const (
	clientName = "Quarterly Reports & Forecasts of the Warehouse in Łódź"
	longWord   = "donaudampfschifffahrtselektrizitaetenhauptbetriebswerk.bauunterbeamtengesellschaft@example.org"
)

var (
	client = login.ClientView{ID: "warehouse.quarterly-reports", Name: clientName}
	scopes = login.DescribeScopes([]string{"openid", "profile", "email", "offline_access", "orders:read", "stock:transfer"},
		map[string]string{"orders:read": "See your orders, and what has become of each of them"})
	resources = []string{"https://orders.example/api/v2", "https://stock.example"}
	opened    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

const month = 30 * 24 * time.Hour

// exhibit is a page of the gallery.
type exhibit struct {
	name   string
	render func(*login.Pages) (login.Page, error)
}

var exhibits = []exhibit{
	{"provider", func(p *login.Pages) (login.Page, error) {
		return p.ChooseProvider(login.ProviderPage{Action: "/", Flow: "x", Client: clientName, Providers: []login.ProviderView{
			{Name: "staff", DisplayName: "Staff"}, {Name: "partners", DisplayName: "Partners and suppliers of the Example Trading Company Ltd."},
			{Name: longWord},
		}})
	}},
	{"closed", func(p *login.Pages) (login.Page, error) {
		return p.Closed(login.ClosedPage{Action: "/", Flow: "x", Provider: login.ProviderView{Name: "staff", DisplayName: longWord}, Others: true})
	}},
	{"login", func(p *login.Pages) (login.Page, error) {
		return p.Login(login.LoginPage{Action: "/", Flow: "x", Client: clientName})
	}},
	{"login-wrong", func(p *login.Pages) (login.Page, error) {
		return p.Login(login.LoginPage{Action: "/", Flow: "x", Client: "Web", Username: longWord, WrongPassword: true, Others: true, Again: true})
	}},
	{"login-wait", func(p *login.Pages) (login.Page, error) {
		return p.Login(login.LoginPage{Action: "/", Flow: "x", Client: "Web", Username: "alice", Wait: 90 * time.Second, Account: true})
	}},
	{"consent", func(p *login.Pages) (login.Page, error) {
		return p.Consent(login.ConsentPage{
			Action: "/", Flow: "x", Token: "x", Client: client, Username: "alice", Scopes: scopes, Claims: []string{"birthdate"},
			Resources: resources, ReturnsTo: "https://reports.example", AtMost: month, Offline: true,
		})
	}},
	{"consent-long", func(p *login.Pages) (login.Page, error) {
		return p.Consent(login.ConsentPage{
			Action: "/", Flow: "x", Token: "x", Client: login.ClientView{ID: longWord, Name: "تقارير المستودع"}, Username: longWord,
			Scopes: []login.ScopeView{{Name: longWord}, {Name: "reports", Description: "اقرأ التقارير"}}, Resources: []string{"https://" + longWord},
			ReturnsTo: "https://" + longWord, AtMost: time.Hour,
		})
	}},
	{"account", func(p *login.Pages) (login.Page, error) {
		return p.Account(login.AccountPage{
			RevokeAction: "/", RevokeToken: "x", LogoutAction: "/", LogoutToken: "x", Username: "alice", Notice: "The access was removed.",
			Grants: []login.GrantView{
				{ID: "1", Client: client, Scopes: scopes, Resources: resources, Since: opened, LastUsed: opened.Add(time.Hour), Until: opened.Add(month)},
				{ID: "2", Client: login.ClientView{ID: "shop.web"}, Since: opened, Until: opened.Add(time.Hour), ByPlatform: true},
			},
		})
	}},
	{"account-empty", func(p *login.Pages) (login.Page, error) {
		return p.Account(login.AccountPage{LogoutAction: "/", LogoutToken: "x", Username: "alice"})
	}},
	{"front", func(p *login.Pages) (login.Page, error) {
		return p.Front(login.FrontPage{Issuer: issuertest.URL, Account: "/account", Documents: []login.DocumentView{
			{Name: "OAuth 2.0 metadata", URL: issuertest.URL + "/.well-known/oauth-authorization-server/" + longWord},
		}})
	}},
	{"signedout", func(p *login.Pages) (login.Page, error) {
		return p.SignedOut(login.SignedOutPage{Login: "/account"})
	}},
	{"logout", func(p *login.Pages) (login.Page, error) {
		return p.Logout(login.LogoutPage{Action: "/", Token: "x", Client: clientName, Username: "alice"})
	}},
	{"error", func(p *login.Pages) (login.Page, error) {
		return p.Error(login.Trouble(nil, "the application that sent you here is not registered at this issuer", "4QY6ZJ2B"))
	}},
	{"formpost", func(p *login.Pages) (login.Page, error) {
		return p.FormPost(login.FormPostPage{Action: shop + "/callback", Fields: []login.FormField{{Name: "code", Value: "x"}}})
	}},
	{"usercode", func(p *login.Pages) (login.Page, error) {
		return p.UserCode(login.UserCodePage{Action: "/"})
	}},
	{"usercode-wrong", func(p *login.Pages) (login.Page, error) {
		return p.UserCode(login.UserCodePage{Action: "/", Code: "WDJB-MJHT", WrongCode: true})
	}},
	{"device", func(p *login.Pages) (login.Page, error) {
		return p.Device(login.DevicePage{
			Action: "/", Flow: "x", Token: "x", Code: "WDJB-MJHT", Client: client, Username: "alice", Scopes: scopes, Resources: resources,
			AtMost: month, Offline: true,
		})
	}},
	{"answered", func(p *login.Pages) (login.Page, error) {
		return p.Answered(login.AnsweredPage{Allowed: true, Client: client})
	}},
	{"answered-denied", func(p *login.Pages) (login.Page, error) {
		return p.Answered(login.AnsweredPage{Client: client})
	}},
}

// openGallery serves all exhibits, each at its name.
func openGallery(t *testing.T) http.Handler {
	t.Helper()
	pages, err := login.NewPages(issuertest.URL, registration.Branding{
		Name: "Example Trading Company", Logo: []byte(logo), LogoType: "image/svg+xml",
	})
	if err != nil {
		t.Fatal(err)
	}
	hall := http.NewServeMux()
	hall.Handle(login.StylePath, pages.Style())
	hall.Handle(login.LogoPath, pages.Logo())
	for _, e := range exhibits {
		page, err := e.render(pages)
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		hall.HandleFunc("/"+e.name, func(w http.ResponseWriter, _ *http.Request) { page.Write(w, http.StatusOK) })
	}
	return hall
}

// at is where an exhibit is.
func (e exhibit) at() string { return gallery + "/" + strings.ToLower(e.name) }
