package oauth_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

func TestParseDeviceRequest(t *testing.T) {
	public := oauth.Credentials{ClientID: "a", Method: oauth.MethodNone}
	for _, tc := range []struct {
		name, body, authorization string
		want                      oauth.DeviceRequest
	}{
		{"public", "client_id=a", "", oauth.DeviceRequest{Credentials: public}},
		{"by header", "", basic("a:b"), oauth.DeviceRequest{Credentials: oauth.Credentials{ClientID: "a", Secret: "b", Method: oauth.MethodBasic}}},
		{"by body", "client_id=a&client_secret=b", "", oauth.DeviceRequest{Credentials: oauth.Credentials{ClientID: "a", Secret: "b", Method: oauth.MethodPost}}},
		{"scope", "client_id=a&scope=openid+read", "", oauth.DeviceRequest{Credentials: public, Scopes: oauth.Scopes{"openid", "read"}}},
		{"DV-10 resource", "client_id=a&resource=urn:x&resource=urn:y", "", oauth.DeviceRequest{Credentials: public, Resources: []string{"urn:x", "urn:y"}}},
		{"unknown parameters", "client_id=a&code_challenge=x", "", oauth.DeviceRequest{Credentials: public}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseDeviceRequest(post(tc.body, tc.authorization))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.body, diff)
			}
		})
	}
}

func TestParseDeviceRequestRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       oauth.Code
	}{
		{"DV-02 nobody", "scope=read", oauth.InvalidClient},
		{"malformed", "client_id=a&x=%", oauth.InvalidRequest},
		{"twice", "client_id=a&client_id=a", oauth.InvalidRequest},
		{"scope", "client_id=a&scope=a++b", oauth.InvalidScope},
		{"resource", "client_id=a&resource=/api", oauth.InvalidTarget},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := oauth.ParseDeviceRequest(post(tc.body, "")); oauth.CodeOf(err) != tc.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// FuzzParseDeviceRequest holds a law: every failure is a refusal in the protocol's words, never a fault of ours.
func FuzzParseDeviceRequest(f *testing.F) {
	f.Add("", "client_id=a&scope=x&resource=urn:x")
	f.Add(basic("a:b"), "scope=x")
	f.Fuzz(func(t *testing.T, authorization, body string) {
		got, err := oauth.ParseDeviceRequest(post(body, authorization))
		if err != nil && oauth.From(err).Status() >= http.StatusInternalServerError {
			t.Errorf("%q %q: %v", authorization, body, err)
		}
		if err == nil && got.ClientID == "" {
			t.Errorf("%q %q: accepted as %v", authorization, body, got)
		}
	})
}

func TestThrottleDevices(t *testing.T) {
	refusal := oauth.From(oauth.ThrottleDevices(3 * time.Second))
	if refusal.Code != oauth.SlowDown || refusal.Status() != http.StatusTooManyRequests || refusal.RetryAfter != 3*time.Second {
		t.Errorf("%+v", refusal)
	}
}

// DV-07: case, hyphens and blanks do not matter.
func TestParseUserCode(t *testing.T) {
	for _, tc := range []struct{ name, typed, want string }{
		{"as shown", "WDJB-MJHT", "WDJBMJHT"},
		{"bare", "WDJBMJHT", "WDJBMJHT"},
		{"lower case", "wdjb-mjht", "WDJBMJHT"},
		{"blanks", " wdjb mj\u00a0ht\t", "WDJBMJHT"},
		{"other dashes", "wdjb\u2013mjht\u2014.", "WDJBMJHT"},
		{"empty", "", ""},
		{"hyphens alone", "--------", ""},
		{"short", "WDJB-MJH", ""},
		{"long", "WDJB-MJHTX", ""},
		{"a vowel", "WDJB-MJHA", ""},
		{"a digit", "WDJB-MJH1", ""},
		{"a letter that only looks right", "WDJB-MJH\u0422", ""},
		{"a letter that becomes more bytes", "WDJB-MJ\u0131", ""},
		{"endless", "WDJBMJHT" + strings.Repeat("-", 64), ""},
		{"NUL", "WDJBMJHT\x00", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, ok := oauth.ParseUserCode(tc.typed); string(got) != tc.want || ok != (tc.want != "") {
				t.Errorf("%q: %q, %t; want %q", tc.typed, got, ok, tc.want)
			}
		})
	}
}

func TestNewUserCode(t *testing.T) {
	for _, tc := range []struct {
		name, random, want string
	}{
		{"one letter after the other", "\x00\x01\x02\x03\x04\x05\x06\x07", "BCDF-GHJK"},
		{"round", "\x13\x14\x15\xef\x00\x00\x00\x00", "ZBCZ-BBBB"},
		{"what would favour some letters is drawn anew", "\xf0\xff\x00\x00\x00\x00\x00\x00\x00\x00", "BBBB-BBBB"},
	} {
		got, err := oauth.NewUserCode(strings.NewReader(tc.random))
		if err != nil || got.Shown() != tc.want {
			t.Errorf("%s: %q (%v), want %q", tc.name, got.Shown(), err, tc.want)
		}
	}
	if _, err := oauth.NewUserCode(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("without entropy: %v", err)
	}
	if got := oauth.UserCode("").Shown(); got != "" {
		t.Errorf("no code is shown as %q", got)
	}
}

// DV-07: eight letters of twenty, each as likely as the others.
func TestUserCodesAreFair(t *testing.T) {
	const codes = 5000
	count := map[rune]int{}
	for range codes {
		code, err := oauth.NewUserCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for _, letter := range code {
			count[letter]++
		}
	}
	const letters, want = 20, codes * 8 / 20
	for letter, n := range count {
		if n < want*8/10 || n > want*12/10 { // nine standard deviations
			t.Errorf("%c came %d times of %d, want about %d", letter, n, codes*8, want)
		}
	}
	if len(count) != letters {
		t.Errorf("%d letters, want %d", len(count), letters)
	}
}

// FuzzParseUserCode holds a law: what is a code survives being shown, read aloud in lower case, and typed.
func FuzzParseUserCode(f *testing.F) {
	for _, seed := range []string{"", "WDJB-MJHT", "wdjb mjht", "\xff", "WDJBMJHA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := oauth.ParseUserCode(typed)
		if !ok {
			return
		}
		if again, ok := oauth.ParseUserCode(strings.ToLower(code.Shown())); !ok || again != code {
			t.Errorf("%q is %q, then %q", typed, code, again)
		}
	})
}
