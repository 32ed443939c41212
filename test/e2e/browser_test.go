package e2e

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"tokenwright.dev/test/stack/live"
)

// gate is what a browser on this machine can reach: the issuer, under its name, and the application that people come back to.
type gate struct {
	issuer, name string
	key          [sha256.Size]byte // of the issuer's certificate
	callback     string
	answers      chan url.Values
}

func newGate(t *testing.T, issuer, name string, certificate []byte) *gate {
	t.Helper()
	block, _ := pem.Decode(certificate)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{issuer: issuer, name: name, key: sha256.Sum256(leaf.RawSubjectPublicKeyInfo), answers: make(chan url.Values, 1)}
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			g.answers <- r.URL.Query()
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<h1>Arrived</h1>"))
	}))
	t.Cleanup(application.Close)
	g.callback = application.URL + "/callback"
	return g
}

// answer is what the application got.
func (g *gate) answer(t *testing.T) url.Values {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), live.Patience)
	defer cancel()
	select {
	case got := <-g.answers:
		return got
	case <-ctx.Done():
		t.Fatal("nobody came back to the application")
		return nil
	}
}

// window is a browser that somebody sits in front of.
type window struct {
	ctx context.Context //nolint:containedctx // a tab of chromedp is a context
}

func openBrowser(t *testing.T, path string, g *gate) *window {
	t.Helper()
	_, port, err := net.SplitHostPort(g.issuer)
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()), // without one, the browser ignores the next flag
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(g.key[:])),
		chromedp.Flag("host-resolver-rules", "MAP "+g.name+" 127.0.0.1:"+port),
		chromedp.Flag("lang", "en"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which chromium does not have for root
	}
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	tab, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(t.Logf))
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("start a browser: %v", err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(tab); err != nil {
			t.Logf("The browser did not end well: %v", err)
		}
	})
	return &window{ctx: tab}
}

// do runs actions in the tab.
func (w *window) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, live.Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatalf("%v, at a page that says\n%s", err, w.text())
	}
}

func (w *window) text() string {
	text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
	return text
}

// load runs actions that lead to another page.
func (w *window) load(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, live.Patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, actions...); err != nil {
		t.Fatalf("%v, at a page that says\n%s", err, w.text())
	}
}

func (w *window) press(t *testing.T, label string) {
	t.Helper()
	w.load(t, chromedp.Click(`//button[normalize-space()="`+label+`"]`))
}

// logIn goes to address, logs in there and allows what is asked for, unless that is remembered.
func (w *window) logIn(t *testing.T, address string) {
	t.Helper()
	w.load(t, chromedp.Navigate(address))
	w.do(t, chromedp.SendKeys(chromedp.CSS(`input[name="username"]`), username),
		chromedp.SendKeys(chromedp.CSS(`input[name="password"]`), password))
	w.press(t, "Log in")
	if !strings.Contains(w.text(), "Arrived") {
		w.press(t, "Allow")
	}
}

func (w *window) logOut(t *testing.T, address string) {
	t.Helper()
	w.load(t, chromedp.Navigate(address))
	w.press(t, "Log out")
	if text := w.text(); !strings.Contains(text, "You are logged out") {
		t.Errorf("no logout, but\n%s", text)
	}
}
