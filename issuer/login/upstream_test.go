package login_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// begin goes to the provider, and comes back with the ticket and the answer; a test may change what happens between.
func begin(t *testing.T, o *other, upstream *login.Upstream) (login.Ticket, url.Values) {
	t.Helper()
	sealer, flow := newSealer(t), login.NewFlow(request, start)
	address, err := upstream.Begin(t.Context(), sealer, flow, login.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := asked.Query()
	if _, told := o.claims["nonce"]; !told {
		o.claims["nonce"] = query.Get("nonce")
	}
	ticket, err := login.OpenTicket(sealer, query.Get("state"), "corp", []*http.Cookie{flow.Cookie(sealer)}, start)
	if err != nil {
		t.Fatal(err)
	}
	return ticket, url.Values{"code": {"c"}, "state": query["state"]}
}

// The request has all that protects the answer (OpenID Connect Core section 3.1.2.1, RFC 7636).
func TestUpstreamBegins(t *testing.T) {
	o := newOther(t)
	maxAge := 90 * time.Second
	address, err := o.client().Begin(t.Context(), newSealer(t), login.NewFlow(request, start),
		login.Ask{Prompt: "login", MaxAge: &maxAge, LoginHint: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := url.Parse(address)
	query := asked.Query()
	for _, made := range []string{"state", "nonce", "code_challenge"} {
		if len(query.Get(made)) < 26 {
			t.Errorf("%s is %q", made, query.Get(made))
		}
		query.Del(made)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {ourID}, "redirect_uri": {redirect}, "scope": {"openid profile"},
		"code_challenge_method": {"S256"}, "prompt": {"login"}, "max_age": {"90"}, "login_hint": {"alice"},
	}
	if diff := cmp.Diff(want, query); diff != "" || !strings.HasPrefix(address, o.URL+"/authorize?") {
		t.Errorf("%s: query (-want +got):\n%s", address, diff)
	}
}

// Who wants to ask again later has to ask for consent as well, or gets no refresh token (OpenID Connect Core section 11).
func TestUpstreamAsksForConsent(t *testing.T) {
	for _, tc := range []struct {
		asked, want string
		scopes      []string
	}{
		{"", "", []string{"openid", "profile"}},
		{"login", "login", []string{"openid"}},
		{"", "consent", []string{"openid", "offline_access"}},
		{"login", "login consent", []string{"openid", "offline_access"}},
	} {
		upstream := newOther(t).client(func(rules *registration.OIDCProvider) { rules.Scopes = tc.scopes })
		address, err := upstream.Begin(t.Context(), newSealer(t), login.NewFlow(request, start), login.Ask{Prompt: tc.asked})
		if err != nil {
			t.Fatal(err)
		}
		if to, err := url.Parse(address); err != nil || to.Query().Get("prompt") != tc.want {
			t.Errorf("prompt %q, scopes %q: %s (%v), want prompt %q", tc.asked, tc.scopes, address, err, tc.want)
		}
	}
}

// OI-24: who it is follows from issuer and sub; the rest from ID token and userinfo, of which the former counts more.
func TestUpstreamFinishes(t *testing.T) {
	o := newOther(t)
	upstream := o.client()
	ticket, answer := begin(t, o, upstream)
	identity, refreshToken, err := upstream.Finish(t.Context(), &ticket, answer)
	want := login.Identity{
		Provider: "corp", Subject: login.Subject("corp", o.URL+" 4711"), Username: "alice", Carried: true,
		AMR: []string{"pwd", "otp"}, AuthTime: start.Add(-time.Minute),
		Claims: map[string]any{
			"preferred_username": "alice", "email": "alice@corp.example", "email_verified": true, "groups": []string{"dev"},
		},
	}
	if diff := cmp.Diff(want, identity); diff != "" || err != nil || refreshToken != "rt-1" {
		t.Errorf("refresh token %q, %v, identity (-want +got):\n%s", refreshToken, err, diff)
	}
	if o.form.Get("code_verifier") != ticket.Verifier || o.form.Get("redirect_uri") != redirect || o.form.Has("client_secret") {
		t.Errorf("the code was redeemed by %v", o.form)
	}
}

// JW-12, OI-24: what proves nothing is refused, whatever else is right.
func TestUpstreamRefuses(t *testing.T) {
	claim := func(name string, value any) func(*other) {
		return func(o *other) { o.claims[name] = value }
	}
	for _, tc := range []struct {
		name   string
		change func(*other)
		want   error
	}{
		{"alg none", func(o *other) { o.raw = "none" }, login.ErrUpstreamAnswer},
		{"HS256 by the client secret", func(o *other) { o.raw = "HS256" }, login.ErrUpstreamAnswer},
		{"no JWT", func(o *other) { o.raw = "a.b.c" }, login.ErrUpstreamAnswer},
		{"no ID token", func(o *other) { o.tokens["id_token"] = 1 }, login.ErrUpstreamAnswer},
		{"an access token", func(o *other) { o.header["typ"] = "at+jwt" }, login.ErrUpstreamAnswer},
		{"a logout token", func(o *other) { o.header["typ"] = "logout+jwt" }, login.ErrUpstreamAnswer},
		{"another nonce", claim("nonce", "another"), login.ErrUpstreamAnswer},
		{"no nonce", claim("nonce", nil), login.ErrUpstreamAnswer},
		{"another iss", claim("iss", "https://evil.example"), login.ErrUpstreamAnswer},
		{"another aud", claim("aud", "another"), login.ErrUpstreamAnswer},
		{"two aud and no azp", claim("aud", []string{ourID, "another"}), login.ErrUpstreamAnswer},
		{"another azp", claim("azp", "another"), login.ErrUpstreamAnswer},
		{"azp of another type", claim("azp", 1), login.ErrUpstreamAnswer},
		{"expired", claim("exp", start.Add(-time.Second).Unix()), login.ErrUpstreamAnswer},
		{"not yet", claim("nbf", start.Add(time.Hour).Unix()), login.ErrUpstreamAnswer},
		{"no sub", claim("sub", ""), login.ErrUpstreamAnswer},
		{"sub too long", claim("sub", strings.Repeat("x", 256)), login.ErrUpstreamAnswer},
		{"at_hash of another token", claim("at_hash", "another"), login.ErrUpstreamAnswer},
		{"userinfo of somebody else", func(o *other) { o.info["sub"] = "4712" }, login.ErrUpstreamAnswer},
		{"the code is refused", func(o *other) { o.fail("/token", http.StatusBadRequest, "invalid_grant") }, login.ErrUpstreamAnswer},
		{"the provider fails", func(o *other) { o.fail("/token", http.StatusBadGateway, "server_error") }, login.ErrUpstreamAway},
		{"userinfo fails", func(o *other) { o.fail("/userinfo", http.StatusForbidden, "insufficient_scope") }, login.ErrUpstreamAway},
		{"userinfo without end", func(o *other) { o.info["more"] = strings.Repeat("x", 1<<20) }, login.ErrUpstreamAway},
		{"redirected elsewhere", func(o *other) {
			o.serve["/token"] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://evil.example/token", http.StatusTemporaryRedirect)
			}
		}, login.ErrUpstreamAway},
		{"too many claims", func(o *other) { o.info["name"] = strings.Repeat("x", 2<<10) }, login.ErrClaims},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newOther(t)
			upstream := o.client()
			tc.change(o)
			ticket, answer := begin(t, o, upstream)
			switch o.raw {
			case "none":
				o.raw = o.unsigned()
			case "HS256":
				o.raw = o.sign(jose.HS256, []byte(strings.Repeat(ourSecret, 3)))
			}
			_, _, err := upstream.Finish(t.Context(), &ticket, answer)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			for _, secret := range []string{ourSecret, "secret-detail", "rt-1", ticket.Verifier, ticket.Nonce} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds %q: %v", secret, err)
				}
			}
		})
	}
}

// An answer of somebody else's costs the provider no request, so no code is sent to where it does not belong.
func TestUpstreamRefusesAnswers(t *testing.T) {
	o := newOther(t)
	o.metadata["authorization_response_iss_parameter_supported"] = true
	upstream := o.client()
	ticket, good := begin(t, o, upstream)
	for name, tc := range map[string]struct {
		change url.Values
		want   error
	}{
		"no iss":      {nil, login.ErrUpstreamAnswer},
		"another iss": {url.Values{"iss": {"https://evil.example"}}, login.ErrUpstreamAnswer},
		"two iss":     {url.Values{"iss": {o.URL, o.URL}}, login.ErrUpstreamAnswer},
		"no code":     {url.Values{"iss": {o.URL}, "code": nil}, login.ErrUpstreamAnswer},
		"refused":     {url.Values{"iss": {o.URL}, "error": {"access_denied"}}, login.ErrUpstreamRefused},
		"odd refusal": {url.Values{"iss": {o.URL}, "error": {"<b>\n"}}, login.ErrUpstreamRefused},
	} {
		answer := maps.Clone(good)
		maps.Copy(answer, tc.change)
		if _, _, err := upstream.Finish(t.Context(), &ticket, answer); !errors.Is(err, tc.want) || strings.Contains(err.Error(), "<b>") {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if n := o.redemptions.Load(); n != 0 {
		t.Errorf("%d codes were redeemed", n)
	}
}

// The provider is asked for its metadata when somebody wants to log in, once however many do, and again if it was away.
func TestUpstreamIsDiscoveredOnce(t *testing.T) {
	o := newOther(t)
	upstream := o.client()
	if n := o.discoveries.Load(); n != 0 {
		t.Errorf("asked %d times before anybody came", n)
	}
	sealer := newSealer(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := upstream.Begin(context.Background(), sealer, login.NewFlow(request, start), login.Ask{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := o.discoveries.Load(); n != 1 {
		t.Errorf("20 at once asked %d times", n)
	}
}

// Metadata is good for an hour, and beyond where there is no newer. A provider that is away is left alone for a moment.
func TestUpstreamIsDiscoveredAgain(t *testing.T) {
	o := newOther(t)
	upstream, sealer := o.client(), newSealer(t)
	const metadata = "/.well-known/openid-configuration"
	away := func(w http.ResponseWriter, _ *http.Request) {
		o.discoveries.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}
	for _, tc := range []struct {
		name   string
		after  time.Duration
		serve  http.HandlerFunc
		asked  int32
		failed bool
	}{
		{"away", 0, away, 1, true},
		{"left alone", time.Second, nil, 1, true},
		{"back", time.Second, nil, 2, false},
		{"fresh", time.Hour - time.Second, nil, 2, false},
		{"grown old", time.Second, nil, 3, false},
		{"away when it has grown old", time.Hour, away, 4, false},
		{"left alone with the old", time.Second, away, 4, false},
		{"back again", time.Second, nil, 5, false},
	} {
		o.clock = o.clock.Add(tc.after)
		delete(o.serve, metadata)
		if tc.serve != nil {
			o.serve[metadata] = tc.serve
		}
		_, err := upstream.Begin(t.Context(), sealer, login.NewFlow(request, start), login.Ask{})
		if n := o.discoveries.Load(); n != tc.asked || errors.Is(err, login.ErrUpstreamAway) != tc.failed {
			t.Errorf("%s: asked %d times, want %d; %v", tc.name, n, tc.asked, err)
		}
	}
	o.fail("/token", http.StatusServiceUnavailable, "")
	ticket, answer := begin(t, o, upstream)
	_, _, err := upstream.Finish(t.Context(), &ticket, answer)
	begin(t, o, upstream)
	if n := o.discoveries.Load(); n != 6 || !errors.Is(err, login.ErrUpstreamAway) {
		t.Errorf("after a failure elsewhere: asked %d times, want 6; %v", n, err)
	}
}

// Metadata that would send secrets over plain HTTP, or that is another issuer's, is none.
func TestUpstreamMetadata(t *testing.T) {
	for name, change := range map[string]map[string]any{
		"another issuer":       {"issuer": "https://evil.example"},
		"plain HTTP":           {"token_endpoint": "http://id.example/token"},
		"keys by plain HTTP":   {"jwks_uri": "http://id.example/keys"},
		"no token endpoint":    {"token_endpoint": ""},
		"userinfo by loopback": {"userinfo_endpoint": "http://127.0.0.1/userinfo"},
	} {
		o := newOther(t)
		maps.Copy(o.metadata, change)
		_, err := o.client().Begin(t.Context(), newSealer(t), login.NewFlow(request, start), login.Ask{})
		if !errors.Is(err, login.ErrUpstreamAway) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// RT-20: the person is asked after, and what the provider says now counts.
func TestUpstreamRenews(t *testing.T) {
	subject := func(o *other) string { return login.Subject("corp", o.URL+" 4711") }
	for _, tc := range []struct {
		name   string
		change func(*other)
		token  string
		claims map[string]any
		want   error
	}{
		{"changed", func(o *other) { delete(o.claims, "email"); delete(o.info, "email") }, "rt-1",
			map[string]any{"preferred_username": "alice", "email_verified": true, "groups": []string{"dev"}}, nil},
		{"no ID token", func(o *other) { o.tokens = map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": 1} }, "rt-0", nil, nil},
		{"gone", func(o *other) { o.fail("/token", http.StatusBadRequest, "invalid_grant") }, "", nil, login.ErrGone},
		{"somebody else", func(o *other) { o.claims["sub"], o.info["sub"] = "4712", "4712" }, "", nil, login.ErrGone},
		{"we are unknown", func(o *other) { o.fail("/token", http.StatusUnauthorized, "invalid_client") }, "rt-0", nil, login.ErrUpstreamAway},
		{"it fails", func(o *other) { o.fail("/token", http.StatusInternalServerError, "invalid_grant") }, "", nil, login.ErrUpstreamAway},
		{"userinfo fails, and the token is new all the same", func(o *other) { o.fail("/userinfo", http.StatusInternalServerError, "x") }, "rt-1", nil, login.ErrUpstreamAway},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := newOther(t)
			tc.change(o)
			got, err := o.client().Renew(t.Context(), subject(o), login.Lease{Issuer: o.URL, Token: "rt-0"})
			if !errors.Is(err, tc.want) || tc.want == nil && err != nil {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if diff := cmp.Diff(tc.claims, got.Claims); diff != "" || tc.token != "" && got.Lease.Token != tc.token {
				t.Errorf("token %q, claims (-want +got):\n%s", got.Lease.Token, diff)
			}
		})
	}
	o := newOther(t)
	if _, err := o.client().Renew(t.Context(), subject(o), login.Lease{Issuer: "https://former.example", Token: "rt-0"}); !errors.Is(err, login.ErrGone) {
		t.Errorf("a token of a former provider: %v", err)
	}
	if n := o.redemptions.Load(); n != 0 {
		t.Error("a token of a former provider was shown to the present one")
	}
}

// A ticket is good for one provider and one browser.
func TestTicket(t *testing.T) {
	o, sealer, flow := newOther(t), newSealer(t), login.NewFlow(request, start)
	address, err := o.client().Begin(t.Context(), sealer, flow, login.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := url.Parse(address)
	state, mine := asked.Query().Get("state"), []*http.Cookie{flow.Cookie(sealer)}
	for _, tc := range []struct {
		name, state, provider string
		cookies               []*http.Cookie
		at                    time.Time
		want                  error
	}{
		{"its own", state, "corp", mine, start, nil},
		{"another provider's", state, "other", mine, start, login.ErrFlow},
		{"another browser's", state, "corp", nil, start, login.ErrFlowBrowser},
		{"too late", state, "corp", mine, start.Add(30 * time.Minute), login.ErrFlowExpired},
		{"altered", state + "A", "corp", mine, start, login.ErrFlow},
		{"a flow", sealFlow(t, sealer, flow), "corp", mine, start, login.ErrFlow},
	} {
		if _, err := login.OpenTicket(sealer, tc.state, tc.provider, tc.cookies, tc.at); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	if _, err := login.OpenFlow(sealer, state, mine, start); !errors.Is(err, login.ErrFlow) {
		t.Errorf("a ticket as a flow: %v", err)
	}
	long := login.NewFlow(strings.Repeat("x", 6<<10), start)
	if _, err := o.client().Begin(t.Context(), sealer, long, login.Ask{}); !errors.Is(err, login.ErrFlowSize) {
		t.Errorf("too long: %v", err)
	}
}

// Claims are mapped as CEL says; what fails refuses, and says of the values nothing.
func TestClaimMap(t *testing.T) {
	for _, tc := range []struct {
		expression string
		want       any // of claim x; nil for none
		fails      bool
	}{
		{"claims.roles", []any{"a", "b"}, false},
		{"claims.roles.filter(r, r != 'a')", []any{"b"}, false},
		{"claims.?department", nil, false},
		{"claims.?department.orValue([]).filter(r, r.startsWith('app-'))", []any{}, false},
		{"claims.?roles.orValue([]).filter(r, r.startsWith('a'))", []any{"a"}, false},
		{"claims.?roles", []any{"a", "b"}, false},
		{"has(claims.department) ? claims.department : 'none'", "none", false},
		{"null", nil, false},
		{"claims.level + 1.0", 4.0, false},
		{"{'of': claims.level}", map[string]any{"of": 3.0}, false},
		{"claims.email.split('@')[1]", "corp.example", false},
		{"claims.department", nil, true},
		{"claims.email + 1", nil, true},
		{"b'bytes' == b'x' ? duration('1s') : duration('2s')", "2s", false},
		{"claims.big.matches('(x+y+)+z')", nil, true}, // costs too much
	} {
		made, err := login.CompileClaims([]registration.ClaimMapping{{Name: "x", Expression: tc.expression}})
		if err != nil {
			t.Errorf("%s: %v", tc.expression, err)
			continue
		}
		got, err := login.ApplyClaims(made, map[string]any{
			"email": "alice@corp.example", "roles": []any{"a", "b"}, "level": 3.0, "big": strings.Repeat("x", 1<<20),
		})
		if (err != nil) != tc.fails || err != nil && (!errors.Is(err, login.ErrClaims) || strings.Contains(err.Error(), "alice")) {
			t.Errorf("%s: %v", tc.expression, err)
			continue
		}
		if diff := cmp.Diff(tc.want, got["x"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.expression, diff)
		}
	}
}

// The largest person has a session whose cookie is short, since their claims are parked.
func TestLargestPersonHasASession(t *testing.T) {
	identity := login.Identity{
		Provider: strings.Repeat("p", 40), Subject: alice.Subject, Username: strings.Repeat("\U0001F600", 64), Carried: true,
		AMR: slices.Repeat([]string{strings.Repeat("m", 32)}, 8), Claims: map[string]any{"a": "b"},
	}
	session := login.NewSession(identity, login.NewFlow("", start).ID, start.Add(time.Nanosecond))
	if session.Fits() {
		t.Error("the claims of somebody who says so much fit")
	}
	session.Claims, session.Parked = nil, rand.Text()
	if cookie, err := session.Cookie(newSealer(t), start); err != nil || len(cookie.Value) > 1400 {
		t.Errorf("%v, %v", cookie, err)
	}
}

// What fits travels, and is short enough with all that comes along.
func TestClaimsFitTheCookie(t *testing.T) {
	for _, tc := range []struct {
		name   string
		claims int
		want   bool
	}{{"the most", 373, true}, {"a byte more", 374, false}, {"all that may be", 2 << 10, false}} {
		identity := alice
		identity.Carried, identity.Claims = true, map[string]any{"name": strings.Repeat("x", tc.claims-len(`{"name":""}`))}
		session := login.NewSession(identity, login.NewFlow("", start).ID, start)
		if got := session.Fits(); got != tc.want {
			t.Errorf("%s: fits %t", tc.name, got)
		}
		cookie, err := session.Cookie(newSealer(t), start)
		if tc.want && (err != nil || len(cookie.Value) > 1100) {
			t.Errorf("%s: %v, %v", tc.name, cookie, err)
		}
	}
}

// FuzzClaimMap holds each expression that compiles to its bounds: it ends, and what it makes can be kept.
func FuzzClaimMap(f *testing.F) {
	for _, seed := range []string{"claims.email", "claims.?a", "null", "claims.roles.map(r, r + r)", "[1, 2u, 3.0, b'x', type(1)]", "{1: 2}", "claims.", "1/0"} {
		f.Add("x", seed)
	}
	f.Add("sub", "claims.email")
	f.Fuzz(func(t *testing.T, name, expression string) {
		made, err := login.CompileClaims([]registration.ClaimMapping{{Name: name, Expression: expression}})
		if err != nil {
			return
		}
		claims, err := login.ApplyClaims(made, map[string]any{"email": "a@b.example", "roles": []any{"a", "b"}})
		if err != nil {
			return
		}
		if text, err := json.Marshal(claims); err != nil || len(text) > 2<<10 {
			t.Errorf("claims %v cannot be kept: %v", claims, err)
		}
		for _, taken := range []string{"sub", "iss", "aud", "nonce"} {
			if _, made := claims[taken]; made {
				t.Errorf("%s was mapped", taken)
			}
		}
	})
}
