package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tokenwright.dev/issuer/issuertest"
)

// tab is one page that a person looks at.
type tab struct {
	ctx   context.Context //nolint:containedctx // a tab of chromedp is a context
	heard *ear
}

// tab opens a tab for a person who has nobody's cookies yet. What the browser complains of in it fails the test.
func (w *world) tab(t *testing.T) *tab {
	t.Helper()
	return open(t, w.browser, chromedp.WithNewBrowserContext())
}

// another opens a tab beside, for the same person.
func (b *tab) another(t *testing.T) *tab {
	t.Helper()
	return open(t, b.ctx)
}

func open(t *testing.T, beside context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(beside, options...)
	t.Cleanup(cancel)
	opened := &tab{ctx: ctx, heard: listen(t, ctx)}
	t.Cleanup(func() { opened.wantQuiet(t) })
	return opened
}

// do runs actions in the tab.
func (b *tab) do(t *testing.T, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.giveUp(t, err)
	}
}

// load runs actions that lead to another page, and returns its status.
func (b *tab) load(t *testing.T, actions ...chromedp.Action[chromedp.Void]) int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		b.giveUp(t, err)
	}
	if response == nil { // the page was kept
		return 0
	}
	return response.Status
}

func (b *tab) giveUp(t *testing.T, err error) {
	t.Helper()
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
	t.Fatalf("%v, at %s\ntroubles: %q", err, text, b.heard.list())
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, b *tab, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return answer
}

func (b *tab) visit(t *testing.T, address string) int64 {
	t.Helper()
	return b.load(t, chromedp.Navigate(address))
}

// press clicks the button of that label.
func (b *tab) press(t *testing.T, label string) int64 {
	t.Helper()
	return b.load(t, chromedp.Click(`//button[normalize-space()="`+label+`"]`))
}

// back goes back without waiting, since the browser may have kept the page, and then loads nothing: see what is there.
func (b *tab) back(t *testing.T) {
	t.Helper()
	b.turn(t, -1)
}

// forward is the way that back came.
func (b *tab) forward(t *testing.T) {
	t.Helper()
	b.turn(t, 1)
}

func (b *tab) turn(t *testing.T, by int64) {
	t.Helper()
	history, err := chromedp.Call(b.ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	to := page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex+by].ID}
	if _, err := chromedp.Call(b.ctx, page.NavigateToHistoryEntry, to); err != nil {
		t.Fatal(err)
	}
}

func (b *tab) fill(t *testing.T, field, text string) {
	t.Helper()
	b.do(t, chromedp.SendKeys(chromedp.CSS(`input[name="`+field+`"]`), text))
}

func (b *tab) key(t *testing.T, key string) {
	t.Helper()
	b.do(t, chromedp.KeyEvent(key))
}

// enter presses Enter where that leads to another page.
func (b *tab) enter(t *testing.T) int64 {
	t.Helper()
	return b.load(t, chromedp.KeyEvent(kb.Enter))
}

// logIn fills in the login page as Username.
func (b *tab) logIn(t *testing.T, password string) int64 {
	t.Helper()
	if ask[string](t, b, `document.querySelector("[name=username]").value`) == "" {
		b.fill(t, "username", issuertest.Username)
	}
	b.fill(t, "password", password)
	return b.press(t, "Log in")
}

// see waits until the page is the one of that heading.
func (b *tab) see(t *testing.T, heading string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		// There is no answer while one page makes way for another.
		shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("h1")?.innerText ?? ""`))
		if err == nil && strings.Join(strings.Fields(shown), " ") == heading {
			return
		}
		select {
		case <-b.heard.moved:
		case <-ctx.Done():
			b.giveUp(t, fmt.Errorf("no page %q: %w", heading, ctx.Err()))
		}
	}
}

// read asks for texts on the page.
func (b *tab) read(t *testing.T, texts ...string) {
	t.Helper()
	shown := ask[string](t, b, "document.body.innerText")
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			t.Errorf("there is no %q on the page:\n%s", text, shown)
		}
	}
}

// cookies are those of the issuer, by name.
func (b *tab) cookies(t *testing.T) map[string]*network.Cookie {
	t.Helper()
	return b.cookiesOf(t, issuertest.URL)
}

// cookiesOf are those that are sent to an address, by name.
func (b *tab) cookiesOf(t *testing.T, address string) map[string]*network.Cookie {
	t.Helper()
	found, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*network.Cookie{}
	for _, cookie := range found.Cookies {
		byName[cookie.Name] = cookie
	}
	return byName
}

// wantQuiet fails for everything that the browser has complained of.
func (b *tab) wantQuiet(t *testing.T) {
	t.Helper()
	ask[int](t, b, "1") // what was said before has arrived
	for _, trouble := range b.heard.list() {
		t.Errorf("the browser says: %s", trouble)
	}
}

// wantTrouble asks for complaints that hold text, and forgives them from now on.
func (b *tab) wantTrouble(t *testing.T, text string) {
	t.Helper()
	if !slices.ContainsFunc(b.heard.list(), func(trouble string) bool { return strings.Contains(trouble, text) }) {
		t.Errorf("the browser says nothing of %q, but %q", text, b.heard.list())
	}
	b.heard.forgive(text)
}
