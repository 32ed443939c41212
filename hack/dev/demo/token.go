package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// token is a response of the token endpoint, good (RFC 6749 section 5.1) or bad (5.2).
type token struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`

	status int
	body   []byte
}

// request asks the token endpoint once, as the application would.
func (t *tour) request(ctx context.Context, form url.Values) (token, error) {
	return t.requestAs(ctx, t.credentials, form)
}

func (t *tour) requestAs(ctx context.Context, c credentials, form url.Values) (token, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.tokenURI, strings.NewReader(form.Encode()))
	if err != nil {
		return token{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.clientID), url.QueryEscape(c.clientSecret))
	response, err := t.stack.HTTPClient().Do(request)
	if err != nil {
		return token{}, err
	}
	defer response.Body.Close()
	got := token{status: response.StatusCode}
	if got.body, err = io.ReadAll(response.Body); err != nil {
		return token{}, err
	}
	if err := json.Unmarshal(got.body, &got); err != nil {
		return token{}, fmt.Errorf("the token endpoint answered %s without JSON: %w", response.Status, err)
	}
	return got, nil
}

// showRequest asks like request and shows both sides, without what would let a reader in.
func (t *tour) showRequest(ctx context.Context, form url.Values) (token, error) {
	return t.showRequestAs(ctx, t.credentials, form)
}

func (t *tour) showRequestAs(ctx context.Context, c credentials, form url.Values) (token, error) {
	t.out.action("POST " + c.tokenURI)
	t.out.aside("  Authorization: Basic <client-id %s and the client-secret>", c.clientID)
	t.out.aside("  %s", harmless(form).Encode())
	got, err := t.requestAs(ctx, c, form)
	if err != nil {
		return got, err
	}
	t.out.say("%d %s", got.status, http.StatusText(got.status))
	shown := got.body
	for _, secret := range []string{got.AccessToken, got.RefreshToken, got.IDToken} {
		shown = bytes.ReplaceAll(shown, []byte(secret), []byte(shortened(secret)))
	}
	t.out.json(shown)
	return got, nil
}

// harmless shortens what grants something to whoever reads it.
func harmless(form url.Values) url.Values {
	shown := maps.Clone(form)
	for _, name := range []string{"code", "code_verifier", "refresh_token"} {
		if form.Has(name) {
			shown.Set(name, form.Get(name)[:12]+"...")
		}
	}
	return shown
}

// shortened keeps enough of a token to recognise it and too little to use it.
func shortened(token string) string {
	if len(token) < 40 {
		return token
	}
	return fmt.Sprintf("%s... (%d characters)", token[:24], len(token))
}

// part decodes one of the three parts of a JWT (RFC 7519 section 3).
func part(jwt string, index int) ([]byte, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("the access token has %d parts, expected the 3 of a JWT", len(parts))
	}
	return base64.RawURLEncoding.DecodeString(parts[index])
}
