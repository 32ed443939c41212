package browser

import (
	"context"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

// patience is how long anything may take that the browser does, on a machine that does something else as well.
const patience = time.Minute

// Hosts of the world, beside the issuer's and that of the client Web.
const (
	shop  = "https://web.example"
	evil  = "https://evil.example"
	other = "https://stock.example" // of the client Stock
)

// world is a browser and all the hosts that it can reach.
type world struct {
	*issuertest.Server

	browser  context.Context //nolint:containedctx // a browser of chromedp is a context
	serving  atomic.Pointer[issuertest.Server]
	hosts    map[string]http.Handler
	arrivals chan url.Values
}

// newWorld starts a browser. It serves an issuer from the first begin on.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{arrivals: make(chan url.Values, 8)}
	w.hosts = map[string]http.Handler{
		issuertest.URL: http.HandlerFunc(w.serveIssuer),
		shop:           http.HandlerFunc(w.arrive),
		other:          http.HandlerFunc(w.arrive),
		evil:           http.HandlerFunc(beEvil),
	}
	server := httptest.NewTLSServer(w)
	t.Cleanup(server.Close)
	w.browser = start(t, server.Listener.Addr().String(), server.Certificate())
	return w
}

// ServeHTTP serves all hosts.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	host, ok := w.hosts["https://"+r.Host]
	switch {
	case r.URL.Path == "/favicon.ico":
		rw.WriteHeader(http.StatusNoContent) // the browser asks for it whatever the page says
	case !ok:
		http.NotFound(rw, r)
	default:
		host.ServeHTTP(rw, r)
	}
}

func (w *world) serveIssuer(rw http.ResponseWriter, r *http.Request) {
	w.serving.Load().Handler.ServeHTTP(rw, r)
}

// begin replaces the issuer by a new one.
func (w *world) begin(t *testing.T) {
	t.Helper()
	w.Server = issuertest.New(t, issuertest.People())
	stock := issuertest.Web()
	stock.ClientID, stock.DisplayName, stock.RedirectURIs = "shop.stock", "The Stock", []string{other + "/callback"}
	stock.Owner.UID = "uid-stock"
	w.Register(stock)
	w.serving.Store(w.Server)
	for len(w.arrivals) > 0 { // of the story before
		<-w.arrivals
	}
}

var arrivalPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><title>Arrived</title><link rel="icon" href="data:," /></head>
<body><h1>Arrived</h1><p>by {{.Method}}</p><p><a href="{{.Again}}">Log in once more</a></p></body></html>
`))

// arrive is the redirect URI of all clients.
func (w *world) arrive(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.URL.Path != "/callback" {
		http.Error(rw, "not here", http.StatusNotFound)
		return
	}
	w.arrivals <- r.Form
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = arrivalPage.Execute(rw, struct{ Method, Again string }{r.Method, request("state", "again")})
}

// arrived is what a client got.
func (w *world) arrived(t *testing.T) url.Values {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case got := <-w.arrivals:
		return got
	case <-ctx.Done():
		t.Fatal("nothing arrived at the client")
		return nil
	}
}

// verifier and challenge belong together (RFC 7636 appendix B).
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// request is the address that Web sends people to, with changes.
func request(pairs ...string) string {
	form := issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect, "response_type", "code",
		"scope", "openid profile offline_access orders:read", "state", "s-1", "nonce", "n-1",
		"code_challenge", challenge, "code_challenge_method", "S256")
	maps.Copy(form, issuertest.Form(pairs...))
	return issuertest.URL + "/authorize?" + form.Encode()
}

// redeem lets Web have what a code stands for.
func (w *world) redeem(t *testing.T, code string) {
	t.Helper()
	form := issuertest.Form("grant_type", "authorization_code", "code", code, "code_verifier", verifier,
		"redirect_uri", issuertest.WebRedirect)
	answer := w.PostForm("/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
}

var evilPages = template.Must(template.New("").Parse(`
{{define "/frame"}}<!DOCTYPE html>
<html lang="en"><head><title>Win!</title></head><body><h1>Win!</h1><iframe title="prize" src="{{.Get "url"}}"></iframe></body></html>
{{end}}
{{define "/post"}}<!DOCTYPE html>
<html lang="en"><head><title>Win!</title></head><body><h1>Win!</h1><form method="post" action="{{.Get "url"}}">
<input type="hidden" name="decision" value="allow" />{{range $name, $values := .}}{{range $values}}
<input type="hidden" name="{{$name}}" value="{{.}}" />{{end}}{{end}}<button type="submit">Win</button></form></body></html>
{{end}}
{{define "/noise"}}<!DOCTYPE html>
<html lang="en"><head><title>Noise</title><meta http-equiv="Content-Security-Policy" content="img-src 'none'" />
<link rel="stylesheet" href="/missing" /></head><body><h1>Noise</h1><img alt="" src="/picture" />
<script>console.log(1); alert(1); throw new Error("1")</script></body></html>
{{end}}`))

// beEvil serves a page that uses ?url=… against its will, with whatever else is said there.
func beEvil(rw http.ResponseWriter, r *http.Request) {
	var page strings.Builder
	if err := evilPages.ExecuteTemplate(&page, r.URL.Path, r.URL.Query()); err != nil {
		http.NotFound(rw, r)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = rw.Write([]byte(page.String()))
}
