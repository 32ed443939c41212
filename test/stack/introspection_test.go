package stack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/test/stack/live"
)

// inactive is all that is ever said of a token that is not active.
const inactive = `{"active":false}`

// introspectionEndpoint is what the metadata says.
func introspectionEndpoint(t *testing.T, in *live.Installation) string {
	t.Helper()
	var metadata struct {
		Endpoint string `json:"introspection_endpoint"`
	}
	if err := in.Provider(t, in.IssuerURL).Claims(&metadata); err != nil || metadata.Endpoint == "" {
		t.Fatalf("introspection_endpoint %q: %v", metadata.Endpoint, err)
	}
	return metadata.Endpoint
}

// askIntrospection is for Installation.Until.
func askIntrospection(in *live.Installation, endpoint string, caller live.Credentials, token string) func(context.Context) (live.Answer, error) {
	return func(ctx context.Context) (live.Answer, error) {
		return in.Post(ctx, endpoint, caller, url.Values{"token": {token}})
	}
}

func introspect(t *testing.T, in *live.Installation, caller live.Credentials, token string) live.Answer {
	t.Helper()
	answer, err := askIntrospection(in, introspectionEndpoint(t, in), caller, token)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// introspection lets the two resource servers of the samples, and some others, ask for two tokens.
func introspection(t *testing.T, in *live.Installation) {
	_, orders := ready(t, in, "team-orders", "orders")
	_, ordersAPI := ready(t, in, "team-orders", "orders-api")
	_, invoices := ready(t, in, "team-billing", "invoices")
	_, billingAPI := ready(t, in, "team-billing", "billing-api")
	stranger := orders
	stranger.ClientSecret = invoices.ClientSecret
	forOrders := in.Token(t, orders.Config()).AccessToken
	forBilling := in.Token(t, invoices.Config()).AccessToken
	config := invoices.Config("orders:read")
	config.EndpointParams = url.Values{"resource": {"https://orders.example"}}
	named := in.Token(t, config).AccessToken
	for _, tc := range []struct {
		name   string
		caller live.Credentials
		token  string
		status int
		active bool
	}{
		{"the resource server that it is for", ordersAPI, forOrders, http.StatusOK, true},
		{"the other one", billingAPI, forOrders, http.StatusOK, false},
		{"the client itself", orders, forOrders, http.StatusOK, false},
		{"one that is a client, too, for its own", billingAPI, forBilling, http.StatusOK, true},
		{"the one that guards the resource that was named", ordersAPI, named, http.StatusOK, true},
		{"the one that guards the default resource", billingAPI, named, http.StatusOK, false},
		{"a token that is none", ordersAPI, "nonsense", http.StatusOK, false},
		{"a token without its signature", ordersAPI, forOrders[:len(forOrders)-86], http.StatusOK, false},
		{"somebody with a wrong secret", stranger, forOrders, http.StatusUnauthorized, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answer := introspect(t, in, tc.caller, tc.token)
			if answer.Status != tc.status || answer.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%s, Cache-Control %q; want %d, no-store", answer.Says(), answer.Header.Get("Cache-Control"), tc.status)
			}
			switch {
			case tc.active:
				wantActive(t, in, answer, tc.token)
			case tc.status == http.StatusOK && string(answer.Body) != inactive:
				t.Errorf("%s, want exactly %s", answer.Body, inactive)
			}
		})
	}
}

// wantActive compares all members with the claims that go-oidc reads from the token.
func wantActive(t *testing.T, in *live.Installation, answer live.Answer, token string) {
	t.Helper()
	claims := in.Verify(t, in.Verifier(t, in.Provider(t, in.IssuerURL)), token)
	want := map[string]any{
		"active": true, "token_type": "Bearer", "scope": claims.Scope, "client_id": claims.ClientID, "sub": claims.Subject,
		"aud": claims.Audience, "iss": claims.Issuer, "jti": claims.ID,
		"exp": float64(claims.Expires), "iat": float64(claims.IssuedAt),
	}
	var got map[string]any
	if err := json.Unmarshal(answer.Body, &got); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-claims +answer):\n%s", diff)
	}
}
