package people

import (
	"context"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// issuerMoves tells of a change of spec.url. An application that knows the former issuer goes on with it until its end; one
// that reads its Secret anew takes along what it has. No story after it may ask the issuer by its former URL.
func issuerMoves(t *testing.T, h *house) {
	shop := h.shop(t)
	former, began := h.IssuerURL, shop.tokens(t, shop.logIn(t))
	guard := h.Credentials(t, live.AwaitReady(t, h.Installation, oauthClient("team-orders", "orders-api")))
	h.trustCertificate(t)
	h.buryReplicas(t)

	// The certificate is not for this host, so it never comes into force.
	uncertified := "https://" + h.lead(t, "127.0.0.2:0")
	h.change(t, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.URL, ti.Spec.URLChange = uncertified, &v1alpha1.URLChange{Switch: v1alpha1.URLSwitchOnHold}
	})
	h.awaitPending(t, v1alpha1.ReasonURLNotAnswering, "certificate is valid for 127.0.0.1, not 127.0.0.2")

	// Nobody answers there yet.
	address, err := stack.Listenable("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	next := "https://localhost:" + port
	h.change(t, func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL = next })
	h.awaitPending(t, v1alpha1.ReasonURLNotAnswering, next+"/.well-known/oauth-authorization-server: dial: connect: connection refused")
	if got := h.appIn(t, "team-shop", "shop", "").Endpoint.TokenURL; got != former+"/token" {
		t.Errorf("the Secret names %s while the new URL is prepared", got)
	}
	if got := issuerOf(t, h, shop, shop.tokens(t, shop.logIn(t))); got != former {
		t.Errorf("tokens name %s while the new URL is prepared", got)
	}

	h.lead(t, address)
	h.change(t, func(ti *v1alpha1.TokenIssuer) { ti.Spec.URLChange.Switch = v1alpha1.URLSwitchWhenReady })
	live.Await(t, h.Installation, h.issuer(), "to be at its new URL", func(ti *v1alpha1.TokenIssuer) bool {
		return ti.Status.URL == next && live.IsReady(ti) && !meta.IsStatusConditionTrue(ti.Status.Conditions, v1alpha1.URLChangePending)
	})
	live.Await(t, h.Installation, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "team-shop", Name: "shop-oauth"}}, "to name it",
		func(secret *corev1.Secret) bool { return string(secret.Data["issuer-uri"]) == next })

	h.wantActive(t, guard, former, began, true)
	h.wantActive(t, guard, next, began, true)
	again, err := shop.refresh(t, began.RefreshToken)
	if err != nil {
		t.Fatalf("an application that knows the former issuer: %v", err)
	}
	if got := issuerOf(t, h, shop, again); got != former {
		t.Errorf("under the former URL tokens name %s", got)
	}
	shop.tokens(t, shop.logIn(t))
	moved := h.shop(t) // which discovers what its Secret names now
	there, err := moved.refresh(t, began.RefreshToken)
	if err != nil {
		t.Fatalf("an application that has moved: %v", err)
	}
	if got := issuerOf(t, h, moved, there); got != next {
		t.Errorf("under the new URL tokens name %s", got)
	}
	h.wantActive(t, guard, former, there, true)

	h.change(t, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.PreviousURLs = []v1alpha1.PreviousURL{{URL: former, Until: metav1.Now()}}
	})
	h.wantActive(t, guard, next, again, false)
	h.wantActive(t, guard, next, there, true)
	if _, err := oidc.NewProvider(h.ctx(t), former); err == nil || !strings.Contains(err.Error(), "did not match") {
		t.Errorf("the former issuer is discovered after its end: %v", err)
	}
	if _, err := moved.refresh(t, began.RefreshToken); err != nil {
		t.Errorf("a refresh token outlives the name of its issuer: %v", err)
	}
}

func oauthClient(namespace, name string) *v1alpha1.OAuthClient {
	return &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func (h *house) issuer() *v1alpha1.TokenIssuer {
	return &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}}
}

// change changes the TokenIssuer.
func (h *house) change(t *testing.T, how func(*v1alpha1.TokenIssuer)) {
	t.Helper()
	ti := h.issuer()
	if err := h.Client.Get(t.Context(), client.ObjectKeyFromObject(ti), ti); err != nil {
		t.Fatal(err)
	}
	before := ti.DeepCopy()
	how(ti)
	if err := h.Client.Patch(t.Context(), ti, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// awaitPending waits until the change of the URL waits for this.
func (h *house) awaitPending(t *testing.T, reason, words string) {
	t.Helper()
	live.Await(t, h.Installation, h.issuer(), "to say "+reason+": "+words, func(ti *v1alpha1.TokenIssuer) bool {
		c := meta.FindStatusCondition(ti.Status.Conditions, v1alpha1.URLChangePending)
		return c != nil && c.Status == metav1.ConditionTrue && c.Reason == reason && strings.Contains(c.Message, words) && live.IsReady(ti)
	})
}

// trustCertificate lets the operator believe the issuer's certificate, as it does where the issuer ends TLS itself.
func (h *house) trustCertificate(t *testing.T) {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer + "-issuer-tls"},
		Data:       map[string][]byte{corev1.ServiceAccountRootCAKey: h.IssuerCA},
	}
	if err := h.Client.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
}

// buryReplicas deletes what replicas said that other stories have killed: the change waits for them else, until their word is
// five minutes old.
func (h *house) buryReplicas(t *testing.T) {
	t.Helper()
	var reports v1alpha1.IssuerReportList
	if err := h.Client.List(t.Context(), &reports); err != nil {
		t.Fatal(err)
	}
	for i := range reports.Items {
		_, pid, _ := strings.Cut(reports.Items[i].Name, "process-")
		if _, err := os.Stat("/proc/" + pid); err == nil {
			continue
		}
		if err := h.Client.Delete(t.Context(), &reports.Items[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// lead listens at an address, and leads whoever comes there to the issuer, as a load balancer does. It returns the address.
func (h *house) lead(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(from, strings.TrimPrefix(h.IssuerURL, "https://"))
		}
	}()
	return listener.Addr().String()
}

// pass copies what comes to address, and what that answers, until one of them ends.
func pass(from net.Conn, address string) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
}

// issuerOf is the issuer that the tokens of an application name; the application verifies the ID token by its own.
func issuerOf(t *testing.T, h *house, a *app, token *oauth2.Token) string {
	t.Helper()
	id, err := a.verifier.Verify(h.ctx(t), token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	return id.Issuer
}

// wantActive asks the issuer at a URL about an access token, until the answer is right: a change takes a moment to arrive.
func (h *house) wantActive(t *testing.T, guard live.Credentials, at string, token *oauth2.Token, want bool) {
	t.Helper()
	says := `"active":false`
	if want {
		says = `"active":true`
	}
	h.Until(t, live.Patience, says+" at "+at, func(ctx context.Context) (live.Answer, error) {
		return h.Post(ctx, at+"/introspect", guard, url.Values{"token": {token.AccessToken}})
	}, func(a live.Answer) bool { return strings.Contains(string(a.Body), says) })
}
