package grant_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store/memory"
)

// scene is an Authorizer on a store of its own, and what a story needs around it.
type scene struct {
	*grant.Authorizer

	t      *testing.T
	clock  time.Time
	sealer *seal.Sealer
	store  *memory.Grants
	gone   bool // the resource owner
	// doubted says that the resource owner may come back.
	doubted bool
	codes   int // that another made
	// epoch is the resource owner's; whatever was allowed in another one is over.
	epoch string
}

func (s *scene) Present(_, _, epoch string) bool {
	return !s.gone && (epoch == "" || epoch == s.epoch)
}

func (s *scene) InDoubt(_, subject, username string) bool {
	return s.doubted && subject == issuertest.Subject && username == issuertest.Username
}

func (s *scene) now() time.Time { return s.clock }

func newScene(t *testing.T) *scene {
	t.Helper()
	sealer, err := seal.New(issuertest.NewRing(t, 1, keys.XC20P), issuertest.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, clock: issuertest.Start, sealer: sealer}
	s.store = memory.NewGrants(s.now)
	s.Authorizer = &grant.Authorizer{
		Grants: s.store, Index: s.store, Revocations: memory.NewRevocations(s.now), Marks: memory.NewMarks(s.now),
		Directory: s, Polls: new(grant.Polls),
	}
	return s
}

// verifier and challenge belong together (RFC 7636 appendix B).
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// code makes a code for client, changed as the story wants it.
func (s *scene) code(client *registration.Registration, changes ...func(*grant.Code)) string {
	s.t.Helper()
	code := grant.Code{
		ID: "code-1", ClientID: client.ClientID, ClientUID: client.Owner.UID, RedirectURI: "https://web.example/callback",
		Challenge: challenge, Nonce: "n-1", Scopes: []string{"openid", "orders:read", "orders:write"}, Resources: []string{issuertest.Audience},
		Subject: issuertest.Subject, Username: issuertest.Username, Provider: issuertest.Provider, SessionID: "sid-1",
		AuthTime: s.clock.Unix() - 60, AMR: []string{"pwd"}, Issued: s.clock.Unix(),
	}
	for _, change := range changes {
		change(&code)
	}
	issued, err := code.Issue(s.t.Context(), s.parking(), s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	return issued.Value
}

func (s *scene) parking() grant.Parking { return grant.Parking{Marks: s.Marks, Sealer: s.sealer} }

// ask asks for tokens.
func (s *scene) ask(client *registration.Registration, req oauth.TokenRequest) (grant.Granted, error) {
	return s.Authorize(context.Background(), &grant.Request{
		TokenRequest: &req, Client: policy.NewClient(client), Sealer: s.sealer, Now: s.clock,
	})
}

func (s *scene) redeem(client *registration.Registration, code string, changes ...func(*oauth.TokenRequest)) (grant.Granted, error) {
	req := oauth.TokenRequest{GrantType: grant.AuthorizationCode, Code: code, CodeVerifier: verifier}
	for _, change := range changes {
		change(&req)
	}
	return s.ask(client, req)
}

func (s *scene) refresh(client *registration.Registration, token string, changes ...func(*oauth.TokenRequest)) (grant.Granted, error) {
	req := oauth.TokenRequest{GrantType: grant.RefreshToken, RefreshToken: token}
	for _, change := range changes {
		change(&req)
	}
	return s.ask(client, req)
}

// begin redeems a code for client.
func (s *scene) begin(client *registration.Registration) grant.Granted {
	s.t.Helper()
	granted, err := s.redeem(client, s.code(client))
	if err != nil {
		s.t.Fatal(err)
	}
	return granted
}

func wantCode(t *testing.T, err error, want oauth.Code) {
	t.Helper()
	if oauth.CodeOf(err) != want {
		t.Errorf("%v, want code %q", err, want)
	}
}

func TestAuthorize(t *testing.T) {
	for _, tc := range []struct {
		name   string
		client *registration.Registration
		req    oauth.TokenRequest
		want   oauth.Code
	}{
		{"client_credentials", issuertest.Client(), oauth.TokenRequest{GrantType: "client_credentials"}, ""},
		{"TK-03 unknown", issuertest.Client(), oauth.TokenRequest{GrantType: "magic"}, oauth.UnsupportedGrantType},
		{"TK-03 password", issuertest.Client(), oauth.TokenRequest{GrantType: "password"}, oauth.UnsupportedGrantType},
		{"TK-03 implicit", issuertest.Client(), oauth.TokenRequest{GrantType: "implicit"}, oauth.UnsupportedGrantType},
		{"TK-03 case matters", issuertest.Client(), oauth.TokenRequest{GrantType: "Client_Credentials"}, oauth.UnsupportedGrantType},
		{"TK-04 not allowed", issuertest.Guard(), oauth.TokenRequest{GrantType: "client_credentials"}, oauth.UnauthorizedClient},
		{"TK-04 not allowed, with no code to look at", issuertest.Client(), oauth.TokenRequest{GrantType: "authorization_code"}, oauth.UnauthorizedClient},
		{"TK-04 not allowed, whatever the code", issuertest.Client(), oauth.TokenRequest{GrantType: "authorization_code", Code: "tw_ac_x"}, oauth.UnauthorizedClient},
		{"TK-04 not allowed, whatever the refresh token", issuertest.Client(), oauth.TokenRequest{GrantType: "refresh_token", RefreshToken: "tw_rt_x"}, oauth.UnauthorizedClient},
		{"TK-04 not allowed, whatever the device code", issuertest.Client(), oauth.TokenRequest{GrantType: grant.DeviceCode, DeviceCode: "tw_dc_x"}, oauth.UnauthorizedClient},
		{"TK-13 scope", issuertest.Client(), oauth.TokenRequest{GrantType: "client_credentials", Scopes: oauth.Scopes{"admin"}}, oauth.InvalidScope},
		{"resource", issuertest.Client(), oauth.TokenRequest{GrantType: "client_credentials", Resources: []string{"https://x.example"}}, oauth.InvalidTarget},
		{"no code", issuertest.Web(), oauth.TokenRequest{GrantType: "authorization_code"}, oauth.InvalidRequest},
		{"TK-05 no such code", issuertest.Web(), oauth.TokenRequest{GrantType: "authorization_code", Code: "tw_ac_x"}, oauth.InvalidGrant},
		{"no refresh token", issuertest.Web(), oauth.TokenRequest{GrantType: "refresh_token"}, oauth.InvalidRequest},
		{"no device code", box(), oauth.TokenRequest{GrantType: grant.DeviceCode}, oauth.InvalidRequest},
		{"DV-06 no such device code", box(), oauth.TokenRequest{GrantType: grant.DeviceCode, DeviceCode: "tw_dc_x"}, oauth.InvalidGrant},
		{"no such refresh token", issuertest.Web(), oauth.TokenRequest{GrantType: "refresh_token", RefreshToken: "tw_rt_x"}, oauth.InvalidGrant},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := newScene(t).ask(tc.client, tc.req)
			wantCode(t, err, tc.want)
		})
	}
}

// TK-04: a client that lost a grant type for a while has used nothing up meanwhile, not even by a wrong verifier.
func TestGrantTypeComesFirst(t *testing.T) {
	s, web := newScene(t), issuertest.Web()
	code, device := s.code(web), s.wait(box(), userCode)
	s.answer(userCode, s.approve)
	less := issuertest.Web()
	less.GrantTypes = []string{grant.ClientCredentials}
	_, err := s.redeem(less, code, func(r *oauth.TokenRequest) { r.CodeVerifier = challenge })
	wantCode(t, err, oauth.UnauthorizedClient)
	lessBox := box()
	lessBox.GrantTypes = []string{grant.RefreshToken}
	_, err = s.poll(lessBox, device)
	wantCode(t, err, oauth.UnauthorizedClient)
	got, err := s.redeem(web, code)
	wantCode(t, err, "")
	if _, err = s.refresh(less, got.RefreshToken); oauth.CodeOf(err) != oauth.UnauthorizedClient {
		t.Errorf("refresh: %v", err)
	}
	_, err = s.refresh(web, got.RefreshToken)
	wantCode(t, err, "")
	_, err = s.poll(box(), device) // and does not come early
	wantCode(t, err, "")
}

// TK-12: a client speaks for itself.
func TestClientCredentials(t *testing.T) {
	got, err := newScene(t).ask(issuertest.Client(), oauth.TokenRequest{GrantType: grant.ClientCredentials})
	if err != nil {
		t.Fatal(err)
	}
	want := grant.Granted{
		Subject: issuertest.ClientID,
		Grant: policy.Grant{
			Scopes: oauth.Scopes{"orders:read"}, Audience: []string{issuertest.Audience}, Lifetime: 10 * time.Minute,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("granted (-want +got):\n%s", diff)
	}
}

func TestTypes(t *testing.T) {
	if got := grant.Types(false); !slices.Equal(got, []string{"client_credentials"}) {
		t.Errorf("without people: %q", got)
	}
	if got := grant.Types(true); !slices.Equal(got, []string{"authorization_code", "client_credentials", "refresh_token", grant.DeviceCode}) {
		t.Errorf("with people: %q", got)
	}
}
