package tokenissuer

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// announce tells of what went wrong, once for each reason, and of each key that began to sign or was revoked.
func (r *Reconciler) announce(ti *v1alpha1.TokenIssuer, next v1alpha1.TokenIssuerStatus) {
	ready := meta.FindStatusCondition(next.Conditions, v1alpha1.Ready)
	for _, kind := range []string{v1alpha1.Ready, v1alpha1.IdentityProvidersReady, v1alpha1.SourcesKnown, v1alpha1.KeysRevoked} {
		before, after := meta.FindStatusCondition(ti.Status.Conditions, kind), meta.FindStatusCondition(next.Conditions, kind)
		if !alarming(before, after) || kind != v1alpha1.Ready && after.Reason == ready.Reason {
			continue
		}
		r.Events.Eventf(ti, nil, corev1.EventTypeWarning, after.Reason, "Reconcile", "%s", condition.Note(after.Message))
	}
	r.announceURLs(ti, next)
	for _, key := range turned(ti.Status.Keys, next.Keys, v1alpha1.KeyActive) {
		r.Events.Eventf(ti, nil, corev1.EventTypeNormal, "KeyActive", "Rotate", "key %s (%s) signs now", key.KID, key.Algorithm)
	}
	for _, key := range turned(ti.Status.Keys, next.Keys, v1alpha1.KeyRevoked) {
		r.Events.Eventf(ti, nil, corev1.EventTypeWarning, "KeyRevoked", "Revoke",
			"key %s (%s) was revoked: what it signed is refused here%s", key.KID, key.Algorithm, offline)
	}
	for _, key := range turned(ti.Status.SealingKeys, next.SealingKeys, v1alpha1.KeyRevoked) {
		r.Events.Eventf(ti, nil, corev1.EventTypeWarning, "KeyRevoked", "Revoke",
			"sealing key %s was revoked: codes, refresh tokens, opaque access tokens and sessions under it have ended", key.KID)
	}
}

// alarming tells whether somebody should hear of a condition, once for each reason.
func alarming(before, after *metav1.Condition) bool {
	if after == nil || before != nil && before.Reason == after.Reason {
		return false
	}
	return after.Status != metav1.ConditionTrue || after.Reason == v1alpha1.ReasonUserEntriesRefused
}

// turned lists the keys that are in state, and were in another before.
func turned(before, after []v1alpha1.KeyStatus, state v1alpha1.KeyState) []v1alpha1.KeyStatus {
	return slices.DeleteFunc(slices.Clone(after), func(key v1alpha1.KeyStatus) bool {
		was := slices.IndexFunc(before, func(k v1alpha1.KeyStatus) bool { return k.KID == key.KID })
		return key.State != state || was < 0 || before[was].State == state
	})
}
