package conformance

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// installed names the folder that holds the libraries (see node/install.sh). Where it is set, each script must run.
const installed = "CONFORMANCE_MODULES"

// issuers are the paths of the issuers that each library judges: that of most, and one that shares its host.
var issuers = map[string]string{"openid-client": "", "oauth4webapi": "/tenant"}

// The libraries that most applications on node are built on.
func TestNode(t *testing.T) {
	scripts := setUp(t)
	flows, err := filepath.Glob(filepath.Join(scripts, "*", "*.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	for library, path := range issuers {
		if !slices.ContainsFunc(flows, func(flow string) bool { return filepath.Base(filepath.Dir(flow)) == library }) {
			t.Errorf("there is no script for %s", library)
		}
		for _, flow := range flows {
			name := strings.TrimSuffix(filepath.Base(flow), ".mjs")
			if filepath.Base(filepath.Dir(flow)) != library || name == "client" { // which is what the flows share
				continue
			}
			t.Run(library+" "+name, func(t *testing.T) {
				t.Parallel()
				run(t, flow, judge(t, path).introduce(t))
			})
		}
	}
}

// setUp puts the scripts beside their libraries, where node looks for those. It skips the test where they are not installed.
func setUp(t *testing.T) string {
	t.Helper()
	modules := os.Getenv(installed)
	if modules == "" {
		t.Skip("run `make conformance`, which installs the libraries that judge here")
	}
	scripts := t.TempDir()
	if err := os.CopyFS(scripts, os.DirFS("node")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(scripts, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return scripts
}

// introduce is all that a script is told of the issuer.
func (j *judged) introduce(t *testing.T) []string {
	t.Helper()
	people := httptest.NewServer(&errands{judged: j})
	t.Cleanup(people.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, j.authority.pem(), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := json.Marshal(clients)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"NODE_EXTRA_CA_CERTS=" + ca, "ISSUER=" + j.url, "CALLBACK=" + j.callback, "AUDIENCE=" + audience,
		"CLIENTS=" + string(known), "PERSON=" + people.URL,
	}
}

// run makes a subtest of each test of a script.
func run(t *testing.T, script string, environment []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "node", "--test-reporter=tap", script)
	command.Env = append(os.Environ(), environment...)
	errors := new(strings.Builder)
	command.Stderr = errors
	output, err := command.Output()
	points, complete := readTAP(string(output))
	for _, point := range points {
		t.Run(point.Name, func(t *testing.T) {
			if !point.OK {
				t.Error(point.Details)
			}
		})
	}
	if !complete || err != nil && !t.Failed() {
		t.Errorf("%s did not finish: %v\n%s\n%s", script, err, output, errors)
	}
}
