package people

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

// nobodyLogsIn makes the Secret with the users anew and forgets its type, as people do: the issuer and those of its clients that
// need people say so, and so does the page; machines go on. With the type all is well again, by itself, and whoever was logged
// in still is.
func nobodyLogsIn(t *testing.T, h *house) {
	shop := h.shop(t)
	token := shop.tokens(t, shop.logIn(t))
	users := new(corev1.Secret)
	if err := h.Client.Get(t.Context(), types.NamespacedName{Namespace: stack.Namespace, Name: "staff"}, users); err != nil {
		t.Fatal(err)
	}
	h.replaceUsers(t, users, corev1.SecretTypeOpaque)
	web := &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: "team-shop", Name: "shop"}}
	if message := live.AwaitReason(t, h.Installation, web, v1alpha1.ReasonLoginImpossible); !strings.Contains(message, stack.Namespace+"/"+stack.DefaultIssuer) {
		t.Errorf("the client says %q, and not which TokenIssuer", message)
	}
	ti := &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}}
	if message := live.AwaitReason(t, h.Installation, ti, v1alpha1.ReasonUsersNotAccepted); !strings.Contains(message, "the type of Secret staff is Opaque") {
		t.Errorf("the TokenIssuer says %q", message)
	}
	address := strings.TrimPrefix(shop.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())), h.IssuerURL)
	page := issuertest.NewBrowser(t, h.IssuerURL, h.HTTP.Transport).Visit(address)
	if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, "Logging in is not possible at present") {
		t.Errorf("the page: status %d:\n%s", page.Status, page.Body)
	}
	var all v1alpha1.OAuthClientList
	if err := h.Client.List(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for i := range all.Items {
		oc := &all.Items[i]
		if len(oc.Spec.GrantTypes) == 1 && oc.Spec.GrantTypes[0] == v1alpha1.ClientCredentials && !live.IsReady(oc) {
			t.Errorf("%s, which needs nobody, is not Ready: %v", client.ObjectKeyFromObject(oc), live.Condition(oc, v1alpha1.Ready))
		}
	}
	h.replaceUsers(t, users, users.Type)
	live.AwaitReady(t, h.Installation, web)
	live.AwaitReady(t, h.Installation, ti)
	shop.tokens(t, shop.logIn(t))
	if _, err := shop.refresh(t, token.RefreshToken); err != nil {
		t.Errorf("who had logged in before: %v", err)
	}
}

// replaceUsers makes the Secret anew: its type cannot be changed.
func (h *house) replaceUsers(t *testing.T, users *corev1.Secret, kind corev1.SecretType) {
	t.Helper()
	if err := h.Client.Delete(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: users.Namespace, Name: users.Name}}); err != nil {
		t.Fatal(err)
	}
	next := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: users.Namespace, Name: users.Name, Labels: users.Labels, Annotations: users.Annotations},
		Type:       kind, Data: users.Data,
	}
	if err := h.Client.Create(t.Context(), next); err != nil {
		t.Fatal(err)
	}
}
