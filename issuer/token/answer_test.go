package token_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

func userInfo() *token.UserInfo {
	return &token.UserInfo{
		Issuer: issuer, Audience: "shop.web", Subject: "usr_jane",
		Further: map[string]any{"email": "jane@shop.example", "email_verified": true, "phone_number": "", "sub": "root", "exp": 9e9},
	}
}

// TestUserInfo holds OI-17 and OI-20, in both forms of the answer.
func TestUserInfo(t *testing.T) {
	got, err := userInfo().Encode()
	if want := `{"email":"jane@shop.example","email_verified":true,"sub":"usr_jane"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	s := signer(ring(), keys.ES256)
	raw, err := token.AppendUserInfo([]byte("before "), s, userInfo())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"iss": issuer, "aud": "shop.web", "sub": "usr_jane", "email": "jane@shop.example", "email_verified": true}
	if diff := cmp.Diff(want, readAs(t, string(raw[len("before "):]), "JWT", s, ring())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]token.UserInfo{
		"no iss": {Audience: "a", Subject: "s"}, "no aud": {Issuer: "i", Subject: "s"}, "no sub": {Issuer: "i", Audience: "a"},
		"sub that is not ASCII": {Issuer: "i", Audience: "a", Subject: "ü"},
	} {
		if raw, err := token.AppendUserInfo(nil, s, &bad); err == nil {
			t.Errorf("%s: minted %s", name, raw)
		}
	}
	if text, err := new(token.UserInfo).Encode(); err == nil {
		t.Errorf("without a subject: %s", text)
	}
}

func introspection() *token.Introspection {
	answer := `{"active":true,"iss":"https://issuer.example","sub":"shop.web","aud":"https://orders.example","exp":1795342200}`
	return &token.Introspection{Issuer: issuer, Audience: "orders.api", IssuedAt: now.Unix(), Answer: []byte(answer)}
}

// TestIntrospection holds IN-07 and IN-08.
func TestIntrospection(t *testing.T) {
	s := signer(ring(), keys.ES256)
	for _, tc := range []struct {
		name, answer string
		want         map[string]any // nil when refused
	}{
		{"active", `{"active":true,"exp":1}`, map[string]any{"active": true, "exp": 1.0}},
		{"inactive", `{"active":false}`, map[string]any{"active": false}},
		{"no object", `[]`, nil},
		{"nothing", ``, nil},
		{"two readings", `{"active":false,"active":true}`, nil},
		{"trailing text", `{"active":true},"sub":"root"`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i := introspection()
			i.Answer = []byte(tc.answer)
			raw, err := token.AppendIntrospection(nil, s, i)
			if (err == nil) != (tc.want != nil) {
				t.Fatalf("%s, %v", raw, err)
			}
			if err != nil {
				return
			}
			want := map[string]any{"iss": issuer, "aud": "orders.api", "iat": 1795341600.0, "token_introspection": tc.want}
			if diff := cmp.Diff(want, readAs(t, string(raw), "token-introspection+jwt", s, ring())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name, spoil := range map[string]func(*token.Introspection){
		"no iss": func(i *token.Introspection) { i.Issuer = "" }, "no aud": func(i *token.Introspection) { i.Audience = "" },
		"iat before 1970": func(i *token.Introspection) { i.IssuedAt = -1 },
	} {
		i := introspection()
		spoil(i)
		if raw, err := token.AppendIntrospection(nil, s, i); err == nil {
			t.Errorf("%s: minted %s", name, raw)
		}
	}
}

func logoutClaims() *token.LogoutClaims {
	return &token.LogoutClaims{
		Issuer: issuer, Audience: "shop.web", Subject: "usr_jane", SessionID: "s",
		IssuedAt: now.Unix(), Expires: now.Unix() + 120, ID: "j",
	}
}

// TestLogoutToken holds LO-08.
func TestLogoutToken(t *testing.T) {
	s := signer(ring(), keys.RS256)
	for _, tc := range []struct {
		name         string
		change       func(*token.LogoutClaims)
		subject, sid any
		ok           bool
	}{
		{"both", func(*token.LogoutClaims) {}, "usr_jane", "s", true},
		{"subject alone", func(c *token.LogoutClaims) { c.SessionID = "" }, "usr_jane", nil, true},
		{"session alone", func(c *token.LogoutClaims) { c.Subject = "" }, nil, "s", true},
		{"neither", func(c *token.LogoutClaims) { c.Subject, c.SessionID = "", "" }, nil, nil, false},
		{"no iss", func(c *token.LogoutClaims) { c.Issuer = "" }, nil, nil, false},
		{"no aud", func(c *token.LogoutClaims) { c.Audience = "" }, nil, nil, false},
		{"no jti", func(c *token.LogoutClaims) { c.ID = "" }, nil, nil, false},
		{"sub that is not ASCII", func(c *token.LogoutClaims) { c.Subject = "ü" }, nil, nil, false},
		{"sid not UTF-8", func(c *token.LogoutClaims) { c.SessionID = "\xff" }, nil, nil, false},
		{"too long a life", func(c *token.LogoutClaims) { c.Expires++ }, nil, nil, false},
		{"no life", func(c *token.LogoutClaims) { c.Expires = c.IssuedAt }, nil, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := logoutClaims()
			tc.change(c)
			raw, err := token.AppendLogoutToken(nil, s, c)
			if (err == nil) != tc.ok {
				t.Fatalf("%s, %v", raw, err)
			}
			if err != nil {
				return
			}
			want := map[string]any{
				"iss": issuer, "aud": "shop.web", "iat": 1795341600.0, "exp": 1795341720.0, "jti": "j",
				"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
			}
			for name, value := range map[string]any{"sub": tc.subject, "sid": tc.sid} {
				if value != nil {
					want[name] = value
				}
			}
			if diff := cmp.Diff(want, readAs(t, string(raw), "logout+jwt", s, ring())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestKindMatrix holds JW-12, IN-09 and the law of RFC 8725 section 3.12: of every kind of JWT that is made here and every
// kind that is read here, only the same two go together, whoever the JWT is for.
func TestKindMatrix(t *testing.T) {
	s := signer(ring(), keys.EdDSA)
	made := func(raw []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	everybody := []string{audience, "shop.web", "orders.api"}
	for _, tc := range []struct {
		name, raw string
		kinds     []token.Kind // that it is read as
	}{
		{"access token", mint(t, s, claims()), []token.Kind{token.AccessToken, token.ReturnedToken}},
		{"ID token", idToken(t, s, idClaims()), []token.Kind{token.IDTokenHint}},
		{"UserInfo response", made(token.AppendUserInfo(nil, s, userInfo())), nil},
		{"introspection response", made(token.AppendIntrospection(nil, s, introspection())), nil},
		{"logout token", made(token.AppendLogoutToken(nil, s, logoutClaims())), nil},
	} {
		for _, f := range forms {
			for _, audiences := range [][]string{everybody, {issuer}, nil} {
				got, err := verifier(ring()).Verify(tc.raw, f.kind, audiences, now)
				mayPass := slices.Contains(tc.kinds, f.kind)
				if err == nil && !mayPass || err != nil && mayPass && len(audiences) == len(everybody) {
					t.Errorf("%s, read as %s for %q: %v, %v", tc.name, f.name, audiences, got, err)
				}
			}
		}
	}
}
