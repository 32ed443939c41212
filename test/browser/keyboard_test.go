package browser

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
)

// The whole way without a mouse: the login page waits for typing, Enter sends it, and Tab leads everywhere.
func noMouse(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.visit(t, request())
	tab.walk(t)
	tab.visit(t, request())
	tab.settle(t)
	tab.key(t, issuertest.Username)
	tab.key(t, kb.Tab)
	tab.key(t, issuertest.Password)
	tab.enter(t)

	tab.see(t, "Allow The shop.web?")
	tab.walk(t)
	tab.key(t, kb.Tab)
	tab.key(t, kb.Tab)
	tab.enter(t) // Allow comes second
	w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")

	tab.visit(t, issuertest.URL+"/account")
	tab.walk(t)
}

// settle waits for the second picture of the page: by then what asks for the focus has it.
func (b *tab) settle(t *testing.T) {
	t.Helper()
	const second = "new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown(0))))"
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](second, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
}

const (
	// controls are all places of a page where something can be done, in their order.
	controls = `[...document.querySelectorAll("a[href], input:not([type=hidden]), button")].map((e) => e.name + " " + e.innerText.trim())`
	// focused is the place where the focus is, with what marks it.
	focused = `(() => {
		const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
		return {
			at: e.name + " " + e.innerText.trim(),
			mark: style.outlineStyle === "none" ? "no outline" : style.outlineWidth,
			inView: box.top >= 0 && box.bottom <= innerHeight,
			page: e === document.body,
		};
	})()`
)

type focus struct {
	At     string `json:"at"`
	Mark   string `json:"mark"`
	InView bool   `json:"inView"`
	Page   bool   `json:"page"`
}

// walk leads through the page by Tab, from its first control to the last and out again. The focus can be seen everywhere
// (WCAG 2.2 sections 2.1.1, 2.4.3, 2.4.7).
func (b *tab) walk(t *testing.T) {
	t.Helper()
	b.settle(t)
	want := ask[[]string](t, b, controls)
	now := ask[focus](t, b, focused)
	if now.Page { // nothing has the focus yet
		b.key(t, kb.Tab)
	}
	var got []string
	for range want {
		now = ask[focus](t, b, focused)
		got = append(got, now.At)
		if now.Mark != "3px" || !now.InView {
			t.Errorf("the focus cannot be seen: %s", fmt.Sprintf("%+v", now))
		}
		b.key(t, kb.Tab)
	}
	if diff := cmp.Diff(want, got); diff != "" || slices.Contains(got, " ") {
		t.Errorf("the ways of Tab (-want +got):\n%s", diff)
	}
	if now = ask[focus](t, b, focused); slices.Contains(want, now.At) && !now.Page {
		t.Errorf("Tab does not lead out of the page, but to %q", now.At)
	}
}
