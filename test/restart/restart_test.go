package restart

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

const inactive = `{"active":false}`

// place is an installation whose issuer keeps its snapshot in a folder, and two clients of it.
type place struct {
	*live.Installation

	stateDir       string
	orders, guards live.Credentials // guards introspects the tokens of orders
	revoked, good  string           // tokens of orders
	jwks           []byte
}

// TestRestart tells of two outages of the API server. In both the issuer has to start again.
func TestRestart(t *testing.T) {
	p := settle(t)
	p.stopAPIServer(t)
	if err := p.Issuer.Stop(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	p.goesOn(t, "stopped and started")
	if err := p.Issuer.Kill(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	p.goesOn(t, "killed and started")

	p.startAPIServer(t)
	p.shows(t, "tokenwright_issuer_snapshot_stale 0")
	late := newClient(t, p.Installation, "late")
	p.Token(t, late.Config())
	p.answersRight(t, "the API server is back")

	p.stopAPIServer(t)
	if err := p.Issuer.Kill(); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(filepath.Join(p.stateDir, "snapshot"), long, long); err != nil {
		t.Fatal(err)
	}
	p.staysUnready(t)
	p.startAPIServer(t)
	p.becomesReady(t)
	p.answersRight(t, "the API server is back again")
	p.Token(t, late.Config())
}

// settle starts an installation and waits until there is something to lose.
func settle(t *testing.T) *place {
	t.Helper()
	p := &place{stateDir: t.TempDir()}
	ring := filepath.Join(t.TempDir(), registration.RingDataKey)
	p.Installation = live.Start(t, stack.Options{Samples: true, IssuerArgs: []string{
		"--state-dir=" + p.stateDir, "--sealing-keys-file=" + ring, "--max-staleness=1h",
	}})
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: stack.Namespace, Name: registration.SealingRingName(stack.DefaultIssuer)}
	if err := p.Client.Get(t.Context(), key, secret); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ring, secret.Data[registration.RingDataKey], 0o600); err != nil {
		t.Fatal(err)
	}
	p.orders, p.guards = ready(t, p.Installation, "orders"), ready(t, p.Installation, "orders-api")
	p.revoked, p.good = p.Token(t, p.orders.Config()).AccessToken, p.Token(t, p.orders.Config()).AccessToken
	p.jwks = p.get(t, "/jwks").Body
	p.revoke(t)
	return p
}

// oauthClient names a client of team-orders.
func oauthClient(name string) *v1alpha1.OAuthClient {
	return &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: "team-orders", Name: name}}
}

// ready waits for a client and returns what an application reads from its Secret.
func ready(t *testing.T, in *live.Installation, name string) live.Credentials {
	t.Helper()
	return in.Credentials(t, live.AwaitReady(t, in, oauthClient(name)))
}

// newClient makes a client that is like orders.
func newClient(t *testing.T, in *live.Installation, name string) live.Credentials {
	t.Helper()
	oc := oauthClient(name)
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials}
	oc.Spec.Scopes = []v1alpha1.Scope{"orders:read"}
	oc.Spec.Audiences = []v1alpha1.Audience{"https://orders.example"}
	if err := in.Client.Create(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	return ready(t, in, name)
}

// revoke takes one of the tokens back, as somebody does in an incident.
func (p *place) revoke(t *testing.T) {
	t.Helper()
	claims := p.Verify(t, p.Verifier(t, p.Provider(t, p.IssuerURL)), p.revoked)
	revocation := &v1alpha1.TokenRevocation{
		ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "incident"},
		Spec: v1alpha1.TokenRevocationSpec{
			IssuerName: stack.DefaultIssuer, TokenID: claims.ID,
			IssuedBefore: metav1.NewTime(time.Unix(claims.IssuedAt+1, 0)), ExpiresAt: metav1.NewTime(time.Now().Add(time.Hour)),
		},
	}
	if err := p.Client.Create(t.Context(), revocation); err != nil {
		t.Fatal(err)
	}
	p.Until(t, live.Patience, "the revocation", func(ctx context.Context) (live.Answer, error) { return p.introspect(ctx, p.revoked) },
		func(a live.Answer) bool { return string(a.Body) == inactive })
}

func (p *place) stopAPIServer(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	t.Logf("kube-apiserver stopped in %v", time.Since(began).Round(time.Millisecond))
}

func (p *place) startAPIServer(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.StartAPIServer(); err != nil {
		t.Fatal(err)
	}
	t.Logf("kube-apiserver started in %v", time.Since(began).Round(time.Millisecond))
}

// start starts the issuer and waits until it is ready.
func (p *place) start(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.StartIssuer(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready %v after its start", time.Since(began).Round(time.Millisecond))
}

// goesOn wants everything as it was, and says that it is what was known before.
func (p *place) goesOn(t *testing.T, when string) {
	t.Helper()
	p.shows(t, "tokenwright_issuer_snapshot_stale 1")
	p.shows(t, `tokenwright_issuer_snapshots_total{outcome="taken"} 1`)
	p.answersRight(t, when)
	unknown := p.orders
	unknown.ClientID = "team-orders.nobody"
	if answer, err := p.AskToken(t.Context(), unknown); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("%s: a client that nobody knows: %s (%v), want 401", when, answer.Says(), err)
	}
}

// answersRight asks each endpoint that needs no API server.
func (p *place) answersRight(t *testing.T, when string) {
	t.Helper()
	p.Token(t, p.orders.Config())
	if got := p.get(t, "/jwks").Body; !bytes.Equal(got, p.jwks) {
		t.Errorf("%s: key set %s, want %s", when, got, p.jwks)
	}
	p.Verify(t, p.Verifier(t, p.Provider(t, p.IssuerURL)), p.good)
	for token, want := range map[string]bool{p.revoked: false, p.good: true} {
		answer, err := p.introspect(t.Context(), token)
		if active := string(answer.Body) != inactive; err != nil || answer.Status != http.StatusOK || active != want {
			t.Errorf("%s: a token is active: %t, want %t (%s, %v)", when, active, want, answer.Says(), err)
		}
	}
}

func (p *place) introspect(ctx context.Context, token string) (live.Answer, error) {
	return p.Post(ctx, p.IssuerURL+"/introspect", p.guards, url.Values{"token": {token}})
}

func (p *place) get(t *testing.T, path string) live.Answer {
	t.Helper()
	answer, err := p.Get(t.Context(), p.IssuerURL+path)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// shows waits until the metrics hold a line. A process that is just starting does not answer yet.
func (p *place) shows(t *testing.T, line string) {
	t.Helper()
	p.Until(t, live.Patience, line, func(ctx context.Context) (live.Answer, error) { return p.metrics(ctx), nil },
		func(a live.Answer) bool { return strings.Contains(string(a.Body), "\n"+line+"\n") })
}

func (p *place) metrics(ctx context.Context) live.Answer {
	answer, err := p.Get(ctx, p.IssuerURL+"/metrics")
	if err != nil {
		return live.Answer{}
	}
	return answer
}

// staysUnready starts the issuer with a snapshot that is too old.
func (p *place) staysUnready(t *testing.T) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	started := make(chan error, 1)
	go func() { started <- p.StartIssuer(ctx) }()
	p.shows(t, `tokenwright_issuer_snapshots_total{outcome="old"} 1`)
	end()
	if err := <-started; err == nil {
		t.Error("ready with a snapshot that is too old")
	}
	for path, want := range map[string]int{"/readyz": 503, "/jwks": 503, "/healthz": 200} {
		if answer := p.get(t, path); answer.Status != want {
			t.Errorf("%s: %s, want %d", path, answer.Says(), want)
		}
	}
	if answer, err := p.AskToken(t.Context(), p.orders); err != nil || answer.Status != http.StatusServiceUnavailable {
		t.Errorf("a token from a snapshot that is too old: %s (%v), want 503", answer.Says(), err)
	}
	if log := p.Issuer.Logs(); !strings.Contains(log, fmt.Sprintf("%q:%q", "outcome", "old")) {
		t.Error("the log does not say why")
	}
}

func (p *place) becomesReady(t *testing.T) {
	t.Helper()
	p.Until(t, live.Patience, "the issuer to be ready",
		func(ctx context.Context) (live.Answer, error) { return p.Get(ctx, p.IssuerURL+"/readyz") },
		func(a live.Answer) bool { return a.Status == http.StatusOK })
}
