package hostile

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// foreignAnnotation writes another team's client into the annotations by which registrations name theirs. A pass reads the
// registration of its client, so those reads are counted.
func (w *tenantWorld) foreignAnnotation(t *testing.T, _ *world) {
	m, other := newTeam(t, w.world, "team-meddles"), newTeam(t, w.world, "team-meddled-with")
	m.register(t, "own")
	other.register(t, victim)
	w.passesQuiet(t, m)
	began := time.Now()
	for _, labels := range []map[string]string{
		{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue},
		{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue, v1alpha1.ClientLabel: "bait"},
	} {
		bait := m.secret("bait")
		bait.Labels, bait.Annotations = labels, map[string]string{
			v1alpha1.OwnerAnnotation:    other.namespace + "/" + victim,
			v1alpha1.ClientIDAnnotation: policy.ClientID(other.oauthClient(victim)),
		}
		live.Create(t, m.hands, bait)
		for i := range 5 {
			live.Change(t, m.hands, bait, func(s *corev1.Secret) { s.Annotations["turn"] = strconv.Itoa(i) })
		}
		live.Remove(t, m.hands, bait)
	}
	w.passesQuiet(t, m)
	registered := registration.SecretName("default", policy.ClientID(other.oauthClient(victim)))
	woken := w.asked(t, began, func(a live.Audited) bool { return a.Name == registered || a.Namespace == other.namespace })
	if len(woken) > 0 {
		t.Errorf("the other team's client was looked at %d times, the first time: %v", len(woken), woken[0])
	}
}

// passesQuiet waits until the operator has heard of all that was written to Secrets, by something that it answers: it tells
// of Secrets in the order in which they were written.
func (w *tenantWorld) passesQuiet(t *testing.T, m *team) {
	t.Helper()
	own := m.secret("own")
	live.Change(t, m.hands, own, func(s *corev1.Secret) { delete(s.Data, "client-id") })
	live.Await(t, w.Installation, own, "to be healed", func(s *corev1.Secret) bool { return len(s.Data["client-id"]) > 0 })
}

const (
	// largeSecrets of largeAnnotations bytes each would be 20 MB if they were kept.
	largeSecrets     = 80
	largeAnnotations = 250 << 10
	filled           = largeSecrets * largeAnnotations
	// mayGrow is what the operator's live heap may grow by meanwhile: a few KB for each, and what else happens.
	mayGrow = 8 << 20
)

// liveHeap is the metric for what the operator's last garbage collection left, and collections counts these.
const (
	liveHeap    = "go_gc_heap_live_bytes"
	collections = "go_gc_cycles_total_gc_cycles_total"
)

// largeSecretsAreNotKept fills the annotations of Secrets that look like the operator's own.
func (w *tenantWorld) largeSecretsAreNotKept(t *testing.T, _ *world) {
	m := newTeam(t, w.world, "team-large")
	m.register(t, "own")
	before := w.heap(t)
	for i := range largeSecrets {
		large := m.secret(fmt.Sprintf("large-%02d", i))
		large.Labels = map[string]string{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue, v1alpha1.ClientLabel: "large"}
		large.Annotations = map[string]string{"example.org/filler": strings.Repeat("x", largeAnnotations)}
		live.Create(t, m.hands, large)
	}
	w.passesQuiet(t, m)
	grown := w.heap(t) - before
	w.figures.note("memory", "live heap of the operator", fmt.Sprintf("grew by %.1f MB for %d MB", grown/1e6, filled/1_000_000))
	if grown > mayGrow {
		t.Errorf("%d Secrets with %d bytes of annotations each: the operator's live heap grew by %.0f bytes, want at most %d",
			largeSecrets, largeAnnotations, grown, mayGrow)
	}
	w.notePeak(t, m)
}

// notePeak notes what the operator takes when it starts over all that there is.
func (w *tenantWorld) notePeak(t *testing.T, m *team) {
	before := memory(t, w.Operator.PID, "VmHWM")
	if err := w.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := w.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.passesQuiet(t, m)
	w.figures.note("memory", "peak of the operator", before>>20, "MiB,", memory(t, w.Operator.PID, "VmHWM")>>20, "MiB when it starts over that")
}

// heap reads the operator's live heap after two garbage collections that began after now: asking for metrics makes some
// garbage.
func (w *tenantWorld) heap(t *testing.T) float64 {
	t.Helper()
	first := w.metrics(t, w.OperatorMetricsURL)
	for range 1000 {
		if last := w.metrics(t, w.OperatorMetricsURL); last[collections] >= first[collections]+2 {
			return last[liveHeap]
		}
	}
	t.Fatalf("the operator collects no garbage: %v cycles", first[collections])
	return 0
}
