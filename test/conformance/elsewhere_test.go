package conformance

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tokenwright.dev/issuer/registration"
)

// corp is the identity provider of a judged issuer that is elsewhere, where the issuer is the client ourID; its secret there
// is in the Secret ourSecret.
const (
	corp      = "corp"
	ourID     = "tokenwright"
	ourSecret = "corp-client"
)

// elsewhere is an OpenID provider by oidc-provider, in a process of its own.
type elsewhere struct {
	url     string // its issuer identifier
	orders  *json.Encoder
	answers *bufio.Scanner
}

// sendElsewhere has the people of an issuer log in at a provider by oidc-provider, which runs until the test is over.
func (j *judged) sendElsewhere(t *testing.T, scripts string, claims ...registration.ClaimMapping) *elsewhere {
	t.Helper()
	e := start(t, filepath.Join(scripts, "oidc-provider", "upstream.mjs"))
	certificate := j.authority.issue(t)
	secret := rand.Text() + " +%:&/" // as a provider may make them: client_secret_basic encodes it (RFC 6749 section 2.3.1)
	e.url = e.order(t, "serve", map[string]any{
		"certificate": encodeCertificate(certificate), "key": encodeKey(t, certificate),
		"client": map[string]string{"id": ourID, "secret": secret, "redirect": j.url + "/login/callback/" + corp},
	})
	config := *j.Registry.Snapshot().Config()
	config.IdentityProviders = []registration.IdentityProvider{{Name: corp, DisplayName: "Corp", OIDC: &registration.OIDCProvider{
		Issuer: e.url, ClientID: ourID, ClientSecret: ourSecret, Scopes: []string{"openid", "profile", "email", "groups", "offline_access"},
		Claims: claims,
	}}}
	j.Registry.Configure(config)
	j.Registry.UseUpstreamSecret(ourSecret, secret)
	return e
}

// start runs a script that takes orders, until the test is over: then its stdin is closed, and it has to end by itself.
func start(t *testing.T, script string) *elsewhere {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	command := exec.CommandContext(ctx, "node", script)
	complaints := new(bytes.Buffer)
	command.Stderr = complaints
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Cancel, command.WaitDelay = stdin.Close, 5*time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := command.Wait(); !command.ProcessState.Success() || t.Failed() {
			t.Errorf("%s: %v, %v\n%s", script, err, command.ProcessState, complaints)
		}
	})
	return &elsewhere{orders: json.NewEncoder(stdin), answers: bufio.NewScanner(stdout)}
}

// order has the script do something, and returns what it answers.
func (e *elsewhere) order(t *testing.T, order string, details map[string]any) string {
	t.Helper()
	if err := e.orders.Encode(map[string]any{"order": order, "details": details}); err != nil {
		t.Fatal(err)
	}
	if !e.answers.Scan() {
		t.Fatalf("%s: no answer, %v", order, e.answers.Err())
	}
	return e.answers.Text()
}

// know sets what the provider says of the person.
func (e *elsewhere) know(t *testing.T, claims map[string]any) {
	t.Helper()
	e.order(t, "know", map[string]any{"account": username, "claims": claims})
}

func encodeCertificate(of tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: of.Leaf.Raw}))
}

func encodeKey(t *testing.T, of tls.Certificate) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(of.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
