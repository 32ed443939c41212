package kube

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

func (w *world) ready() bool {
	recorder := httptest.NewRecorder()
	w.Handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return recorder.Code == http.StatusOK
}

// The life of registrations and keys, as the issuer's own ServiceAccount sees it.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	w.create(t, registrationSecret(t, "shop.first", "one"))
	w.start(t)
	w.awaitSync(t)
	if w.ready() {
		t.Error("ready without configuration and keys")
	}
	w.furnish(t)
	eventually(t, "ready", w.ready)
	if !w.accepts("shop.first", "one") {
		t.Error("ready, and does not know the client that was there before")
	}

	second := registrationSecret(t, "shop.second", "one")
	w.create(t, second)
	eventually(t, "a new client", func() bool { return w.accepts("shop.second", "one") })
	second.Data = registrationSecret(t, "shop.second", "two").Data
	if err := w.Client.Update(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new secret", func() bool { return w.accepts("shop.second", "two") })
	second.Data[registration.DataKey] = []byte("{")
	if err := w.Client.Update(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a damaged registration", func() bool { return !w.accepts("shop.second", "two") })
	if w.authenticates(t, "shop.second", "two") {
		t.Error("a damaged registration was accepted by a live read")
	}
	if err := w.Client.Delete(t.Context(), registrationSecretIn(w.namespace, "shop.first")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a client that is gone", func() bool { return !w.accepts("shop.first", "one") })

	foreign := registrationSecret(t, "shop.third", "one")
	foreign.Labels = nil
	w.create(t, foreign)
	if w.authenticates(t, "shop.third", "one") {
		t.Error("a Secret without the label was taken for a registration")
	}
}

func registrationSecretIn(namespace, clientID string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: registration.SecretName(issuertest.Name, clientID),
	}}
}

// Static stability: what was known goes on while the API server is away, and what changed meanwhile arrives after.
func TestFeedWithoutAPIServer(t *testing.T) {
	w := newWorld(t)
	w.furnish(t)
	w.create(t, registrationSecret(t, "shop.stays", "one"))
	w.create(t, registrationSecret(t, "shop.goes", "one"))
	w.line.set(true)
	w.start(t)
	if w.ready() {
		t.Error("ready before the API server has answered")
	}
	w.line.set(false)
	w.awaitSync(t)
	eventually(t, "ready", w.ready)

	w.line.set(true)
	w.create(t, registrationSecret(t, "shop.comes", "one"))
	if err := w.Client.Delete(t.Context(), registrationSecretIn(w.namespace, "shop.goes")); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if !w.ready() || !w.authenticates(t, "shop.stays", "one") || !w.authenticates(t, "shop.goes", "one") {
		t.Error("without the API server, what was known is forgotten")
	}
	if w.authenticates(t, "shop.comes", "one") {
		t.Error("a client that nobody can know")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("refused after %v", took)
	}
	w.line.set(false)
	eventually(t, "what changed meanwhile", func() bool {
		return w.accepts("shop.comes", "one") && !w.accepts("shop.goes", "one")
	})
	if !w.accepts("shop.stays", "one") {
		t.Error("a client was lost")
	}
}

// A live read helps where the watch does not run at all.
func TestReadThroughOnAPIServer(t *testing.T) {
	w := newWorld(t)
	w.create(t, registrationSecret(t, "shop.new", "one"))
	if !w.authenticates(t, "shop.new", "one") {
		t.Error("a registered client was refused")
	}
	if w.authenticates(t, "shop.new", "two") || w.authenticates(t, "shop.nobody", "one") {
		t.Error("a wrong credential was accepted")
	}
}

// The operator learns what this replica has loaded, that it lives, and that it ends.
func TestReport(t *testing.T) {
	w := newWorld(t)
	w.furnish(t)
	w.create(t, registrationSecret(t, "shop.new", "one"))
	w.start(t)
	key := types.NamespacedName{Namespace: w.namespace, Name: "default-replica-a"}
	report := new(v1alpha1.IssuerReport)
	eventually(t, "a report", func() bool {
		err := w.Client.Get(t.Context(), key, report)
		return err == nil && report.Spec.SigningRevision == 3 && report.Spec.SealingRevision == 4
	})
	if report.Spec.IssuerName != issuertest.Name || report.Spec.Registrations != 1 || time.Since(report.Spec.RenewedAt.Time) > time.Minute {
		t.Errorf("%+v", report.Spec)
	}
	rings := new(corev1.Secret)
	if err := w.Client.Get(t.Context(), types.NamespacedName{Namespace: w.namespace, Name: "default-signing-keys"}, rings); err != nil {
		t.Fatal(err)
	}
	rings.Data = ringSecret(t, rings.Name, issuertest.NewRing(t, 9, keys.ES256)).Data
	if err := w.Client.Update(t.Context(), rings); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a report on the next ring", func() bool {
		return w.Client.Get(t.Context(), key, report) == nil && report.Spec.SigningRevision == 9
	})
	w.stop()
	if err := w.Client.Get(t.Context(), key, report); !apierrors.IsNotFound(err) {
		t.Errorf("the report after the end: %v", err)
	}
}

// What a live API server refuses must show in the metrics, not only in the log.
func TestFeedWithoutRights(t *testing.T) {
	w := newWorld(t)
	binding := grantedIn(w.namespace)
	if err := w.Client.Delete(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	w.start(t)
	eventually(t, "a counted failure", func() bool {
		recorder := httptest.NewRecorder()
		w.Operations.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return strings.Contains(recorder.Body.String(), `tokenwright_issuer_watch_errors_total{resource="secrets"}`)
	})
	if w.ready() {
		t.Error("ready without rights")
	}
}
