package issuertest

import (
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// Who logs in, and the clients that send them. Their secrets are no secrets.
const (
	Provider = "staff"
	Username = "alice"
	Password = "correct horse battery staple"

	// WebID is a client with a secret, AppID a public one. Both get refresh tokens and ID tokens.
	WebID       = "shop.web"
	WebSecret   = "tw_cs_web-web-web-web-web-web-web-web-web-web-web"
	WebRedirect = "https://web.example/callback"
	AppID       = "shop.app"
	AppRedirect = "http://127.0.0.1/callback"

	// usersSecret is the Secret that the users of Provider stand in.
	usersSecret = "staff-users"
)

// Subject is the sub of Username's tokens.
var Subject = login.Subject(Provider, Username)

// People adds what logging in needs: a sealing ring, the identity provider with Username, and the clients Web and App.
func People() Option {
	return func(s *setup) {
		s.people = true
		s.issuer.IdentityProviders = []registration.IdentityProvider{{Name: Provider, DisplayName: "Staff", UsersSecret: usersSecret}}
		s.issuer.Scopes = map[string]string{"orders:read": "See your orders"}
	}
}

// welcome publishes what People asks for.
func (s *Server) welcome(tb testing.TB) {
	tb.Helper()
	s.Sealing = NewRing(tb, 1, keys.XC20P)
	if err := s.Registry.UseSealing(s.Sealing); err != nil {
		tb.Fatalf("use a sealing ring: %v", err)
	}
	s.UseUsers(tb, Users(tb))
	s.Register(Web())
	s.Register(App())
	s.Registry.PeopleTold()
}

// UseUsers replaces the users of Provider.
func (s *Server) UseUsers(tb testing.TB, file string) {
	tb.Helper()
	if err := s.Registry.UseUsers(usersSecret, []byte(file)); err != nil {
		tb.Fatalf("use users: %v", err)
	}
}

// hashOfPassword is the same for all files: another one would be a changed password.
var hashOfPassword = sync.OnceValues(func() ([]byte, error) {
	return bcrypt.GenerateFromPassword([]byte(Password), bcrypt.MinCost)
})

// HashOf makes a new hash of a password, which takes little work.
func HashOf(tb testing.TB, password string) string {
	tb.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		tb.Fatal(err)
	}
	return string(hash)
}

// Users is a file with Username and bob, who have the same Password.
func Users(tb testing.TB) string {
	tb.Helper()
	hash, err := hashOfPassword()
	if err != nil {
		tb.Fatal(err)
	}
	return `
users:
- username: ` + Username + `
  passwordHash: ` + string(hash) + `
  name: Alice Example
  email: alice@example.org
  emailVerified: true
  groups: [dev, ops]
- username: bob
  passwordHash: ` + string(hash) + `
`
}

// Web is the registration of a client with a secret that people log in to.
func Web() *registration.Registration {
	web := NewRegistration(WebID, WebSecret)
	forPeople(web)
	web.RedirectURIs = []string{WebRedirect}
	return web
}

// App is the registration of a public client on the machines of people.
func App() *registration.Registration {
	app := NewRegistration(AppID, "")
	forPeople(app)
	app.Public, app.Credentials, app.RefreshToken.Rotate = true, nil, true
	app.RedirectURIs = []string{AppRedirect}
	return app
}

func forPeople(r *registration.Registration) {
	r.DisplayName = "The " + r.ClientID
	r.GrantTypes = []string{"authorization_code", "refresh_token"}
	r.Scopes = []string{"openid", "profile", "email", "groups", "offline_access", "orders:read", "orders:write"}
	r.DefaultScopes = []string{"orders:read"}
	r.RefreshToken = &registration.RefreshTokenRules{Lifetime: 30 * 24 * 3600, IdleLifetime: 7 * 24 * 3600, ReuseGrace: 10}
	r.IDToken = &registration.IDTokenRules{Lifetime: 3600, Algorithm: keys.ES256}
}
