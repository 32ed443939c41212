package login_test

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/login"
)

// deviceSamples are the pages that answer a device.
var deviceSamples = []sample{
	{"usercode", func(p *login.Pages, _ string) (login.Page, error) {
		return p.UserCode(login.UserCodePage{Action: "/tenant/device"})
	}},
	{"usercode-again", func(p *login.Pages, text string) (login.Page, error) {
		return p.UserCode(login.UserCodePage{Action: "/tenant/device", Code: text, WrongCode: true})
	}},
	{"device", func(p *login.Pages, text string) (login.Page, error) {
		return p.Device(login.DevicePage{
			Action: "/tenant/device", Flow: "sealed-flow", Token: "sealed-token", Code: text,
			Client: login.ClientView{ID: "shop.tv", Name: text}, Username: text,
			Scopes:    login.DescribeScopes([]string{"openid", "orders:read", "stock:read"}, map[string]string{"orders:read": text}),
			Resources: []string{text}, AtMost: 30 * 24 * time.Hour, Offline: true,
		})
	}},
	{"answered", func(p *login.Pages, text string) (login.Page, error) {
		return p.Answered(login.AnsweredPage{Allowed: true, Client: login.ClientView{ID: "shop.tv", Name: text}})
	}},
	{"answered-denied", func(p *login.Pages, text string) (login.Page, error) {
		return p.Answered(login.AnsweredPage{Client: login.ClientView{ID: "shop.tv", Name: text}})
	}},
}

func TestUserCodeProblem(t *testing.T) {
	for _, tc := range []struct {
		name string
		page login.UserCodePage
		want string
	}{
		{"none", login.UserCodePage{}, ""},
		{"wrong", login.UserCodePage{WrongCode: true}, "No device is waiting with this code. Please compare it with the device, which may show a new one by now."},
		{"too long", login.UserCodePage{TookTooLong: true}, "This took too long, or this browser keeps no cookies. Please enter the code once more."},
		{"throttled", login.UserCodePage{WrongCode: true, Wait: 90 * time.Second}, "Too many attempts. Please wait 90 seconds, then try again."},
	} {
		if got := tc.page.Problem(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
