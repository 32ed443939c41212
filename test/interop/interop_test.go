package interop

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2/clientcredentials"
	authenticationv1 "k8s.io/api/authentication/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// audience is the API server as a resource.
const audience = "https://kubernetes.default.svc"

// manifests are an issuer with keys for two algorithms, and a client that calls the API server and another resource.
const manifests = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenIssuer
metadata: {name: default, namespace: tokenwright-system}
spec:
  url: https://issuer.example
  clientNamespaces: {from: All}
  ungovernedClients: Allow
  signing: {algorithms: [ES256, EdDSA], publishLead: 90s}
---
apiVersion: v1
kind: Namespace
metadata: {name: robots}
---
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: OAuthClient
metadata: {name: pilot, namespace: robots}
spec:
  grantTypes: [client_credentials]
  audiences: ["https://kubernetes.default.svc", "https://elsewhere.example"]
`

// world is an installation and what the stories share.
type world struct {
	*live.Installation

	credentials live.Credentials
}

func TestInterop(t *testing.T) {
	objects, err := stack.Decode([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	in := live.Start(t, stack.Options{TLS: true, KubernetesAudience: audience, Objects: objects})
	oc := live.AwaitReady(t, in, &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: "robots", Name: "pilot"}})
	w := &world{in, in.Credentials(t, oc)}
	t.Run("nobody talks to an issuer whose certificate he does not trust", w.untrusted)
	t.Run("kube-apiserver knows the client by its token", w.whoami)
	t.Run("kube-apiserver refuses what is not for it", w.refused)
	t.Run("a key that is served already signs at once", w.order)
	t.Run("a new key is served before it signs", w.rotation)
	t.Run("who verifies offline believes a revoked key until it fetches the key set", w.revocation)
	t.Run("a renewed certificate is served without a restart", w.certificate)
}

func (w *world) untrusted(t *testing.T) {
	stranger := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer stranger.CloseIdleConnections()
	for _, document := range []string{"/.well-known/openid-configuration", "/jwks"} {
		response, err := stranger.Get(w.IssuerURL + document)
		if err == nil {
			response.Body.Close()
			t.Errorf("%s: %s, want an error of TLS", document, response.Status)
		}
	}
}

// config asks for a token for one resource, the API server where there is none.
func (w *world) config(resource ...string) *clientcredentials.Config {
	config := w.credentials.Config()
	if len(resource) > 0 {
		config.EndpointParams = map[string][]string{"resource": resource}
	}
	return config
}

// whoami uses the token as a person would.
func (w *world) whoami(t *testing.T) {
	provider := w.Provider(t, w.credentials.Issuer)
	config := w.config()
	config.TokenURL = provider.Endpoint().TokenURL
	token := w.Token(t, config)
	claims := w.Verify(t, w.Verifier(t, provider), token.AccessToken)
	w.AwaitTrust(t, token.AccessToken)
	got := w.WhoAmI(t, token.AccessToken)
	want := authenticationv1.UserInfo{
		Username: "tokenwright:robots.pilot",
		Groups:   []string{"system:authenticated"},
		// The audit log of kube-apiserver names our jti.
		Extra: map[string]authenticationv1.ExtraValue{"authentication.kubernetes.io/credential-id": {"JTI=" + claims.ID}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kubectl auth whoami (-want +got):\n%s", diff)
	}
}

func (w *world) refused(t *testing.T) {
	good := w.Token(t, w.config()).AccessToken
	for name, token := range map[string]string{
		"for another resource":   w.Token(t, w.config("https://elsewhere.example")).AccessToken,
		"without its signature":  good[:len(good)-86],
		"with another signature": good[:len(good)-86] + w.Token(t, w.config()).AccessToken[len(good)-86:],
	} {
		if user, err := w.Review(t.Context(), token); !apierrors.IsUnauthorized(err) {
			t.Errorf("a token %s: user %q (%v), want it refused", name, user.Username, err)
		}
	}
}

// prefer changes the order of the issuer's algorithms.
func (w *world) prefer(t *testing.T, algorithms ...v1alpha1.SigningAlgorithm) *v1alpha1.TokenIssuer {
	t.Helper()
	ti := &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}}
	change := client.MergeFrom(ti.DeepCopy())
	ti.Spec.Signing = &v1alpha1.Signing{Algorithms: algorithms}
	if err := w.Client.Patch(t.Context(), ti, change); err != nil {
		t.Fatal(err)
	}
	return ti
}

// order prefers EdDSA, whose key is as old as the other one, and then ES256 again.
func (w *world) order(t *testing.T) {
	verifier := w.Verifier(t, w.Provider(t, w.IssuerURL))
	for _, algorithms := range [][]v1alpha1.SigningAlgorithm{{v1alpha1.EdDSA, v1alpha1.ES256}, {v1alpha1.ES256, v1alpha1.EdDSA}} {
		w.prefer(t, algorithms...)
		took := w.Until(t, live.Patience, "a token by "+string(algorithms[0]), func(ctx context.Context) (live.Answer, error) {
			return w.AskToken(ctx, w.credentials)
		}, func(answer live.Answer) bool {
			token := answer.Token().AccessToken
			w.Verify(t, verifier, token)
			return header(token).Algorithm == string(algorithms[0])
		})
		t.Logf("the first token by %s came after %v", algorithms[0], took.Round(time.Millisecond))
	}
}
