package interop

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// revocation revokes all keys at once, in front of two verifiers that have kept the key set. The issuer has no token for a
// moment, and then one by a key that replicas serve. Neither verifier hears of it until it meets that token.
func (w *world) revocation(t *testing.T) {
	verifier := w.Verifier(t, w.Provider(t, w.IssuerURL))
	leaked := w.Token(t, w.config()).AccessToken
	w.Verify(t, verifier, leaked)
	w.AwaitTrust(t, leaked)
	// kube-apiserver remembers for 10 s which tokens were good, so it is shown each of these once.
	second, third := w.Token(t, w.config()).AccessToken, w.Token(t, w.config()).AccessToken

	began := time.Now()
	issuer := w.revokeAll(t)
	fresh := ""
	took := w.Until(t, live.Patience, "a token by another key", func(ctx context.Context) (live.Answer, error) {
		return w.AskToken(ctx, w.credentials)
	}, func(answer live.Answer) bool {
		fresh = answer.Token().AccessToken
		return fresh != "" && header(fresh).KeyID != header(leaked).KeyID
	})
	t.Logf("the first token by another key came %v after the keys were revoked", took.Round(time.Millisecond))
	if set, err := w.Get(t.Context(), w.IssuerURL+"/jwks"); err != nil || strings.Contains(string(set.Body), header(leaked).KeyID) {
		t.Errorf("the key set still has the revoked key (%v): %s", err, set.Body)
	}
	live.Await(t, w.Installation, issuer, "to warn of verifiers", func(ti *v1alpha1.TokenIssuer) bool {
		told := live.Condition(ti, v1alpha1.KeysRevoked)
		return told.Status == metav1.ConditionTrue && strings.Contains(told.Message, "docs/verifiers.md")
	})

	if _, err := w.Verifier(t, w.Provider(t, w.IssuerURL)).Verify(w.Context(t.Context()), leaked); err == nil {
		t.Error("go-oidc takes the revoked key from the key set as it is now")
	}
	believed := time.Since(began).Round(time.Millisecond)
	if _, err := verifier.Verify(w.Context(t.Context()), leaked); err != nil {
		t.Errorf("go-oidc has forgotten the revoked key after %v without a new one, which docs/verifiers.md denies: %v", believed, err)
	}
	if _, err := w.Review(t.Context(), second); err != nil {
		t.Errorf("kube-apiserver has forgotten the revoked key after %v without a new one, which docs/verifiers.md denies: %v", believed, err)
	}
	w.Verify(t, verifier, fresh)
	w.AwaitTrust(t, fresh)
	if _, err := verifier.Verify(w.Context(t.Context()), leaked); err == nil {
		t.Error("go-oidc believes the revoked key after it has met a new one")
	}
	if user, err := w.Review(t.Context(), third); !apierrors.IsUnauthorized(err) {
		t.Errorf("kube-apiserver believes the revoked key after it has met a new one: user %q (%v)", user.Username, err)
	}
	live.AwaitReady(t, w.Installation, issuer)
}

// revokeAll lists every key that there is.
func (w *world) revokeAll(t *testing.T) *v1alpha1.TokenIssuer {
	t.Helper()
	ti := &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(ti), ti); err != nil {
		t.Fatal(err)
	}
	change := client.MergeFrom(ti.DeepCopy())
	// kube-apiserver does not know EdDSA, and is to meet a key that it does not know.
	ti.Spec.Signing.Algorithms = slices.DeleteFunc(ti.Spec.Signing.Algorithms, func(a v1alpha1.SigningAlgorithm) bool { return a == v1alpha1.EdDSA })
	for _, k := range ti.Status.Keys {
		ti.Spec.Signing.RevokeKeys = append(ti.Spec.Signing.RevokeKeys, v1alpha1.KeyID(k.KID))
	}
	if err := w.Client.Patch(t.Context(), ti, change); err != nil {
		t.Fatal(err)
	}
	return ti
}
