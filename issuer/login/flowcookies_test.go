package login_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/login"
)

// A browser keeps 16 flows at most, and the oldest go first, in whatever order it sends them.
func TestFlowCookiesAreBounded(t *testing.T) {
	sealer := newSealer(t)
	var flows []login.Flow
	for i := range 40 {
		flows = append(flows, login.NewFlow(request, start.Add(time.Duration(i)*time.Second)))
	}
	cookies := func(flows []login.Flow) []*http.Cookie {
		sent := []*http.Cookie{{Name: login.SessionCookie, Value: "x"}, {Name: "other", Value: "x"}}
		for _, flow := range slices.Backward(flows) {
			sent = append(sent, flow.Cookie(sealer))
		}
		return sent
	}
	former := &http.Cookie{Name: "__Host-tw-flow-FORMER", Value: "MADEBYANOTHERVERSION"}
	next := login.NewFlow(request, start.Add(time.Hour))
	for _, tc := range []struct {
		name string
		got  []*http.Cookie
		want []string // that are removed
	}{
		{"none", next.TieTo(sealer, nil), nil},
		{"room", next.TieTo(sealer, cookies(flows[:15])), nil},
		{"one too many", next.TieTo(sealer, cookies(flows[:16])), names(flows[:1])},
		{"of another version", next.TieTo(sealer, append(cookies(flows[:15]), former)), []string{former.Name}},
		{"many, of which a few go at a time", next.TieTo(sealer, cookies(flows)), names(flows[:3])},
		{"its own comes again", flows[0].Surplus(sealer, cookies(flows[:16])), nil},
		{"its own is the oldest", flows[0].Surplus(sealer, cookies(flows[:18])), names(flows[1:3])},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var removed []string
			for _, cookie := range tc.got {
				if cookie.MaxAge < 0 {
					removed = append(removed, cookie.Name)
				} else if cookie.Name != next.Cookie(sealer).Name || cookie.Value != next.Browser {
					t.Errorf("sets %v", cookie)
				}
			}
			if !slices.Equal(removed, tc.want) {
				t.Errorf("removes %v, want %v", removed, tc.want)
			}
		})
	}
}

func names(flows []login.Flow) []string {
	var found []string
	for _, flow := range flows {
		found = append(found, fmt.Sprintf("__Host-tw-flow-%s", flow.ID))
	}
	return found
}
