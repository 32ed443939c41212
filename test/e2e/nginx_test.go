package e2e

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// nginxVariable holds the path of nginx.
const nginxVariable = "NGINX_PATH"

// nginxAsks puts nginx, by the documented configuration, before an application on this machine: it asks the guard that runs
// in the cluster.
func nginxAsks(t *testing.T, c *cluster) {
	path := os.Getenv(nginxVariable)
	if path == "" {
		t.Skip("test/forwardauth/nginx.sh finds nginx, or fetches it, for " + nginxVariable)
	}
	c.quiet(t, func() {
		guard := c.pods(t, apps, client.MatchingLabels{"app": "online"})
		application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Client", r.Header.Get("X-Auth-Client-Id"))
		}))
		t.Cleanup(application.Close)
		address := startNginx(t, path, map[string]string{
			"forward-auth.team-orders.svc:8080": c.forward(t, &guard[0], 8080),
			"orders.team-orders.svc:8080":       strings.TrimPrefix(application.URL, "http://"),
		}, c.root)
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

// around is what the documented file stands in.
const around = `
worker_processes 1;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include example.conf;
}
`

// startNginx runs nginx by the example, with other addresses, and returns where it listens. It inherits its listener, so its
// port is free, and requests may come before it is up.
func startNginx(t *testing.T, path string, addresses map[string]string, root string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	example, err := os.ReadFile(filepath.Join(root, "config", "examples", "forward-auth", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	pairs := []string{"listen 8080;", "listen " + listener.Addr().String() + ";"}
	for documented, ours := range addresses {
		pairs = append(pairs, "server "+documented, "server "+ours)
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"nginx.conf": around, "example.conf": strings.NewReplacer(pairs...).Replace(string(example))} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nginx := exec.Command(path, "-p", dir, "-e", "error.log", "-c", "nginx.conf")
	nginx.ExtraFiles, nginx.Env = []*os.File{socket}, []string{"NGINX=3;"}
	if err := nginx.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(nginx.Process.Signal(syscall.SIGTERM), nginx.Wait()); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Errorf("nginx ended badly: %v\n%s", err, log)
		}
	})
	return "http://" + listener.Addr().String()
}
