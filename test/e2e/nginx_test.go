package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/forwardauth/nginx"
)

// nginxAsks puts nginx, by the documented configuration, before an application on this machine: it asks the guard that runs
// in the cluster.
func nginxAsks(t *testing.T, c *cluster) {
	guard := c.pods(t, apps, client.MatchingLabels{"app": "online"})
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Client", r.Header.Get("X-Auth-Client-Id"))
	}))
	t.Cleanup(application.Close)
	address := nginx.Start(t, c.forward(t, &guard[0], 8080), strings.TrimPrefix(application.URL, "http://"))
	c.quiet(t, func() {
		token := c.token(t)
		for _, tc := range []struct {
			path, token string
			want        int
		}{
			{"/orders", "", http.StatusUnauthorized},
			{"/orders", token + "x", http.StatusUnauthorized},
			{"/orders", token, http.StatusOK},
			{"/admin/", token, http.StatusForbidden},
		} {
			status, who := c.visit(t, address+tc.path, tc.token)
			if status != tc.want || (who == apps+".workload") != (tc.want == http.StatusOK) {
				t.Errorf("%s: status %d for %q, want %d", tc.path, status, who, tc.want)
			}
		}
	})
}

// token gets a token with the workload's credentials.
func (c *cluster) token(t *testing.T) string {
	t.Helper()
	secret := new(corev1.Secret)
	if err := c.Client.Get(t.Context(), client.ObjectKey{Namespace: apps, Name: "workload-oauth"}, secret); err != nil {
		t.Fatal(err)
	}
	issuer := c.pods(t, system, labelled("default"))
	config := clientcredentials.Config{
		ClientID: string(secret.Data["client-id"]), ClientSecret: string(secret.Data["client-secret"]),
		TokenURL: string(secret.Data["token-uri"]), AuthStyle: oauth2.AuthStyleInHeader,
	}
	token, err := config.Token(context.WithValue(t.Context(), oauth2.HTTPClient, c.through(c.forward(t, &issuer[0], 8443))))
	if err != nil {
		t.Fatal(err)
	}
	return token.AccessToken
}

// visit returns the status, and whom the application took the visitor for.
func (c *cluster) visit(t *testing.T, url, token string) (status int, who string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("X-Client")
}
