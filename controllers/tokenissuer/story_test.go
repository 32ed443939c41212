package tokenissuer_test

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/tokenissuer"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// story is a stage with a TokenIssuer that nobody has reconciled yet.
type story struct {
	*stage.Stage
	reconciler *tokenissuer.Reconciler
	issuer     *v1alpha1.TokenIssuer
}

func begin(t *testing.T, options ...func(*v1alpha1.TokenIssuer)) *story {
	t.Helper()
	s := &story{Stage: stage.New(t)}
	s.reconciler = s.TokenIssuers()
	s.issuer = build.TokenIssuer(s.Issuer().String(), options...)
	s.Create(t, s.issuer)
	return s
}

// running is a story whose issuer has its keys; nothing is written or told any more.
func running(t *testing.T, options ...func(*v1alpha1.TokenIssuer)) *story {
	t.Helper()
	s := begin(t, options...)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	s.Writes()
	s.Told()
	return s
}

func (s *story) pass(t *testing.T) ctrl.Result {
	t.Helper()
	result := s.Reconcile(t, s.reconciler, s.issuer)
	s.Read(t, s.issuer)
	return result
}

// settle reconciles until a pass writes nothing, three times at most.
func (s *story) settle(t *testing.T) {
	t.Helper()
	s.Writes()
	for range 3 {
		if _, err := s.Try(t, s.reconciler, s.issuer); err != nil {
			t.Logf("a pass failed: %v", err)
			continue
		}
		if len(s.Writes()) == 0 {
			return
		}
	}
	t.Error("the issuer does not come to rest")
}

func (s *story) signingSecret() *corev1.Secret {
	return s.secret(registration.SigningRingName("default"))
}
func (s *story) sealingSecret() *corev1.Secret {
	return s.secret(registration.SealingRingName("default"))
}

func (s *story) secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: name}}
}

func (s *story) configuration() *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: registration.ServiceName("default")}}
}

// ring reads what a replica would load.
func (s *story) ring(t *testing.T, held *corev1.Secret) keys.Ring {
	t.Helper()
	s.Read(t, held)
	ring, err := keys.DecodeRing(held.Data[registration.RingDataKey])
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// report lets a replica say that it has loaded both rings as they are now.
func (s *story) report(t *testing.T, replica string) {
	t.Helper()
	s.reportRevisions(t, replica, s.ring(t, s.signingSecret()).Revision, s.ring(t, s.sealingSecret()).Revision)
}

func (s *story) reportRevisions(t *testing.T, replica string, signing, sealing int64) {
	t.Helper()
	report := build.Report(replica, s.Issuer().String(), s.Clock.Now(), signing, sealing)
	if s.Gone(t, report) {
		s.Create(t, report)
		return
	}
	spec := build.Report(replica, s.Issuer().String(), s.Clock.Now(), signing, sealing).Spec
	stage.Change(t, s.Stage, report, func(r *v1alpha1.IssuerReport) { r.Spec = spec })
}

func (s *story) step(d time.Duration) { s.Clock.SetTime(s.Clock.Now().Add(d)) }

// states tells the algorithm and state of each key in status, in order.
func states(rows []v1alpha1.KeyStatus) []string {
	out := []string{}
	for _, row := range rows {
		out = append(out, fmt.Sprintf("%s %s", row.Algorithm, row.State))
	}
	return out
}

func key(object client.Object) types.NamespacedName { return client.ObjectKeyFromObject(object) }
