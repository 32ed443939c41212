package live

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
)

// Patience is how long a test waits for what should come soon, on a machine that is busy with something else.
const Patience = time.Minute

// Installation is a running Tokenwright. Its methods are safe for concurrent use; those of the Stack are not.
type Installation struct {
	*stack.Stack

	// Client is the administrator's, for all kinds; it reads from the server, not from a cache.
	Client client.WithWatch
	// HTTP trusts the issuer's certificate.
	HTTP *http.Client

	ledger ledger
}

// Start builds the program and starts an installation that ends with the test. Without the binaries of a control plane it
// skips the test, save in CI, where a test that did not run is a failure.
func Start(t testing.TB, options stack.Options) *Installation {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		const hint = "KUBEBUILDER_ASSETS is not set, so there is no control plane to test with: run `make test`"
		if os.Getenv("CI") != "" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	if options.Binary, err = stack.Build(t.Context(), root, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	options.Log = t.Output()
	s, err := stack.Start(t.Context(), options)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	in := &Installation{Stack: s, HTTP: newHTTP(s.IssuerCA)}
	t.Cleanup(func() { in.end(t) })
	if in.Client, err = newClient(s.Config); err != nil {
		t.Fatal(err)
	}
	return in
}

// end stops everything, and shows what a failed test may want to know. Nothing may ever have panicked.
func (in *Installation) end(t testing.TB) {
	t.Helper()
	for name, log := range map[string]string{"operator": in.Operator.Logs(), "issuer": in.Issuer.Logs()} {
		t.Logf("errors in the %s's log: %v", name, errorsIn(log))
		if at := strings.Index(strings.ToLower(log), "panic"); at >= 0 {
			t.Errorf("the %s panicked: %.2000s", name, log[at:])
		}
	}
	if t.Failed() {
		t.Logf("the operator's log ends with:\n%s", tail(in.Operator.Logs()))
		t.Logf("the issuer's log ends with:\n%s", tail(in.Issuer.Logs()))
	}
	in.HTTP.CloseIdleConnections()
	if err := in.Close(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// errorsIn counts the lines of a log that say ERROR, by what they say.
func errorsIn(log string) map[string]int {
	count := map[string]int{}
	for line := range strings.Lines(log) {
		var entry struct{ Level, Msg, Err string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "ERROR" {
			_, cause, _ := strings.Cut(entry.Err, ": ")
			count[entry.Msg+": "+cause]++
		}
	}
	return count
}

func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func newClient(config *rest.Config) (client.WithWatch, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1
	scheme := runtime.NewScheme()
	builder := runtime.NewSchemeBuilder(clientgoscheme.AddToScheme, v1alpha1.AddToScheme)
	if err := builder.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return client.NewWithWatch(config, client.Options{Scheme: scheme})
}

func newHTTP(ca []byte) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	if len(ca) > 0 {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(ca)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}
