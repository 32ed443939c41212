package hostile

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// mostWrites is how often a client that cannot be made true may be written to in a minute, and so in any shorter window.
const mostWrites = 10

// window is how long writes are counted.
func window() time.Duration {
	if measure {
		return time.Minute
	}
	return 8 * time.Second
}

// cause keeps the operator from writing the Secret of a client, each in a namespace of its own.
type cause struct {
	name string
	// before is done before there is a client, and strike when it is Ready; where before keeps it from that, strike is nil.
	before, strike func(*testing.T, *team)
	// words stand in what the API server says; without them the client's status is not looked at.
	words string
}

// The client that suffers.
const victim = "victim"

// writeLoops lets all causes strike, and counts what the operator writes for each meanwhile.
func (w *tenantWorld) writeLoops(t *testing.T, _ *world) {
	causes := []cause{
		{name: "immutable", strike: makeImmutable, words: "immutable"},
		{name: "quota", before: exhaustQuota, words: "exceeded quota"},
		{name: "admission", before: refuseSecrets, words: refusal},
		{name: "terminating", strike: terminate},
		{name: "oversize", strike: fillUp, words: "Too long"},
		{name: "second-writer", strike: revertForEver},
	}
	teams := map[string]*team{}
	for _, c := range causes {
		m := newTeam(t, w.world, "team-"+c.name)
		teams[c.name] = m
		if c.before == nil {
			m.register(t, victim)
		}
	}
	began := time.Now()
	for _, c := range causes {
		m := teams[c.name]
		if c.strike != nil {
			c.strike(t, m)
			continue
		}
		c.before(t, m)
		live.Create(t, m.hands, m.oauthClient(victim))
	}
	end := time.NewTimer(window())
	defer end.Stop()
	<-end.C
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) { w.wantRest(t, teams[c.name], began, c) })
	}
	t.Run("what a user mends heals", func(t *testing.T) { w.wantHealed(t, teams["immutable"]) })
}

// wantRest wants few writes, and the truth.
func (w *tenantWorld) wantRest(t *testing.T, m *team, since time.Time, c cause) {
	written := w.writtenFor(t, m, since)
	total := 0
	for _, count := range written {
		total += count
	}
	w.figures.note("writes", c.name, total, "in", time.Since(since).Round(time.Second))
	if total > mostWrites {
		t.Errorf("%d writes in %v, want at most %d a minute: %v", total, time.Since(since).Round(time.Second), mostWrites, written)
	}
	if c.words != "" {
		w.wantTruth(t, m, c.words)
	}
}

// writtenFor counts the operator's writes for the client of a team: all in its namespace, and its registration.
func (w *tenantWorld) writtenFor(t *testing.T, m *team, since time.Time) map[string]int {
	registered := registration.SecretName("default", policy.ClientID(m.oauthClient(victim)))
	count := map[string]int{}
	for _, a := range w.asked(t, since, func(a live.Audited) bool {
		return !reads(a) && (a.Namespace == m.namespace || a.Name == registered)
	}) {
		count[fmt.Sprintf("%s %s in %s: %d", a.Verb, a.Resource, a.Namespace, a.Code)]++
	}
	return count
}

// wantTruth: the client is registered, its Secret is not written, and only a user can help.
func (w *tenantWorld) wantTruth(t *testing.T, m *team, words string) {
	oc := m.oauthClient(victim)
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(oc), oc); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]metav1.ConditionStatus{
		v1alpha1.Registered: metav1.ConditionTrue, v1alpha1.CredentialsReady: metav1.ConditionFalse,
		v1alpha1.Ready: metav1.ConditionFalse, v1alpha1.Stalled: metav1.ConditionTrue, v1alpha1.Reconciling: "",
	} {
		if got := live.Condition(oc, kind).Status; got != want {
			t.Errorf("%s is %q, want %q", kind, got, want)
		}
	}
	if message := live.Condition(oc, v1alpha1.CredentialsReady).Message; !strings.Contains(message, words) {
		t.Errorf("CredentialsReady says %q, want what the API server said: %q", message, words)
	}
}

// wantHealed deletes the Secret that could not be written.
func (w *tenantWorld) wantHealed(t *testing.T, m *team) {
	live.Remove(t, m.hands, m.secret(victim))
	began := time.Now()
	credentials := w.Credentials(t, live.AwaitReady(t, w.Installation, m.oauthClient(victim)))
	if took := time.Since(began); took > soon {
		t.Errorf("Ready after %v", took)
	}
	w.wantToken(t, credentials, "a token", func(live.Token) bool { return true })
}

// makeImmutable takes the client secret out of the Secret and lets nobody put another one in.
func makeImmutable(t *testing.T, m *team) {
	live.Change(t, m.hands, m.secret(victim), func(s *corev1.Secret) {
		delete(s.Data, "client-secret")
		s.Immutable = new(true)
	})
}

// exhaustQuota lets no further Secret in. Nobody counts quotas here, so the status is written as whoever does would.
func exhaustQuota(t *testing.T, m *team) {
	none := corev1.ResourceList{corev1.ResourceSecrets: resource.MustParse("0")}
	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: m.namespace, Name: "none"}}
	quota.Spec.Hard = none
	live.Create(t, m.Client, quota)
	quota.Status = corev1.ResourceQuotaStatus{Hard: none, Used: none}
	if err := m.Client.Status().Update(t.Context(), quota); err != nil {
		t.Fatal(err)
	}
	m.awaitRefused(t)
}

// refusal is what the admission policy says.
const refusal = "Secrets come from the vault here"

// refuseSecrets is an admission policy of the platform, as there are many.
func refuseSecrets(t *testing.T, m *team) {
	meta := metav1.ObjectMeta{Name: "vault-only"}
	live.Create(t, m.Client, &admissionregistrationv1.ValidatingAdmissionPolicy{ObjectMeta: meta, Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
		MatchConstraints: &admissionregistrationv1.MatchResources{
			NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: m.namespace}},
			ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{RuleWithOperations: admissionregistrationv1.RuleWithOperations{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"secrets"}},
			}}},
		},
		Validations: []admissionregistrationv1.Validation{{Expression: "false", Message: refusal}},
	}})
	live.Create(t, m.Client, &admissionregistrationv1.ValidatingAdmissionPolicyBinding{ObjectMeta: meta, Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: meta.Name, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
	}})
	m.awaitRefused(t)
}

// awaitRefused tries in vain to make a Secret, until the API server says so; nothing that could be watched tells of it.
func (m *team) awaitRefused(t *testing.T) {
	t.Helper()
	m.within(t, "Secrets to be refused in "+m.namespace, func() bool {
		err := m.hands.Create(t.Context(), m.secret("attempt"), client.DryRunAll)
		return apierrors.IsForbidden(err) || apierrors.IsInvalid(err)
	})
}

// terminate deletes the namespace, and holds it and its client back, as a controller would that is away.
func terminate(t *testing.T, m *team) {
	live.Change(t, m.hands, m.oauthClient(victim), func(oc *v1alpha1.OAuthClient) {
		oc.Finalizers = append(oc.Finalizers, "example.org/away")
	})
	live.Remove(t, m.Client, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: m.namespace}})
}

// fillUp takes the client secret out of the Secret and fills it, so that no other one fits.
func fillUp(t *testing.T, m *team) {
	live.Change(t, m.hands, m.secret(victim), func(s *corev1.Secret) {
		delete(s.Data, "client-secret")
		left := corev1.MaxSecretSize
		for _, value := range s.Data {
			left -= len(value)
		}
		s.Data["filler"] = bytes.Repeat([]byte("x"), left)
	})
}

// revertForEver is another writer that means to own the Secret: whatever the operator puts into it, it takes out at once.
func revertForEver(t *testing.T, m *team) {
	const mine = "what another tool thinks that it should be"
	ctx, cancel := context.WithCancel(t.Context())
	changes, err := m.hands.Watch(ctx, &corev1.SecretList{}, client.InNamespace(m.namespace))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for change := range changes.ResultChan() {
			secret, ok := change.Object.(*corev1.Secret)
			if !ok || slices.Equal(secret.Data["client-secret"], []byte(mine)) {
				continue
			}
			before := secret.DeepCopy()
			secret.Data["client-secret"] = []byte(mine)
			_ = m.hands.Patch(ctx, secret, client.MergeFrom(before)) // it tries again when it sees the next change
		}
	}()
	t.Cleanup(func() {
		cancel()
		changes.Stop()
		<-ended
	})
}
