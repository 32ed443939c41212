package controllers_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/controllers/scrape"
	"tokenwright.dev/test/env"
)

// TestScrape asks an operator that has no right but those of config/metrics, on a real API server.
func TestScrape(t *testing.T) {
	e := env.Start(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "scrape-"}}
	create(t, e, namespace)
	for _, role := range componentRoles(t) {
		create(t, e, role)
	}
	operator, prometheus, other := account(t, e, namespace.Name, "operator"), account(t, e, namespace.Name, "prometheus"), account(t, e, namespace.Name, "other")
	bind(t, e, operator, "tokenwright-operator-metrics")
	bind(t, e, prometheus, "tokenwright-metrics-reader")
	site := serve(t, as(e, operator))

	for _, tc := range []struct {
		name, authorization string
		want                int
	}{
		{"nobody", "", http.StatusUnauthorized},
		{"another scheme", "Basic " + tokenOf(t, e, prometheus), http.StatusUnauthorized},
		{"a token of nobody's", "Bearer nonsense", http.StatusUnauthorized},
		{"no token", "Bearer ", http.StatusUnauthorized},
		{"too long a token", "Bearer " + strings.Repeat("x", 20<<10), http.StatusUnauthorized},
		{"a token for another audience", "Bearer " + tokenOf(t, e, prometheus, "https://elsewhere.example"), http.StatusUnauthorized},
		{"somebody without the right", "Bearer " + tokenOf(t, e, other), http.StatusForbidden},
		{"somebody with the right", "Bearer " + tokenOf(t, e, prometheus), http.StatusOK},
		{"the operator itself", "Bearer " + tokenOf(t, e, operator), http.StatusForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, body := ask(t, site, http.MethodGet, tc.authorization); got != tc.want || (got == http.StatusOK) != (body == "numbers") {
				t.Errorf("%d %q, want %d", got, body, tc.want)
			}
		})
	}
	if got, _ := ask(t, site, http.MethodPost, "Bearer "+tokenOf(t, e, prometheus)); got != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got)
	}
	t.Run("an operator that may not ask", func(t *testing.T) {
		if got, _ := ask(t, serve(t, as(e, other)), http.MethodGet, "Bearer "+tokenOf(t, e, prometheus)); got != http.StatusServiceUnavailable {
			t.Errorf("%d, want 503", got)
		}
	})
}

// serve is the metrics server of controller-runtime with the numbers left out.
func serve(t *testing.T, config *rest.Config) *httptest.Server {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	options, err := scrape.Options(":8082", "")
	if err != nil {
		t.Fatal(err)
	}
	guarding, err := options.FilterProvider(config, client)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := guarding(logr.Discard(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "numbers") }))
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	return site
}

func ask(t *testing.T, site *httptest.Server, method, authorization string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, site.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := site.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// componentRoles are the ClusterRoles of config/metrics.
func componentRoles(t *testing.T) []*rbacv1.ClusterRole {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	var roles []*rbacv1.ClusterRole
	for _, name := range []string{"reviewer.yaml", "reader.yaml"} {
		content, err := os.ReadFile(filepath.Join(root, "config", "metrics", name))
		if err != nil {
			t.Fatal(err)
		}
		role := new(rbacv1.ClusterRole) // the first object of each
		if err := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096).Decode(role); err != nil {
			t.Fatal(err)
		}
		roles = append(roles, role)
	}
	return roles
}

func create(t *testing.T, e *env.Env, object client.Object) {
	t.Helper()
	if err := e.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

func account(t *testing.T, e *env.Env, namespace, name string) *corev1.ServiceAccount {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	create(t, e, account)
	return account
}

func bind(t *testing.T, e *env.Env, to *corev1.ServiceAccount, role string) {
	t.Helper()
	create(t, e, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: to.Namespace + "-" + to.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: to.Namespace, Name: to.Name}},
	})
}

// as is what account may do.
func as(e *env.Env, account *corev1.ServiceAccount) *rest.Config {
	config := rest.CopyConfig(e.Config)
	config.Impersonate.UserName = "system:serviceaccount:" + account.Namespace + ":" + account.Name
	return config
}

func tokenOf(t *testing.T, e *env.Env, of *corev1.ServiceAccount, audiences ...string) string {
	t.Helper()
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: audiences}}
	if err := e.Client.SubResource("token").Create(t.Context(), of, request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}
