package condition

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// MaxFaults is how many faults a message tells of; of the others it says how many they are.
const MaxFaults = 5

// Fault is one thing that is wrong: the reason that stands for it, and what to do about it.
type Fault struct{ Reason, Message string }

// Faults is a condition that does not hold for all of these, at least one, the most urgent first. It has the reason of that
// one, and its message begins with that one's.
func Faults(kind string, faults ...Fault) metav1.Condition {
	texts := make([]string, len(faults))
	for i, fault := range faults {
		texts[i] = fault.Message
		if i > 0 && fault.Reason != faults[0].Reason {
			texts[i] = fault.Reason + ": " + fault.Message
		}
	}
	return False(kind, faults[0].Reason, List("; also ", MaxFaults, texts...))
}

// List joins texts by a separator: most of them, and how many more there are.
func List(separator string, most int, texts ...string) string {
	told := strings.Join(texts[:min(most, len(texts))], separator)
	if more := len(texts) - most; more > 0 {
		told += fmt.Sprintf("; and %d more", more)
	}
	return told
}

// consequences are the reasons of conditions that only say that another one is False.
var consequences = []string{v1alpha1.ReasonNotRegistered}

// others names the conditions besides the first of these that are not true for reasons of their own.
func others(wrong []metav1.Condition) string {
	var names []string
	for _, c := range wrong[1:] {
		if isNews(c, wrong[0]) {
			names = append(names, fmt.Sprintf("%s (%s)", c.Type, c.Reason))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; see also " + List(", ", MaxFaults, names...)
}

// isNews tells whether a condition says what the first one does not.
func isNews(c, first metav1.Condition) bool {
	for _, reason := range consequences {
		if c.Reason == reason {
			return false
		}
	}
	return c.Reason != first.Reason || c.Message != first.Message
}
