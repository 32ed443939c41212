package browser

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromiumPath is the variable that holds the path of a browser; make browser-test sets it.
const chromiumPath = "BROWSER_PATH"

// findChromium skips the test unless it is told of a browser: make test needs none.
func findChromium(t *testing.T) string {
	t.Helper()
	path := os.Getenv(chromiumPath)
	if path == "" {
		t.Skip("run `make browser-test`, which finds a browser, or installs one")
	}
	return path
}

// start runs a browser until the test is over. All hosts that it knows are at address, by the certificate given; others
// do not exist.
func start(t *testing.T, address string, certificate *x509.Certificate) context.Context {
	t.Helper()
	key := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(findChromium(t)),
		chromedp.UserDataDir(t.TempDir()), // without one, the browser ignores the next flag
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])),
		chromedp.Flag("host-resolver-rules", "MAP *.example "+address+", MAP * ~NOTFOUND"),
		chromedp.Flag("lang", "en"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which chromium does not have for root
	}
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	t.Cleanup(cancel)
	browser, _ := chromedp.NewContext(allocator, chromedp.WithErrorf(t.Logf))
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("start a browser: %v", err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(browser); err != nil {
			t.Logf("The browser did not end well: %v", err)
		}
	})
	return browser
}
