package condition

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

const (
	// maxMessage is the API's own bound for a condition's message.
	maxMessage = 32768
	// maxNote is that for an Event's note; a longer one would be refused, and nobody told.
	maxNote = 1024
)

// True is a condition that holds.
func True(kind, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: message}
}

// False is a condition that does not hold.
func False(kind, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: message}
}

// Summarize puts Ready before parts: True with message if all of them are, else False with the reason and message of the
// first that is not, which names the others. Beside that stands who is to act: Reconciling for a reason in transient, which
// passes by itself, else Stalled.
func Summarize(message string, transient []string, parts ...metav1.Condition) []metav1.Condition {
	ready := True(v1alpha1.Ready, v1alpha1.ReasonReady, message)
	wrong := slices.DeleteFunc(slices.Clone(parts), func(c metav1.Condition) bool { return c.Status == metav1.ConditionTrue })
	if len(wrong) == 0 {
		return append([]metav1.Condition{ready}, parts...)
	}
	first := wrong[0]
	ready = False(v1alpha1.Ready, first.Reason, first.Message+others(wrong))
	who := v1alpha1.Stalled
	if slices.Contains(transient, first.Reason) {
		who = v1alpha1.Reconciling
	}
	return append([]metav1.Condition{ready, True(who, first.Reason, ready.Message)}, parts...)
}

// Merge gives next the generation that they describe, and to each the transition time that it had in old if its status
// did not change, else now.
func Merge(old []metav1.Condition, generation int64, now time.Time, next ...metav1.Condition) []metav1.Condition {
	merged := slices.Clone(next)
	for i := range merged {
		c := &merged[i]
		c.ObservedGeneration = generation
		c.Message = strings.ToValidUTF8(c.Message[:min(len(c.Message), maxMessage)], "")
		c.LastTransitionTime = metav1.NewTime(now.Truncate(time.Second))
		if before := meta.FindStatusCondition(old, c.Type); before != nil && before.Status == c.Status {
			c.LastTransitionTime = before.LastTransitionTime
		}
	}
	return merged
}

// Note is a condition's message as an Event can carry it.
func Note(message string) string {
	return strings.ToValidUTF8(message[:min(len(message), maxNote)], "")
}
