package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// ear hears when the page changes, and what the browser complains of: console and log, exceptions, dialogs, what it blocks,
// and what does not load. It is safe for concurrent use.
type ear struct {
	moved chan struct{} // another page has come, or is complete

	mu                 sync.Mutex
	troubles, forgiven []string
}

// listen hears all of a tab.
func listen(t *testing.T, tab context.Context) *ear {
	t.Helper()
	heard := &ear{moved: make(chan struct{}, 1)}
	if err := chromedp.Listen(tab, func(event any) { heard.hear(tab, event) }); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	for _, domain := range []cdp.Command[cdp.Empty, cdp.Empty]{log.Enable, audits.Enable} {
		if _, err := chromedp.Call(tab, domain, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
	}
	return heard
}

func (h *ear) hear(tab context.Context, event any) {
	switch event := event.(type) {
	case *page.EventFrameNavigated, *page.EventLoadEventFired:
		select {
		case h.moved <- struct{}{}:
		default: // nobody has looked since the last time
		}
	case *log.EventEntryAdded:
		if event.Entry.Source != log.EntrySourceNetwork { // which tells of each page whose status is an error
			h.add("%s: %s (%s)", event.Entry.Source, event.Entry.Text, event.Entry.URL)
		}
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(event.Issue.Details)
		h.add("issue %s: %s", event.Issue.Code, details)
	case *runtime.EventConsoleAPICalled:
		h.add("console: %s", event.Type)
	case *runtime.EventExceptionThrown:
		h.add("exception: %s", event.ExceptionDetails.Text)
	case *network.EventResponseReceived:
		if event.Type != network.ResourceTypeDocument && event.Response.Status >= 400 {
			h.add("status %d of %s", event.Response.Status, event.Response.URL)
		}
	case *network.EventLoadingFailed:
		if event.Type != network.ResourceTypeDocument {
			h.add("a %s was not loaded: %s %s", event.Type, event.ErrorText, event.BlockedReason)
		}
	case *page.EventJavascriptDialogOpening:
		h.add("dialog: %s", event.Message)
		go func() { // a command, which no listener may wait for
			_, _ = chromedp.Call(tab, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

func (h *ear) add(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.troubles = append(h.troubles, fmt.Sprintf(format, args...))
}

// list is what is not forgiven.
func (h *ear) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.troubles), func(trouble string) bool {
		return slices.ContainsFunc(h.forgiven, func(text string) bool { return strings.Contains(trouble, text) })
	})
}

func (h *ear) forgive(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgiven = append(h.forgiven, text)
}
