package browser

import (
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// out is where the pictures are, for whoever wants to look.
const out = "out"

//go:embed measure.js
var measure string

// Every page is whole and readable, in each scheme and on a narrow screen.
func TestLooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hosts[gallery] = openGallery(t)
	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
		t.Fatal(err)
	}
	tab := w.tab(t)
	tab.scripts(t, false) // or the page of form_post would be gone
	for _, look := range []struct {
		name, scheme  string
		width, height int64
		shot          bool
	}{
		{"light", "light", 1024, 768, true},
		{"dark", "dark", 1024, 768, true},
		{"phone", "light", 360, 640, true},
		{"zoomed", "dark", 320, 256, false}, // 1280 by 1024, enlarged by four (WCAG 2.2 section 1.4.10)
	} {
		tab.dress(t, look.scheme, look.width, look.height)
		for _, e := range exhibits {
			tab.visit(t, e.at())
			for _, fault := range ask[[]string](t, tab, measure) {
				t.Errorf("%s, %s: %s", e.name, look.name, fault)
			}
			if look.shot {
				tab.shoot(t, e.name+"-"+look.name)
			}
		}
	}
}

// dress sets what the pages adapt to.
func (b *tab) dress(t *testing.T, scheme string, width, height int64) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.EmulateViewport(width, height))
}

// scripts turns those of all pages on or off.
func (b *tab) scripts(t *testing.T, on bool) {
	t.Helper()
	off := emulation.SetScriptExecutionDisabledParams{Value: !on}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
		t.Fatal(err)
	}
}

// shoot keeps a picture of the page.
func (b *tab) shoot(t *testing.T, name string) {
	t.Helper()
	const lossless = 100
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(lossless))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, name+".png"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
