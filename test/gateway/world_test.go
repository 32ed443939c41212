package gateway

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/forwardauth/nginx"
)

// The verifier and the challenge of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// authorize is the path of a request for authorization.
func authorize(pairs ...string) string {
	form := issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect, "response_type", "code",
		"scope", "openid profile email groups orders:read", "state", "s-1", "nonce", "n-1", "code_challenge", challenge,
		"code_challenge_method", "S256")
	maps.Copy(form, issuertest.Form(pairs...))
	return "/authorize?" + form.Encode()
}

// world is an issuer behind nginx, a provider that its people come from, and a browser.
type world struct {
	issuer    *issuertest.Server
	foreigner *issuertest.Foreigner
	browser   *issuertest.Browser
	transport http.RoundTripper
	longest   atomic.Int64 // the size of the header at /long

	mu     sync.Mutex
	spoken map[string]bool // protocols of the answers
}

// newWorld replaces texts of the example, in pairs.
func newWorld(t *testing.T, protocol string, pairs ...string) *world {
	t.Helper()
	w := &world{foreigner: issuertest.NewForeigner(t), spoken: map[string]bool{}}
	w.issuer = issuertest.New(t, issuertest.People(), issuertest.Upstream(w.foreigner.Server))
	w.issuer.UseUpstreamSecret(issuertest.WebSecret)
	behind := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			rw.Header().Set("X-Long", strings.Repeat("x", int(w.longest.Load())))
			return
		}
		w.issuer.Handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(behind.Close)
	certificate, key, roots := identity(t)
	address := nginx.Serve(t, "gateway/nginx.conf", map[string]string{"tls.crt": certificate, "tls.key": key}, append(pairs,
		"default-issuer.tokenwright-system.svc:80", strings.TrimPrefix(behind.URL, "http://"), "listen 443", "listen "+nginx.Here,
		"/etc/nginx/tls/", "", "login.example.com", "issuer.example")...)
	dialer := &net.Dialer{}
	transport := &http.Transport{
		ForceAttemptHTTP2: protocol == "HTTP/2.0", TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	w.transport = listening{w, transport}
	w.browser = issuertest.NewBrowser(t, issuertest.URL, w.transport)
	return w
}

// listening notes the protocols that are spoken.
type listening struct {
	to   *world
	next http.RoundTripper
}

// RoundTrip sends r.
func (l listening) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(r)
	if err == nil {
		l.to.mu.Lock()
		defer l.to.mu.Unlock()
		l.to.spoken[answer.Proto] = true
	}
	return answer, err
}

func (w *world) protocols() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.spoken))
}

// identity is a certificate of its own for the host of the issuer.
func identity(t *testing.T) (certificate, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"issuer.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(certificate))
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})), roots
}

// logIn goes from a login page to the provider elsewhere, and comes back.
func (w *world) logIn(t *testing.T, page *issuertest.Page) *issuertest.Page {
	t.Helper()
	if page.Left == nil {
		page = w.browser.Visit("/login?" + page.URL.RawQuery + "&provider=" + issuertest.Elsewhere)
	}
	if page.Left == nil {
		t.Fatalf("not sent elsewhere: %d at %v\n%s", page.Status, page.URL, page.Body)
	}
	there := issuertest.NewBrowser(t, w.foreigner.URL, w.foreigner.Client().Transport)
	return w.browser.Visit(strings.TrimPrefix(there.Visit(page.Left.RequestURI()).Left.String(), issuertest.URL))
}

// groups are what the client of a code hears of its person.
func (w *world) groups(t *testing.T, code string) []any {
	t.Helper()
	tokens := issuertest.JSON(t, w.issuer.PostForm("/token", issuertest.Form("grant_type", "authorization_code", "code", code,
		"code_verifier", verifier), issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	access, _ := tokens["access_token"].(string)
	info := issuertest.JSON(t, w.issuer.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)))
	groups, _ := info["groups"].([]any)
	return groups
}

func (*world) want(t *testing.T, status int, page *issuertest.Page) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%v: status %d, want %d:\n%.500s", page.URL, page.Status, status, page.Body)
	}
}
