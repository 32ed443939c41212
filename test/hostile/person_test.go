package hostile

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/oauth2"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

// Who has an account here, all with the same password.
const (
	alice = "alice"
	bob   = "bob"
	carol = "carol"

	password = "correct horse battery staple"
)

// callback is where every application takes its answers; nobody listens there.
const callback = "http://127.0.0.1:7777/callback"

func cheapHash(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// dearHash is of argon2id with 64 MiB.
func dearHash() string {
	const memory, passes, lanes = 64 << 10, 3, 4
	salt := []byte("sixteen bytes...")
	encoded := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", memory, passes, lanes, encoded(salt),
		encoded(argon2.IDKey([]byte(password), salt, passes, memory, lanes, 32)))
}

func encode(t *testing.T, object any) string {
	t.Helper()
	text, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// app is an application that people log in to.
type app struct {
	oauth2.Config

	street *street
}

// app registers an application and reads what its Secret says.
func (s *street) app(t *testing.T, m *team, name string, options ...func(*v1alpha1.OAuthClient)) *app {
	t.Helper()
	return s.appOf(t, m.register(t, name, options...))
}

func (s *street) appOf(t *testing.T, credentials live.Credentials) *app {
	t.Helper()
	endpoint := s.Provider(t, s.IssuerURL).Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if credentials.ClientSecret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &app{street: s, Config: oauth2.Config{
		ClientID: credentials.ClientID, ClientSecret: credentials.ClientSecret, Endpoint: endpoint,
		RedirectURL: callback, Scopes: []string{oidc.ScopeOpenID, "orders:read"},
	}}
}

// at is the same application, which asks another replica for tokens.
func (a *app) at(base string) *app {
	other := *a
	other.Endpoint.TokenURL = strings.Replace(a.Endpoint.TokenURL, a.street.IssuerURL, base, 1)
	return &other
}

// from is a way to the issuer for whoever sits at an address behind the gateway.
type from struct {
	source string
	next   http.RoundTripper
}

// RoundTrip says what the gateway would.
func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.source)
	return f.next.RoundTrip(r)
}

// address is one of as many as a stranger has.
func address(i int) string { return fmt.Sprintf("198.18.%d.%d", i/250, 1+i%250) }

// browser opens a browser without cookies, at an address.
func (s *street) browser(t *testing.T, source string) *issuertest.Browser {
	t.Helper()
	return issuertest.NewBrowser(t, s.IssuerURL, from{source, s.HTTP.Transport})
}

// begin goes to the issuer as the application sends people there, and returns what PKCE needs of it later.
func (a *app) begin(browser *issuertest.Browser, options ...oauth2.AuthCodeOption) (page *issuertest.Page, verifier string) {
	verifier = oauth2.GenerateVerifier()
	address := a.AuthCodeURL("state", append(options, oauth2.S256ChallengeOption(verifier))...)
	return browser.Visit(strings.TrimPrefix(address, a.street.IssuerURL)), verifier
}

// logIn brings somebody to tokens, by whatever pages there are on the way.
func (a *app) logIn(t *testing.T, browser *issuertest.Browser, username string, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	page, verifier := a.begin(browser, options...)
	if page.Left == nil && strings.Contains(page.Body, `name="password"`) {
		page = browser.Submit(page, "username", username, "password", password)
	}
	if page.Left == nil && strings.Contains(page.Body, `name="decision"`) {
		page = browser.Submit(page, "decision", "allow")
	}
	token, err := a.Exchange(a.street.Context(t.Context()), page.Answer(t).Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// refresh uses a refresh token.
func (a *app) refresh(t *testing.T, token *oauth2.Token) error {
	t.Helper()
	_, err := a.TokenSource(a.street.Context(t.Context()), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	return err
}
