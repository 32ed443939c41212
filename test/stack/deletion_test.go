package stack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// goneWithin is how long a credential may outlive its client here: five times what is promised.
const goneWithin = 5 * time.Second

// deletedClient takes a client away and gives another one its name. Nothing of the former may come back.
func deletedClient(t *testing.T, in *live.Installation) {
	create(t, in, job("team-orders", "leaver"))
	oc, former := ready(t, in, "team-orders", "leaver")
	_, ordersAPI := ready(t, in, "team-orders", "orders-api")
	token := in.Token(t, former.Config()).AccessToken
	wantActive(t, in, introspect(t, in, ordersAPI, token), token)
	if err := in.Client.Delete(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	refused := in.Until(t, goneWithin, "401 invalid_client", askToken(in, former), func(a live.Answer) bool {
		return a.Status == http.StatusUnauthorized && a.Token().Error == "invalid_client"
	})
	silent := in.Until(t, goneWithin, inactive, askIntrospection(in, introspectionEndpoint(t, in), ordersAPI, token),
		func(a live.Answer) bool { return a.Status == http.StatusOK && string(a.Body) == inactive })
	t.Logf("refused %v after the deletion, inactive %v later", refused.Round(100*time.Microsecond), silent.Round(100*time.Microsecond))

	began := time.Now()
	live.AwaitGone(t, in, oc)
	create(t, in, job(oc.Namespace, oc.Name))
	again, present := ready(t, in, oc.Namespace, oc.Name)
	t.Logf("another one of the name was Ready after %v", time.Since(began).Round(time.Millisecond))
	if again.UID == oc.UID || present.ClientID != former.ClientID || present.ClientSecret == former.ClientSecret {
		t.Errorf("the new client has the same UID %t, client_id %t, secret %t; want a new one with the same client_id and another secret",
			again.UID == oc.UID, present.ClientID == former.ClientID, present.ClientSecret == former.ClientSecret)
	}
	// The questions before made the issuer read live, and it believes for a moment that there is nobody of that name.
	in.Until(t, goneWithin, "a token", askToken(in, present), func(a live.Answer) bool { return a.Status == http.StatusOK })
	if answer, err := in.AskToken(t.Context(), former); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("the former client's secret: %s (%v), want 401", answer.Says(), err)
	}
}

// orphanedSecret deletes a client as "kubectl delete --cascade=orphan" does, and applies it again. The garbage collector
// leaves the Secret, which Pods may name.
func orphanedSecret(t *testing.T, in *live.Installation) {
	create(t, in, job("team-orders", "orphan"))
	oc, former := ready(t, in, "team-orders", "orphan")
	left := get(t, in, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: oc.Namespace, Name: oc.Status.Binding.Name}})
	if err := in.Client.Delete(t.Context(), oc, client.PropagationPolicy(metav1.DeletePropagationOrphan)); err != nil {
		t.Fatal(err)
	}
	live.AwaitGone(t, in, oc)
	create(t, in, job(oc.Namespace, oc.Name))
	again, present := ready(t, in, oc.Namespace, oc.Name)
	taken := get(t, in, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: oc.Namespace, Name: again.Status.Binding.Name}})
	if taken.UID != left.UID || present.ClientSecret == former.ClientSecret {
		t.Errorf("the same Secret: %t, the same client secret: %t; want another one in the same Secret",
			taken.UID == left.UID, present.ClientSecret == former.ClientSecret)
	}
	in.Until(t, goneWithin, "a token", askToken(in, present), func(a live.Answer) bool { return a.Status == http.StatusOK })
	if answer, err := in.AskToken(t.Context(), former); err != nil || answer.Status != http.StatusUnauthorized {
		t.Errorf("the secret from before: %s (%v), want 401", answer.Says(), err)
	}
}

// deletedNamespace deletes a namespace as people do, without a thought of what is in it.
func deletedNamespace(t *testing.T, in *live.Installation) {
	const name, clients = "team-leaving", 5
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"oauth.tokenwright.dev/clients": "true"},
	}}
	create(t, in, namespace)
	var credentials live.Credentials
	for i := range clients {
		create(t, in, job(name, fmt.Sprintf("client-%d", i)))
	}
	for i := range clients {
		_, credentials = ready(t, in, name, fmt.Sprintf("client-%d", i))
	}
	if got := registrationsOf(t, in, name); got != clients {
		t.Errorf("%d registrations, want %d", got, clients)
	}
	in.Token(t, credentials.Config())
	if err := in.Client.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	live.AwaitGone(t, in, namespace)
	t.Logf("gone after %v", time.Since(began).Round(time.Millisecond))
	if got := registrationsOf(t, in, name); got != 0 {
		t.Errorf("%d registrations are left", got)
	}
	in.Until(t, goneWithin, "401 invalid_client", askToken(in, credentials), func(a live.Answer) bool {
		return a.Status == http.StatusUnauthorized && a.Token().Error == "invalid_client"
	})
}

// ownedIn tells whether a Secret is the registration of a client in namespace.
func ownedIn(secret *corev1.Secret, namespace string) bool {
	return secret.Type == v1alpha1.RegistrationSecretType &&
		strings.HasPrefix(secret.Annotations[v1alpha1.OwnerAnnotation], namespace+"/")
}
