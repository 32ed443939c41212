package login_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
)

const request = "client_id=shop&response_type=code&state=%00%3Cb%3E"

func sealFlow(tb testing.TB, sealer *seal.Sealer, flow login.Flow) string {
	tb.Helper()
	sealed, err := login.SealFlow(sealer, flow, start)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

// AZ-21: two tabs hold two requests, and neither disturbs the other.
func TestTwoFlows(t *testing.T) {
	sealer := newSealer(t)
	first, second := login.NewFlow(request, start), login.NewFlow("client_id=other", start)
	cookies := []*http.Cookie{first.Cookie(sealer), second.Cookie(sealer)}
	for _, flow := range []login.Flow{first, second, first} {
		got, err := login.OpenFlow(sealer, sealFlow(t, sealer, flow), cookies, start.Add(time.Minute))
		if diff := cmp.Diff(flow, got); diff != "" || err != nil {
			t.Errorf("flow (-sealed +opened), %v:\n%s", err, diff)
		}
	}
}

func TestOpenFlow(t *testing.T) {
	sealer := newSealer(t)
	flow, other := login.NewFlow(request, start), login.NewFlow(request, start)
	sealed := sealFlow(t, sealer, flow)
	for _, tc := range []struct {
		name    string
		sealed  string
		cookies []*http.Cookie
		after   time.Duration
		want    error
	}{
		{"its browser", sealed, []*http.Cookie{flow.Cookie(sealer)}, 0, nil},
		{"just in time", sealed, []*http.Cookie{flow.Cookie(sealer)}, 30*time.Minute - 1, nil},
		{"too late", sealed, []*http.Cookie{flow.Cookie(sealer)}, 30 * time.Minute, login.ErrFlowExpired},
		{"no cookie", sealed, nil, 0, login.ErrFlowBrowser},
		{"another flow's cookie", sealed, []*http.Cookie{other.Cookie(sealer)}, 0, login.ErrFlowBrowser},
		{"another secret", sealed, []*http.Cookie{{Name: flow.Cookie(sealer).Name, Value: other.Browser}}, 0, login.ErrFlowBrowser},
		{"no secret", sealed, []*http.Cookie{{Name: flow.Cookie(sealer).Name}}, 0, login.ErrFlowBrowser},
		{"empty", "", []*http.Cookie{flow.Cookie(sealer)}, 0, login.ErrFlow},
		{"altered", "AAAA" + sealed[4:], []*http.Cookie{flow.Cookie(sealer)}, 0, login.ErrFlow},
		{"another issuer's", sealFlow(t, newSealer(t), flow), []*http.Cookie{flow.Cookie(sealer)}, 0, login.ErrFlow},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := login.OpenFlow(sealer, tc.sealed, tc.cookies, start.Add(tc.after))
			if !errors.Is(err, tc.want) || (err != nil && got != login.Flow{}) {
				t.Errorf("OpenFlow: %+v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

func TestFlowCookie(t *testing.T) {
	flow := login.NewFlow(request, start)
	sealer := newSealer(t)
	got := flow.Cookie(sealer)
	want := &http.Cookie{
		Name: "__Host-tw-flow-" + flow.ID, Value: flow.Browser, Path: "/", MaxAge: 1800,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if err := got.Valid(); err != nil {
		t.Error(err)
	}
	if forgotten := flow.Forget(sealer); forgotten.Name != got.Name || forgotten.MaxAge >= 0 || forgotten.Value != "" {
		t.Errorf("Forget() = %v", forgotten)
	}
	if sealed := sealFlow(t, sealer, flow); strings.Contains(sealed, flow.Browser) {
		t.Error("the page shows the browser's secret")
	}
}

func TestFlowSize(t *testing.T) {
	flow := login.NewFlow(strings.Repeat("a", 12<<10), start)
	if _, err := login.SealFlow(newSealer(t), flow, start); !errors.Is(err, login.ErrFlowSize) {
		t.Errorf("SealFlow: %v, want %v", err, login.ErrFlowSize)
	}
}
