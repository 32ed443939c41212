package interop

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	certutil "k8s.io/client-go/util/cert"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// lead is the least time for which a key is served before it signs (KY-02).
const lead = 60 * time.Second

// joseHeader is what of a token's header a verifier chooses the key by.
type joseHeader struct {
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
}

func header(jwt string) joseHeader {
	var h joseHeader
	first, _, _ := strings.Cut(jwt, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err == nil {
		_ = json.Unmarshal(text, &h) // what has no header has no algorithm
	}
	return h
}

// traffic is an application that never stops, and two resource servers that verify each token of it: one with go-oidc,
// which keeps the key set until it meets a key that is not in it, and kube-apiserver, which does the same.
type traffic struct {
	w        *world
	verifier *oidc.IDTokenVerifier
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	signed   map[string]int       // tokens by algorithm
	first    map[string]time.Time // when a token was first asked for that the key then signed
	served   map[string]time.Time // when a key was first seen in the key set
	failures []string
	changed  chan struct{} // closed when a token by RS256 was verified by both
}

func (w *world) begin(t *testing.T) *traffic {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tr := &traffic{
		w: w, verifier: w.Verifier(t, w.Provider(t, w.IssuerURL)), cancel: cancel, signed: map[string]int{},
		first: map[string]time.Time{}, served: map[string]time.Time{}, changed: make(chan struct{}),
	}
	tr.look(ctx)
	tr.running.Go(func() { every(ctx, 100*time.Millisecond, func() { tr.look(ctx) }) })
	tr.running.Go(func() { every(ctx, 200*time.Millisecond, func() { tr.call(ctx) }) })
	return tr
}

func every(ctx context.Context, interval time.Duration, do func()) {
	pause := time.NewTicker(interval)
	defer pause.Stop()
	for ctx.Err() == nil {
		do()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
}

// look notes which keys are served.
func (tr *traffic) look(ctx context.Context) {
	answer, err := tr.w.Get(ctx, tr.w.IssuerURL+"/jwks")
	var set struct {
		Keys []joseHeader `json:"keys"`
	}
	if err == nil {
		err = json.Unmarshal(answer.Body, &set)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		tr.failures = append(tr.failures, fmt.Sprintf("key set: %s %v", answer.Says(), err))
	}
	for _, key := range set.Keys {
		if _, known := tr.served[key.KeyID]; !known {
			tr.served[key.KeyID] = time.Now()
		}
	}
}

// call gets a token and shows it to both resource servers.
func (tr *traffic) call(ctx context.Context) {
	asked := time.Now()
	answer, err := tr.w.AskToken(ctx, tr.w.credentials)
	token := answer.Token().AccessToken
	if err == nil {
		_, err = tr.verifier.Verify(tr.w.Context(ctx), token)
	}
	h := header(token)
	if err == nil && h.Algorithm != string(v1alpha1.EdDSA) { // which kube-apiserver does not know
		_, err = tr.w.Review(ctx, token)
	}
	if ctx.Err() != nil {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if err != nil {
		tr.failures = append(tr.failures, fmt.Sprintf("token by %s %s: %s %v", h.Algorithm, h.KeyID, answer.Says(), err))
		return
	}
	if _, known := tr.first[h.KeyID]; !known {
		tr.first[h.KeyID] = asked
		if h.Algorithm == string(v1alpha1.RS256) {
			close(tr.changed)
		}
	}
	tr.signed[h.Algorithm]++
}

// rotation prefers an algorithm that there is no key for. The operator dies as soon as the key has its date: from there on
// the issuer needs nobody (OP-07).
func (w *world) rotation(t *testing.T) {
	if testing.Short() {
		t.Skip("a rotation takes a minute and a half")
	}
	tr := w.begin(t)
	began := time.Now()
	issuer := w.prefer(t, v1alpha1.RS256, v1alpha1.ES256)
	var key v1alpha1.KeyStatus
	live.Await(t, w.Installation, issuer, "to list a key for RS256 with a date", func(ti *v1alpha1.TokenIssuer) bool {
		for _, key = range ti.Status.Keys {
			if key.Algorithm == string(v1alpha1.RS256) && key.State == v1alpha1.KeyPublished {
				return key.SignFrom != nil
			}
		}
		return false
	})
	t.Logf("published after %v, to sign from %v on", time.Since(began).Round(time.Millisecond), key.SignFrom.Sub(began).Round(time.Second))
	live.Await(t, w.Installation, issuer, "to say when the key signs", func(ti *v1alpha1.TokenIssuer) bool {
		return live.Condition(ti, v1alpha1.KeysReady).Reason == v1alpha1.ReasonKeysScheduled && live.IsReady(ti)
	})
	if err := w.Operator.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-tr.changed:
	case <-time.After(time.Until(key.SignFrom.Time) + live.Patience):
		t.Errorf("no token by RS256 %v after the key's date", live.Patience)
	}
	if err := w.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	live.AwaitReady(t, w.Installation, issuer)
	tr.end(t, key)
}

func (tr *traffic) end(t *testing.T, key v1alpha1.KeyStatus) {
	t.Helper()
	tr.cancel()
	tr.running.Wait()
	t.Logf("tokens by algorithm: %v", tr.signed)
	if len(tr.failures) > 0 {
		t.Errorf("%d failures, the first: %s", len(tr.failures), tr.failures[0])
	}
	first, served := tr.first[key.KID], tr.served[key.KID]
	t.Logf("the key signed %v after it was first served", first.Sub(served).Round(time.Millisecond))
	if served.IsZero() || first.Sub(served) < lead || first.Before(key.SignFrom.Time.Add(-time.Second)) {
		t.Errorf("the key was served at %v and signed at %v, want %v between, and not before %v", served, first, lead, key.SignFrom)
	}
	if tr.signed[string(v1alpha1.ES256)] == 0 {
		t.Error("nothing was signed by ES256 meanwhile")
	}
}

// certificate replaces the files as a renewal does. kube-apiserver would not trust the new one, so this comes last.
func (w *world) certificate(t *testing.T) {
	address, err := url.Parse(w.IssuerURL)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, err := certutil.GenerateSelfSignedCertKey(address.Hostname(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string][]byte{w.IssuerKeyFile: key, w.IssuerCertFile: certificate} {
		if err := os.WriteFile(file+".new", content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	took := w.Until(t, live.Patience, "the new certificate", func(ctx context.Context) (live.Answer, error) {
		served, err := leaf(ctx, address.Host)
		return live.Answer{Body: served}, err
	}, func(answer live.Answer) bool { return string(answer.Body) == string(renewed.Certificate[0]) })
	t.Logf("served after %v", took.Round(time.Millisecond))
}

// leaf is the certificate that is served at address, whoever signed it.
func leaf(ctx context.Context, address string) ([]byte, error) {
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: time.Minute}, Config: &tls.Config{InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw, nil
}
