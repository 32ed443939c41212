package nginx

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tokenwright.dev/test/env"
)

// Variable holds the path of nginx; test/forwardauth/nginx.sh finds it, or fetches it.
const Variable = "NGINX_PATH"

// around is what the example's file stands in: an nginx of one worker that writes into its own folder.
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

// Start runs nginx by the example of forward-auth until the test is over, before a guard and an application at these addresses,
// and returns its URL. Without nginx it skips the test.
func Start(t *testing.T, guard, application string) string {
	t.Helper()
	return "http://" + Serve(t, "forward-auth/nginx.conf", nil, "forward-auth.team-orders.svc:8080", guard,
		"orders.team-orders.svc:8080", application, "listen 8080;", "listen "+Here+";")
}

// Here stands for the address that nginx listens at.
const Here = "ADDRESS"

// Serve runs nginx by a file of config/examples until the test is over, with these files beside it and with texts of the
// example replaced by those of the test, in pairs, and returns its address. Without nginx it skips the test. It inherits its
// listener, as it would from an nginx that it takes over from: so its port is free, and clients may come before it is up.
func Serve(t *testing.T, example string, files map[string]string, pairs ...string) string {
	t.Helper()
	binary := os.Getenv(Variable)
	if binary == "" {
		t.Skip("run `make forward-auth-test`, which finds nginx, or fetches it")
	}
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
	address := listener.Addr().String()
	dir := folder(t, example, files, func(text string) string {
		return strings.ReplaceAll(strings.NewReplacer(pairs...).Replace(text), Here, address)
	})
	command := exec.Command(binary, "-p", dir, "-e", "error.log", "-c", "nginx.conf")
	command.ExtraFiles, command.Env = []*os.File{socket}, []string{"NGINX=3;"}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(command.Process.Signal(syscall.SIGTERM), command.Wait()); err != nil { // its worker ends first
			t.Errorf("nginx ended badly: %v", err)
		}
		if log, err := os.ReadFile(filepath.Join(dir, "error.log")); t.Failed() && err == nil {
			t.Logf("nginx says:\n%s", log)
		}
	})
	return address
}

// folder holds the configuration as change makes it, and files beside it.
func folder(t *testing.T, example string, files map[string]string, change func(string) string) string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := os.ReadFile(filepath.Join(root, "config", "examples", filepath.FromSlash(example)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"nginx.conf": around, "example.conf": change(string(shown))}
	maps.Copy(all, files)
	dir := t.TempDir()
	for file, text := range all {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
