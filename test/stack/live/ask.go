package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Answer is what an endpoint said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Token is a token response (RFC 6749 section 5.1), or an error (5.2).
type Token struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
}

// Token reads the answer of a token endpoint; the zero value is none.
func (a Answer) Token() Token {
	var token Token
	_ = json.Unmarshal(a.Body, &token) // what is no JSON holds no token either
	return token
}

// Says tells in short what the answer was, without a token.
func (a Answer) Says() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Token().Error))
}

// AskToken asks the token endpoint once, in a way that shows more of the answer than x/oauth2 does.
func (in *Installation) AskToken(ctx context.Context, c Credentials) (Answer, error) {
	answer, err := in.Post(ctx, c.TokenURL, c, url.Values{"grant_type": {"client_credentials"}})
	in.Remember("token of "+c.ClientID, answer.Token().AccessToken)
	return answer, err
}

// Post sends a form with the client's credentials by HTTP Basic (RFC 6749 section 2.3.1).
func (in *Installation) Post(ctx context.Context, endpoint string, c Credentials, form url.Values) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.ClientSecret))
	return in.Send(request)
}

// Get asks for a document.
func (in *Installation) Get(ctx context.Context, address string) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Answer{}, err
	}
	return in.Send(request)
}

// Send asks for what the methods above do not know.
func (in *Installation) Send(request *http.Request) (Answer, error) {
	response, err := in.HTTP.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: body}, err
}

// Until asks again and again, as fast as asking is, until the answer is the one that is waited for; there is nothing to
// watch at an endpoint. It returns how long that took.
func (in *Installation) Until(t testing.TB, limit time.Duration, want string,
	ask func(context.Context) (Answer, error), done func(Answer) bool,
) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	last := Answer{}
	for {
		answer, err := ask(ctx)
		switch {
		case err == nil && done(answer):
			return time.Since(began)
		case ctx.Err() != nil:
			t.Fatalf("waited %v for %s, the last answer was %s", limit, want, last.Says())
		case err != nil:
			t.Fatalf("waiting for %s: %v", want, err)
		}
		last = answer
		<-pause.C
	}
}
