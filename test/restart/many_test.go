package restart

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/snapshot"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/test/stack/live"
)

const (
	// many is how many clients a large installation has.
	many = 10_000
	// answering is how long the API server has.
	answering = 3 * time.Second
)

// TestStartOfMany starts the program from a snapshot of many clients, where nobody answers for the API server. How long that
// takes is logged: docs/performance.md has its budget, and a machine that does something else meanwhile proves nothing.
func TestStartOfMany(t *testing.T) {
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := stack.Build(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	address, err := stack.Listenable("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir, ring := keep(t)
	issuer := exec.CommandContext(t.Context(), binary, "issuer", "--namespace=ns", "--name="+issuertest.Name,
		"--kubeconfig="+nowhere(t), "--listen="+address, "--plain-http", "--state-dir="+dir, "--sealing-keys-file="+ring)
	issuer.Stdout, issuer.Stderr = t.Output(), t.Output()
	began := time.Now()
	if err := issuer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = issuer.Process.Kill()
		_ = issuer.Wait()
	}()
	await(t, "answer of a ready issuer", func() bool { return answers("http://" + address + "/readyz") })
	took := time.Since(began) - answering
	t.Logf("ready %v after the API server had its time, with %s resident; the file has %d KiB",
		took.Round(time.Millisecond), resident(t, issuer.Process.Pid), size(t, dir)>>10)
}

// keep writes the snapshot of many clients, as an issuer does at its end.
func keep(t *testing.T) (dir, ring string) {
	t.Helper()
	dir, ring = t.TempDir(), filepath.Join(t.TempDir(), registration.RingDataKey)
	if err := os.WriteFile(ring, encode(t, issuertest.NewRing(t, 1, keys.XC20P)), 0o600); err != nil {
		t.Fatal(err)
	}
	i := issuer.New(issuer.Config{Name: issuertest.Name, Log: slog.DiscardHandler})
	keeper := snapshot.NewKeeper(snapshot.Config{
		Dir: dir, KeysFile: ring, MaxStaleness: time.Hour, Namespace: "ns", Name: issuertest.Name,
		Registry: i.Registry, Revocations: none{}, Metrics: i.Metrics, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		StandIn: i.Readiness.StandIn,
	})
	list := make([]registry.Update, 0, many)
	for n := range many {
		r := issuertest.NewRegistration(fmt.Sprintf("team-%d.client-%d", n%100, n), "secret")
		list = append(list, issuertest.Update(r, uint64(n+1)))
	}
	i.Registry.Replace(list, many)
	i.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
	signing := issuertest.NewRing(t, 1, keys.ES256)
	set, err := keys.NewSet(signing)
	if err != nil {
		t.Fatal(err)
	}
	i.Registry.UseRing(set, encode(t, signing))
	for _, resource := range []string{"secrets", "configmaps", "tokenrevocations"} {
		keeper.Heard(resource)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { keeper.Run(ctx); close(ended) }()
	await(t, "a snapshot", func() bool { _, err := os.Stat(filepath.Join(dir, "snapshot")); return err == nil })
	end()
	<-ended
	return dir, ring
}

func encode(t *testing.T, ring keys.Ring) []byte {
	t.Helper()
	wire, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// none are no revocations.
type none struct{}

func (none) Known() map[string]store.Revocation  { return nil }
func (none) Changes() uint64                     { return 0 }
func (none) Restore(map[string]store.Revocation) {}

// nowhere is a kubeconfig of an API server that nobody runs.
func nowhere(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := `{"apiVersion":"v1","kind":"Config","current-context":"x","contexts":[{"name":"x","context":{"cluster":"x","user":"x"}}],` +
		`"clusters":[{"name":"x","cluster":{"server":"http://127.0.0.1:1"}}],"users":[{"name":"x","user":{}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// await looks again and again, where there is nothing to watch.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	pause, limit := time.NewTicker(5*time.Millisecond), time.After(live.Patience)
	defer pause.Stop()
	for !done() {
		select {
		case <-limit:
			t.Fatalf("no %s within %v", what, live.Patience)
		case <-pause.C:
		}
	}
}

// answers tells whether somebody answers 200.
func answers(url string) bool {
	answer, err := http.Get(url)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// resident is the memory of a process, as Linux tells it.
func resident(t *testing.T, pid int) string {
	t.Helper()
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown amount"
}

func size(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
