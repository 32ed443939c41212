package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// auditLog does what has to be found in the issuer's log, and finds it.
func auditLog(t *testing.T, in *live.Installation) {
	_, orders := ready(t, in, "team-orders", "orders")
	_, ordersAPI := ready(t, in, "team-orders", "orders-api")
	wrong := ordersAPI
	wrong.ClientSecret += "x"
	token := in.Token(t, orders.Config()).AccessToken
	introspect(t, in, ordersAPI, token)
	introspect(t, in, wrong, token)
	throttle(t, in, wrong)
	claims := in.Verify(t, in.Verifier(t, in.Provider(t, in.IssuerURL)), token)

	events := map[string][]map[string]any{}
	entries(t, "operator", in.Operator.Logs())
	for _, entry := range entries(t, "issuer", in.Issuer.Logs()) {
		message, _ := entry["msg"].(string)
		events[message] = append(events[message], entry)
	}
	for _, event := range []audit.Event{
		audit.TokenIssued, audit.TokenRefused, audit.IntrospectionAnswered, audit.IntrospectionRefused, audit.ClientThrottled,
	} {
		t.Logf("%s: %d", event, len(events[string(event)]))
		if len(events[string(event)]) == 0 {
			t.Errorf("no event %s", event)
		}
	}
	issued := events[string(audit.TokenIssued)]
	at := slices.IndexFunc(issued, func(entry map[string]any) bool { return entry["tokenID"] == claims.ID })
	if at < 0 {
		t.Fatalf("no event of the token %s", claims.ID)
	}
	want := map[string]any{
		"level": "INFO", "msg": "token.issued", "clientID": claims.ClientID, "grantType": "client_credentials", "scope": claims.Scope,
		"audience": claims.Audience, "tokenID": claims.ID, "keyID": header(t, token).KeyID,
		"expiresIn": float64(claims.Expires - claims.IssuedAt), "sourceIP": "127.0.0.1",
	}
	got := maps.Clone(issued[at])
	delete(got, "time")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// throttle sends wrong secrets until the issuer asks to slow down. A right one must not suffer from it.
func throttle(t *testing.T, in *live.Installation, wrong live.Credentials) {
	t.Helper()
	in.Until(t, live.Patience, "429", askToken(in, wrong), func(a live.Answer) bool {
		return a.Status == http.StatusTooManyRequests && a.Token().Error == "invalid_client" && a.Header.Get("Retry-After") != ""
	})
	_, right := ready(t, in, "team-orders", "orders")
	in.Token(t, right.Config())
}

// entries reads a log, of which every line must be an object with time, level and msg.
func entries(t *testing.T, name, text string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(text) {
		var entry map[string]any
		err := json.Unmarshal([]byte(line), &entry)
		stamp, _ := entry["time"].(string)
		if _, late := time.Parse(time.RFC3339Nano, stamp); err != nil || late != nil || entry["level"] == nil || entry["msg"] == nil {
			t.Errorf("a line of the %s's log is no JSON with time, level and msg (%v): %s", name, err, line)
			continue
		}
		out = append(out, entry)
	}
	if len(out) == 0 {
		t.Errorf("the %s has logged nothing", name)
	}
	return out
}

// secretsStaySecret looks everywhere for every secret and token of the stories before, and for the private keys.
func secretsStaySecret(t *testing.T, in *live.Installation) {
	places := map[string]string{
		"the operator's log": in.Operator.Logs(),
		"the issuer's log":   in.Issuer.Logs(),
	}
	for place, address := range map[string]string{
		"the operator's metrics": in.OperatorMetricsURL, "the issuer's metrics": in.IssuerURL + "/metrics",
	} {
		answer, err := in.Get(t.Context(), address)
		if err != nil || answer.Status != http.StatusOK {
			t.Fatalf("%s: %s (%v)", place, answer.Says(), err)
		}
		places[place] = string(answer.Body)
	}
	for _, list := range []client.ObjectList{
		&v1alpha1.OAuthClientList{}, &v1alpha1.TokenPolicyList{}, &v1alpha1.TokenIssuerList{}, &v1alpha1.IssuerReportList{},
		&corev1.ConfigMapList{}, &eventsv1.EventList{},
	} {
		if err := in.Client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		places[fmt.Sprintf("%T", list)] = string(text)
	}
	var secrets corev1.SecretList
	if err := in.Client.List(t.Context(), &secrets); err != nil {
		t.Fatal(err)
	}
	for i := range secrets.Items {
		secret := &secrets.Items[i]
		if secret.Type == v1alpha1.KeyRingSecretType {
			rememberKeys(t, in, secret)
		}
		if secret.Type == v1alpha1.RegistrationSecretType {
			places["registration "+secret.Name] = string(secret.Data[registration.DataKey])
		}
	}
	t.Logf("looking for %d secrets and tokens in %d places", in.Remembered(), len(places))
	for place, text := range places {
		if found := in.Leaks(text); len(found) > 0 {
			t.Errorf("%s holds the %s", place, strings.Join(found, ", the "))
		}
	}
	_, orders := ready(t, in, "team-orders", "orders")
	if in.Remembered() < 20 || len(in.Leaks("x"+orders.ClientSecret+"x")) != 1 {
		t.Error("the search would not find a secret")
	}
}

// rememberKeys notes the private members of each key (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1).
func rememberKeys(t *testing.T, in *live.Installation, secret *corev1.Secret) {
	t.Helper()
	var ring struct {
		Keys []struct {
			JWK map[string]any `json:"jwk"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(secret.Data[registration.RingDataKey], &ring); err != nil || len(ring.Keys) == 0 {
		t.Fatalf("%s/%s: %d keys, %v", stack.Namespace, secret.Name, len(ring.Keys), err)
	}
	for _, key := range ring.Keys {
		for _, member := range []string{"d", "k"} {
			if value, ok := key.JWK[member].(string); ok {
				in.Remember("private key in "+secret.Name, value)
			}
		}
	}
}
