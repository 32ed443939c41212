package login

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"tokenwright.dev/issuer/registration"
)

//go:embed templates/*.html
var files embed.FS

// One template for each page, in its layout. They are parsed once, so a mistake in one is found by any test.
var (
	providerTemplate  = parsePage("provider.html")
	loginTemplate     = parsePage("login.html")
	closedTemplate    = parsePage("closed.html")
	consentTemplate   = parsePage("consent.html")
	errorTemplate     = parsePage("error.html")
	accountTemplate   = parsePage("account.html")
	signedOutTemplate = parsePage("signedout.html")
	formPostTemplate  = parsePage("formpost.html")
)

func parsePage(name string) *template.Template {
	words := template.FuncMap{"clean": clean, "date": date, "machine": machine}
	return template.Must(template.New(name).Funcs(words).ParseFS(files, "templates/layout.html", "templates/"+name))
}

// Pages are what people see, in the dress of one issuer. They are immutable, and safe for concurrent use.
type Pages struct {
	frame frame
	logo  *Asset
}

// frame is what all pages of an issuer have in common.
type frame struct {
	Brand, Style, Logo string
	View               any
}

// NewPages makes the pages of an issuer. Without a name of its own it is called by its host.
func NewPages(issuerURL string, branding registration.Branding) (*Pages, error) {
	issuer, err := url.Parse(issuerURL)
	if err != nil {
		return nil, fmt.Errorf("issuer URL: %w", err)
	}
	base := strings.TrimSuffix(issuer.EscapedPath(), "/")
	pages := &Pages{frame: frame{
		Brand: either(branding.Name, issuer.Host),
		Style: base + StylePath + "?v=" + style.version(),
	}}
	if len(branding.Logo) == 0 {
		return pages, nil
	}
	if pages.logo, err = newLogo(branding); err != nil {
		return nil, err
	}
	pages.frame.Logo = base + LogoPath + "?v=" + pages.logo.version()
	return pages, nil
}

// Page is one answer to a browser, headers and all: see Write.
type Page struct {
	Body   []byte
	policy string
}

// ChooseProvider renders the choice of identity providers.
func (p *Pages) ChooseProvider(view ProviderPage) (Page, error) {
	return p.render(providerTemplate, view, formsLeave)
}

// Login renders the login page.
func (p *Pages) Login(view LoginPage) (Page, error) { return p.render(loginTemplate, view, formsLeave) }

// Closed renders the page that says that nobody can log in at present.
func (p *Pages) Closed(view ClosedPage) (Page, error) {
	return p.render(closedTemplate, view, formsLeave)
}

// Consent renders the consent page.
func (p *Pages) Consent(view ConsentPage) (Page, error) {
	return p.render(consentTemplate, view, formsLeave)
}

// Error renders an error page.
func (p *Pages) Error(view ErrorPage) (Page, error) { return p.render(errorTemplate, view, formsStay) }

// Account renders "my access".
func (p *Pages) Account(view AccountPage) (Page, error) {
	return p.render(accountTemplate, view, formsStay)
}

// SignedOut renders the page after a logout.
func (p *Pages) SignedOut(view SignedOutPage) (Page, error) {
	return p.render(signedOutTemplate, view, formsStay)
}

// FormPost renders an authorization response by way of a form, which sends itself where scripts run, and has a button
// where they do not (OAuth 2.0 Form Post Response Mode section 2).
func (p *Pages) FormPost(view FormPostPage) (Page, error) {
	if err := view.check(); err != nil {
		return Page{}, err
	}
	return p.render(formPostTemplate, view, formPostPolicy)
}

// render makes the whole page before any of it is sent, so that nobody gets half of one.
func (p *Pages) render(page *template.Template, view any, policy string) (Page, error) {
	var body bytes.Buffer
	whole := p.frame
	whole.View = view
	if err := page.ExecuteTemplate(&body, "layout", whole); err != nil {
		return Page{}, fmt.Errorf("render page: %w", err)
	}
	return Page{body.Bytes(), policy}, nil
}
