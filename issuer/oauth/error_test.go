package oauth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/oauth"
)

var errDatabase = errors.New(`database "grants" at 10.0.0.7 is away`)

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		name        string
		err         error
		code        oauth.Code
		status      int
		description string
		retryAfter  time.Duration
	}{
		{"refused", oauth.InvalidScope.Refusef("not granted: %s", "admin"), "invalid_scope", 400, "not granted: admin", 0},
		{"refused because", oauth.InvalidGrant.Because(errDatabase, "the \"code\" is no good"), "invalid_grant", 400, "the code is no good", 0},
		{"hidden", oauth.ServerError.Hide(errDatabase), "server_error", 500, "", 0},
		{"throttled", oauth.Throttle(30 * time.Second), "invalid_client", 429, "too many failed attempts to authenticate", 30 * time.Second},
		{"unavailable", oauth.Unavailable(time.Second, errDatabase), "temporarily_unavailable", 503, "", time.Second},
		{"wrapped", fmt.Errorf("mint: %w", oauth.InvalidTarget.Refusef("no")), "invalid_target", 400, "no", 0},
		{"foreign", errDatabase, "server_error", 500, "", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := oauth.From(tc.err)
			if got.Code != tc.code || oauth.CodeOf(tc.err) != tc.code || got.Status() != tc.status {
				t.Errorf("%v: code %s, status %d; want %s, %d", tc.err, got.Code, got.Status(), tc.code, tc.status)
			}
			if got.Description != tc.description || got.RetryAfter != tc.retryAfter {
				t.Errorf("%v: %q after %v; want %q, %v", tc.err, got.Description, got.RetryAfter, tc.description, tc.retryAfter)
			}
		})
	}
}

func TestNoErrorHasNoCode(t *testing.T) {
	if code := oauth.CodeOf(nil); code != "" {
		t.Errorf("CodeOf(nil) is %q", code)
	}
}

// TestBecause: the reason is told to the log, and to nobody else.
func TestBecause(t *testing.T) {
	err := oauth.InvalidGrant.Because(errDatabase, "no good")
	if !errors.Is(err, errDatabase) || strings.Contains(oauth.From(err).Description, errDatabase.Error()) {
		t.Errorf("%v; described as %q", err, oauth.From(err).Description)
	}
}

// TestCause holds the two sides of a hidden fault: the log sees the cause, the wire does not.
func TestCause(t *testing.T) {
	for _, err := range []error{oauth.ServerError.Hide(errDatabase), oauth.Unavailable(0, errDatabase), oauth.From(errDatabase)} {
		if !errors.Is(err, errDatabase) || !strings.Contains(err.Error(), errDatabase.Error()) {
			t.Errorf("%v lost its cause", err)
		}
		if oauth.From(err).Description != "" {
			t.Errorf("%v describes its cause to the client", err)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want string
	}{
		{oauth.InvalidRequest.Refusef("grant_type is missing"), "invalid_request: grant_type is missing"},
		{oauth.ServerError.Hide(errors.New("disk full")), "server_error: disk full"},
		{&oauth.Error{Code: oauth.InvalidClient}, "invalid_client"},
	} {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestDescriptions(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "scope read:all is not granted!", "scope read:all is not granted!"},
		{"quotes and backslashes", `say "hi" \o/`, "say hi o/"},
		{"header injection", "x\r\nSet-Cookie: a=b", "xSet-Cookie: a=b"},
		{"tab and NUL", "a\tb\x00c\x7f", "abc"},
		{"terminal escape", "\x1b[31mred", "[31mred"},
		{"not ASCII", "grüße \u202e", "gre "},
		{"not UTF-8", "a\xff\xfeb", "ab"},
		{"long", strings.Repeat("a", 5000), strings.Repeat("a", 256)},
		{"long of what is dropped", strings.Repeat(`"`, 5000) + "end", "end"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := oauth.From(oauth.InvalidRequest.Refusef("%s", tc.in)).Description; got != tc.want {
				t.Errorf("Refusef(%q) describes %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

// FuzzDescription holds the law of RFC 6749 section 5.2: whatever a request holds, a description is %x20-21 / %x23-5B /
// %x5D-7E, and short.
func FuzzDescription(f *testing.F) {
	for _, seed := range []string{"", "plain", `"\`, "\r\n", "ü\xff", strings.Repeat("x", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := oauth.From(oauth.InvalidRequest.Refusef("%s", in)).Description
		for i := range len(got) {
			if c := got[i]; c < 0x20 || c == 0x22 || c == 0x5c || c > 0x7e {
				t.Errorf("%q is described with %q", in, c)
			}
		}
		if len(got) > 256 {
			t.Errorf("%q is described in %d characters", in, len(got))
		}
	})
}
