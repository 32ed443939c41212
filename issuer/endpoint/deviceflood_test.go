package endpoint_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/store"
)

// beginFrom asks for codes as box, from an address.
func beginFrom(t *testing.T, server *issuertest.Server, address string) map[string]any {
	t.Helper()
	w := server.PostForm("/device_authorization", issuertest.Form("client_id", boxID), issuertest.Anonymous, func(r *http.Request) {
		r.RemoteAddr = net.JoinHostPort(address, "4711")
	})
	if w.Code != http.StatusOK {
		t.Fatalf("from %s: status %d: %s", address, w.Code, w.Body)
	}
	return issuertest.JSON(t, w)
}

// Strangers who fill a public client's devices keep nobody from beginning: it is their own that make way, and neither what
// somebody has opened nor what an application with a secret waits for.
func TestStrangersFillNoClient(t *testing.T) {
	server := withDevices(t)
	desk := issuertest.JSON(t, server.PostForm("/device_authorization", nil, asDesk))
	early, browser := beginFrom(t, server, "192.0.2.1"), server.NewBrowser(t)
	question := open(t, browser, early) // somebody is looking at it
	wantPage(t, question, http.StatusOK, "in front of you")
	quiet := beginFrom(t, server, "192.0.2.2") // and at this one nobody yet
	flood := func() {
		for i := range store.MaxMarksOfClient {
			beginFrom(t, server, fmt.Sprintf("198.51.100.%d", i%50))
		}
	}
	flood()
	late := beginFrom(t, server, "192.0.2.3")
	for name, codes := range map[string]map[string]any{"quiet": quiet, "late": late} {
		wantPage(t, openAs(t, server.NewBrowser(t), codes, "bob"), http.StatusOK, "in front of you")
		if w := poll(server, codes); issuertest.JSON(t, w)["error"] != "authorization_pending" {
			t.Errorf("%s: %s", name, w.Body)
		}
	}
	wantPage(t, browser.Submit(question, "decision", "allow"), http.StatusOK, "The device is connected")
	wantPoll(t, server, early, http.StatusOK, "")
	wantPage(t, openAs(t, server.NewBrowser(t), desk, "bob"), http.StatusOK, "in front of you")
	if log := server.Log.String(); !strings.Contains(log, `"msg":"device.evicted","clientID":"`+boxID) || !strings.Contains(log, `"sourceIP":"198.51.100.0"`) {
		t.Error("the log tells nothing of it")
	}
	if metrics := server.Get("/metrics").Body.String(); !strings.Contains(metrics, `tokenwright_issuer_evictions_total{kind="device"}`) {
		t.Error("not counted")
	}
}

// A device that made way is told to begin anew.
func TestEvictedDevice(t *testing.T) {
	server := withDevices(t)
	first := beginFrom(t, server, "2001:db8::1")
	for i := range store.MaxMarksOfSource {
		server.Clock.Step(5 * time.Second)
		beginFrom(t, server, fmt.Sprintf("2001:db8::%d", i+2)) // one site
	}
	wantPoll(t, server, first, http.StatusBadRequest, "expired_token")
}
