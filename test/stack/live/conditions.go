package live

import (
	"testing"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// AwaitReady watches until the object is Ready, for its present spec.
func AwaitReady[T client.Object](t testing.TB, in *Installation, like T) T {
	t.Helper()
	return Await(t, in, like, "to be Ready", func(object T) bool { return IsReady(object) })
}

// AwaitReason watches until the object is not Ready for this reason, and returns the message.
func AwaitReason[T client.Object](t testing.TB, in *Installation, like T, reason string) string {
	t.Helper()
	object := Await(t, in, like, "not to be Ready: "+reason, func(object T) bool {
		ready := Condition(object, v1alpha1.Ready)
		return ready.Status == metav1.ConditionFalse && ready.Reason == reason
	})
	return Condition(object, v1alpha1.Ready).Message
}

// IsReady tells whether the object is Ready, for its present spec.
func IsReady(object client.Object) bool {
	return Condition(object, v1alpha1.Ready).Status == metav1.ConditionTrue
}

// Condition is the condition of a type, if it speaks of the present spec; else the zero value.
func Condition(object client.Object, kind string) metav1.Condition {
	found := apimeta.FindStatusCondition(conditions(object), kind)
	if found == nil || found.ObservedGeneration != object.GetGeneration() {
		return metav1.Condition{}
	}
	return *found
}

func conditions(object client.Object) []metav1.Condition {
	switch o := object.(type) {
	case *v1alpha1.OAuthClient:
		return o.Status.Conditions
	case *v1alpha1.TokenPolicy:
		return o.Status.Conditions
	case *v1alpha1.TokenIssuer:
		return o.Status.Conditions
	case *v1alpha1.TokenRevocation:
		return o.Status.Conditions
	default:
		return nil
	}
}
