package issuertest

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Browser visits an issuer as people do: it keeps cookies, follows redirects as long as they stay at the issuer, and sends
// the forms that it is shown.
type Browser struct {
	tb     Failer
	issuer *url.URL
	client *http.Client
}

// Failer is what a browser needs of a testing.TB, so that it can visit where there is no test.
type Failer interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Page is what a browser was shown, or the address that it was sent away to.
type Page struct {
	Status int
	Header http.Header
	// URL is where the page was found. Left is the address of a client that the browser was sent to; nil while it is still
	// at the issuer.
	URL, Left *url.URL
	Body      string
}

// NewBrowser opens a browser without cookies.
func (s *Server) NewBrowser(tb Failer) *Browser {
	tb.Helper()
	return NewBrowser(tb, URL, handled{s.Handler})
}

// NewBrowser opens a browser without cookies that reaches the issuer at base by transport.
func NewBrowser(tb Failer, base string, transport http.RoundTripper) *Browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return NewBrowserWith(tb, base, transport, jar)
}

// NewBrowserWith opens a browser with the cookies of jar.
func NewBrowserWith(tb Failer, base string, transport http.RoundTripper, jar http.CookieJar) *Browser {
	tb.Helper()
	issuer, err := url.Parse(base)
	if err != nil {
		tb.Fatal(err)
	}
	return &Browser{tb: tb, issuer: issuer, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Host != issuer.Host {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

// handled serves requests without a network.
type handled struct{ http.Handler }

// RoundTrip serves r.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	served := r.Clone(r.Context())
	served.RequestURI = r.URL.RequestURI()
	if served.Host == "" {
		served.Host = r.URL.Host
	}
	served.RemoteAddr = "192.0.2.1:1234"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	h.ServeHTTP(w, served)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// Visit goes to a path of the issuer.
func (b *Browser) Visit(path string) *Page {
	b.tb.Helper()
	return b.send(http.MethodGet, b.issuer.String()+path, nil)
}

// Cookies are those that the browser has for the issuer.
func (b *Browser) Cookies() []*http.Cookie {
	return b.client.Jar.Cookies(b.issuer.JoinPath("/"))
}

// AddCookie plants a cookie, as somebody would who stole it.
func (b *Browser) AddCookie(cookie *http.Cookie) {
	planted := *cookie
	planted.Path, planted.Secure = "/", true
	b.client.Jar.SetCookies(b.issuer, []*http.Cookie{&planted})
}

// Submit sends the first form of page, with the values given and those that the form brings along.
func (b *Browser) Submit(page *Page, pairs ...string) *Page {
	b.tb.Helper()
	action, fields := page.form(b.tb)
	maps.Copy(fields, Form(pairs...))
	target, err := page.URL.Parse(action)
	if err != nil {
		b.tb.Fatal(err)
	}
	return b.send(http.MethodPost, target.String(), fields)
}

// PostForm sends a form of the test's own to a path of the issuer.
func (b *Browser) PostForm(path string, form url.Values) *Page {
	b.tb.Helper()
	return b.send(http.MethodPost, b.issuer.String()+path, form)
}

// send asks, follows what it is sent to, and shows where that ends.
func (b *Browser) send(method, address string, form url.Values) *Page {
	b.tb.Helper()
	r, err := http.NewRequestWithContext(b.tb.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.tb.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	page := &Page{Status: answer.StatusCode, Header: answer.Header, URL: answer.Request.URL, Body: string(body)}
	if location := answer.Header.Get("Location"); location != "" {
		if page.Left, err = url.Parse(location); err != nil {
			b.tb.Fatal(err)
		}
	}
	return page
}

// Answer is what a client was sent by way of the browser; it fails if the browser is still at the issuer.
func (p *Page) Answer(tb Failer) url.Values {
	tb.Helper()
	if p.Left == nil {
		tb.Fatalf("still at %s, status %d:\n%s", p.URL, p.Status, p.Body)
	}
	return p.Left.Query()
}

// form finds the first form that is sent by POST.
func (p *Page) form(tb Failer) (string, url.Values) {
	tb.Helper()
	document, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		tb.Fatal(err)
	}
	for node := range document.Descendants() {
		if node.Type == html.ElementNode && node.Data == "form" && strings.EqualFold(attribute(node, "method"), "post") {
			return attribute(node, "action"), fieldsOf(node)
		}
	}
	tb.Fatalf("no form at %s, status %d:\n%s", p.URL, p.Status, p.Body)
	return "", nil
}

// fieldsOf are the values that a form brings along.
func fieldsOf(form *html.Node) url.Values {
	fields := url.Values{}
	for node := range form.Descendants() {
		if node.Data == "input" && attribute(node, "name") != "" {
			fields.Add(attribute(node, "name"), attribute(node, "value"))
		}
	}
	return fields
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
