package grant_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// What a code says arrives, whether it fits or not, and the code never has more than 1,024 characters.
func TestCodesAreShort(t *testing.T) {
	long := func(n int) []string { return slices.Repeat([]string{strings.Repeat("s", 40)}, n) }
	for _, tc := range []struct {
		name   string
		change func(*grant.Code)
		parked bool
	}{
		{"a user of ours", func(*grant.Code) {}, false},
		{"somebody from elsewhere", func(c *grant.Code) {
			c.Claims = map[string]any{"email": "alice@example.org", "email_verified": true, "groups": []any{"dev", "ops"}}
			c.Lease = &login.Lease{Issuer: "https://idp.example", Token: strings.Repeat("t", 100)}
		}, false},
		{"many claims", func(c *grant.Code) { c.Claims = map[string]any{"x": strings.Repeat("c", 600)} }, true},
		{"a long nonce", func(c *grant.Code) { c.Nonce, c.Username = strings.Repeat("ü", 256), strings.Repeat("ü", 64) }, true},
		{"many scopes", func(c *grant.Code) { c.Scopes = append(c.Scopes, long(20)...) }, true},
		{"claims that are asked for", func(c *grant.Code) { c.Asked = grant.Asked{IDToken: long(10), UserInfo: long(10)} }, true},
		{"what identifies is as long as may be", func(c *grant.Code) {
			c.ID, c.SessionID, c.Provider, c.Epoch = strings.Repeat("i", 43), strings.Repeat("s", 64), strings.Repeat("p", 40), strings.Repeat("e", 43)
			c.ClientID, c.RedirectURI = strings.Repeat("c", 253), strings.Repeat("u", 2000)
			c.Places = grant.Places{Claims: strings.Repeat("c", 26), Lease: strings.Repeat("l", 26)}
			c.Nonce = strings.Repeat("n", 512)
		}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t)
			code := grant.Code{
				ID: "code-1", ClientID: issuertest.WebID, ClientUID: "uid", RedirectURI: "https://web.example/callback", Challenge: challenge,
				Nonce: "n-1", Scopes: []string{"openid"}, Subject: issuertest.Subject, Username: "alice", Provider: "idp", SessionID: "sid-1",
				AuthTime: s.clock.Unix(), Issued: s.clock.Unix(),
			}
			tc.change(&code)
			issued, err := code.Issue(t.Context(), s.parking(), s.clock)
			if err != nil || len(issued.Value) > grant.MaxCode || issued.Parked != tc.parked {
				t.Errorf("%d characters, parked %t, %v", len(issued.Value), issued.Parked, err)
			}
		})
	}
}

// What fits nowhere is refused in words for whoever asked.
func TestCodeIsTooMuch(t *testing.T) {
	s := newScene(t)
	code := grant.Code{ID: "code-1", Challenge: challenge, Subject: issuertest.Subject, Scopes: slices.Repeat([]string{strings.Repeat("s", 100)}, 200), Issued: s.clock.Unix()}
	_, err := code.Issue(t.Context(), s.parking(), s.clock)
	wantCode(t, err, oauth.InvalidScope)
}

// The grant of a code keeps all that was said, wherever it came from, and is of the person whose it was.
func TestRedeemWhatIsParked(t *testing.T) {
	lease := login.Lease{Issuer: "https://idp.example", Token: strings.Repeat("t", 1500)}
	claims := map[string]any{"groups": []any{strings.Repeat("g", 1000)}}
	for name, tc := range map[string]struct {
		change func(*grant.Code)
		owner  string // of what is parked
		want   oauth.Code
	}{
		"both in one place":  {func(c *grant.Code) { c.Places = grant.Places{Claims: "a", Lease: "a"} }, issuertest.Subject, ""},
		"in two places":      {func(c *grant.Code) { c.Places = grant.Places{Claims: "a", Lease: "b"} }, issuertest.Subject, ""},
		"in the code itself": {func(c *grant.Code) { c.Claims, c.Lease = claims, &lease }, issuertest.Subject, ""},
		"gone":               {func(c *grant.Code) { c.Places = grant.Places{Claims: "gone"} }, issuertest.Subject, oauth.InvalidGrant},
		"somebody else's":    {func(c *grant.Code) { c.Places = grant.Places{Claims: "a", Lease: "a"} }, "usr_other", oauth.InvalidGrant},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			for _, place := range []string{"a", "b"} {
				parked := grant.Parked{Subject: tc.owner, Claims: claims, Lease: &lease}
				if _, err := s.parking().Put(t.Context(), place, parked, s.clock.Add(time.Hour), s.clock); err != nil {
					t.Fatal(err)
				}
			}
			granted, err := s.redeem(issuertest.Web(), s.code(issuertest.Web(), tc.change))
			if oauth.CodeOf(err) != tc.want {
				t.Fatalf("%v, want %q", err, tc.want)
			}
			if err != nil {
				return
			}
			data := grant.OpenData(s.sealer, granted.Authorization.Sealed)
			if diff := cmp.Diff(claims, data.Claims); diff != "" || data.Upstream == nil || data.Upstream.Lease != lease || granted.Nonce != "n-1" {
				t.Errorf("nonce %q, upstream %+v, claims (-want +got):\n%s", granted.Nonce, data.Upstream, diff)
			}
		})
	}
}

// A code of the former version is redeemed: it was JSON, and whole.
func TestFormerCode(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	former := func(uid, uri string) string {
		sealed, err := s.sealer.Seal(seal.Code, fmt.Appendf(nil,
			`{"id":"code-1","client":%q,"uid":%q,"uri":%q,"pkce":%q,"nonce":"n-1","scopes":["openid"],"sub":%q,"idp":"staff","sid":"sid-1","auth":%d,"iat":%d,"claims":{"name":"Alice"}}`,
			web.ClientID, uid, uri, challenge, issuertest.Subject, s.clock.Unix(), s.clock.Unix()), s.clock)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	to := func(r *oauth.TokenRequest) { r.RedirectURI = "https://web.example/callback" }
	_, err := s.redeem(web, former("another", "https://web.example/callback"), to)
	wantCode(t, err, oauth.InvalidGrant)
	_, err = s.redeem(web, former(web.Owner.UID, "https://web.example/other"), to)
	wantCode(t, err, oauth.InvalidGrant)
	granted, err := s.redeem(web, former(web.Owner.UID, "https://web.example/callback"), to)
	if err != nil || granted.Nonce != "n-1" || granted.Data.Claims["name"] != "Alice" {
		t.Errorf("%+v, %v", granted, err)
	}
}

// What is parked is gone when it has expired, and cannot be read under another name's key or by another issuer.
func TestParkingExpires(t *testing.T) {
	s := newScene(t)
	put := grant.Parked{Subject: issuertest.Subject, Claims: map[string]any{"a": "b"}}
	if _, err := s.parking().Put(t.Context(), "a", put, s.clock.Add(time.Minute), s.clock); err != nil {
		t.Fatal(err)
	}
	got, err := s.parking().Get(t.Context(), "a", issuertest.Subject)
	if diff := cmp.Diff(put, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	s.clock = s.clock.Add(time.Minute)
	if _, err := s.parking().Get(t.Context(), "a", issuertest.Subject); !errors.Is(err, grant.ErrLost) {
		t.Errorf("after its time: %v", err)
	}
	forged := store.Mark{Kind: grant.ParkedMark, Name: "b", Subject: issuertest.Subject, Data: []byte("x"), Expires: s.clock.Add(time.Hour)}
	if _, err := s.Marks.Put(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	if _, err := s.parking().Get(t.Context(), "b", issuertest.Subject); !errors.Is(err, grant.ErrLost) {
		t.Errorf("forged: %v", err)
	}
}
