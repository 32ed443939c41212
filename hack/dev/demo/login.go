package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/issuertest"
)

// Who logs in, and where the application waits for the answer.
const (
	username = "alice"
	password = "correct horse battery staple"
	redirect = "https://web.example/callback"
)

// web is the application that somebody logged in to.
type web struct {
	credentials

	token token
}

// logIn applies the application's client, walks through the pages as a browser without a screen, and redeems the code.
func (t *tour) logIn(ctx context.Context) error {
	if err := t.cat("web.yaml"); err != nil {
		return err
	}
	err := t.kubectl(ctx, "apply -f web.yaml", "-n orders wait --for=condition=Ready oauthclient/web --timeout=30s")
	if err != nil {
		return err
	}
	if t.web.credentials, err = t.read(ctx, "web-oauth"); err != nil {
		return err
	}
	verifier, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	code, err := t.browse(ctx, verifier, nonce)
	if err != nil {
		return err
	}
	t.web.token, err = t.showRequestAs(ctx, t.web.credentials, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirect},
	})
	if err != nil {
		return err
	}
	if t.web.token.status != http.StatusOK || t.web.token.RefreshToken == "" {
		return fmt.Errorf("got %d; expected 200 with a refresh token", t.web.token.status)
	}
	return t.whoLoggedIn(ctx, nonce)
}

// browse goes where the application sends the browser, and returns the code that comes back.
func (t *tour) browse(ctx context.Context, verifier, nonce string) (code string, err error) {
	defer func() {
		if failed, ok := recover().(*strayed); ok {
			err = failed
		}
	}()
	config := oauth2.Config{
		ClientID: t.web.clientID, RedirectURL: redirect, Scopes: []string{"openid", "profile", "orders:read"},
		Endpoint: oauth2.Endpoint{AuthURL: t.stack.IssuerURL + "/authorize"},
	}
	const state = "where-the-user-was"
	address := config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))
	t.out.action("GET " + address)
	browser := issuertest.NewBrowser(lost{ctx}, t.stack.IssuerURL, t.stack.HTTPClient().Transport)
	page := browser.Visit(strings.TrimPrefix(address, t.stack.IssuerURL)) //nolint:contextcheck // it has the one of lost
	t.out.say("%d, after a redirect: the page %q", page.Status, title(page))
	page = browser.Submit(page, "username", username, "password", password) //nolint:contextcheck // it has the one of lost
	t.out.say("The user types %s and the password.", username)
	t.out.say("%d, after a redirect: the page %q", page.Status, title(page))
	page = browser.Submit(page, "decision", "allow") //nolint:contextcheck // it has the one of lost
	t.out.say("The user allows it.")
	answer := page.Answer(lost{ctx})
	if answer.Get("state") != state || answer.Get("iss") != t.stack.IssuerURL {
		return "", fmt.Errorf("the answer has state %q and iss %q", answer.Get("state"), answer.Get("iss"))
	}
	t.out.say("%d, Location: %s?code=%s...&state=%s&iss=%s", page.Status, redirect, answer.Get("code")[:12], state, answer.Get("iss"))
	return answer.Get("code"), nil
}

// whoLoggedIn has the ID token verified by a library that knows nothing of Tokenwright.
func (t *tour) whoLoggedIn(ctx context.Context, nonce string) error {
	ctx = oidc.ClientContext(ctx, t.stack.HTTPClient())
	provider, err := oidc.NewProvider(ctx, t.stack.IssuerURL)
	if err != nil {
		return err
	}
	verified, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: t.web.clientID}).Verify(ctx, t.web.token.IDToken)
	if err != nil {
		return fmt.Errorf("the verifier refused the ID token: %w", err)
	}
	if verified.Nonce != nonce {
		return errors.New("the ID token has another nonce")
	}
	t.out.say("\nThe ID token is accepted by go-oidc. Its claims:")
	claims, err := part(t.web.token.IDToken, 1)
	if err != nil {
		return err
	}
	t.out.json(claims)
	return nil
}

// refresh gets the next token, then takes the grant away.
func (t *tour) refresh(ctx context.Context) error {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.web.token.RefreshToken}}
	got, err := t.showRequestAs(ctx, t.web.credentials, form)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK || got.AccessToken == t.web.token.AccessToken {
		return fmt.Errorf("got %d; expected 200 and another access token", got.status)
	}
	if err := t.kubectl(ctx, "-n tokenwright-system get tokengrants", "-n tokenwright-system delete tokengrants --all"); err != nil {
		return err
	}
	if got, err = t.showRequestAs(ctx, t.web.credentials, form); err != nil {
		return err
	}
	if got.Error != "invalid_grant" {
		return fmt.Errorf("got %d %q; expected invalid_grant", got.status, got.Error)
	}
	return nil
}

// title is what the browser's window is called.
func title(page *issuertest.Page) string {
	_, after, _ := strings.Cut(page.Body, "<title>")
	text, _, _ := strings.Cut(after, "</title>")
	return text
}

// lost ends a visit that came to nothing.
type lost struct{ ctx context.Context } //nolint:containedctx // as a testing.TB has one

// strayed is why.
type strayed struct{ why string }

// Error tells it.
func (s *strayed) Error() string { return "the browser lost its way: " + s.why }

// Context is that of the visit.
func (l lost) Context() context.Context { return l.ctx }

// Helper has nothing to do.
func (lost) Helper() {}

// Fatal ends the visit.
func (lost) Fatal(args ...any) { panic(&strayed{fmt.Sprint(args...)}) }

// Fatalf ends the visit.
func (lost) Fatalf(format string, args ...any) { panic(&strayed{fmt.Sprintf(format, args...)}) }
