package workload

import (
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"

	"tokenwright.dev/api/v1alpha1"
)

// Manager is who applies all these objects.
const Manager = "tokenwright-operator"

// Replicas is the number of Pods to ask for; nil when that is up to somebody else. While an autoscaler has not chosen yet,
// the number stays as it is, within its bounds: leaving it out would let it fall to one.
func Replicas(ti *v1alpha1.TokenIssuer, live *appsv1.Deployment) *int32 {
	wish := deployment(ti)
	switch {
	case wish.Autoscaling == nil:
		return new(or(wish.Replicas, usual(ti)))
	case live.Spec.Replicas == nil:
		return new(least(wish.Autoscaling))
	case scaledElsewhere(live):
		return nil
	default:
		return new(min(max(*live.Spec.Replicas, least(wish.Autoscaling)), wish.Autoscaling.MaxReplicas))
	}
}

// usual is the number of Pods where ti does not say.
func usual(ti *v1alpha1.TokenIssuer) int32 {
	if alone(ti) {
		return 1
	}
	return defaultReplicas
}

// alone tells whether a Pod of ti must have none beside it, since it alone knows what it remembers.
func alone(ti *v1alpha1.TokenIssuer) bool {
	return ti.Spec.Storage != nil && ti.Spec.Storage.Type == v1alpha1.StorageMemory
}

// scaledElsewhere tells whether somebody else has set the number of Pods.
func scaledElsewhere(live *appsv1.Deployment) bool {
	for _, entry := range live.ManagedFields {
		var fields struct {
			Spec struct {
				Replicas *struct{} `json:"f:replicas"`
			} `json:"f:spec"`
		}
		if entry.Manager == Manager || entry.FieldsV1 == nil {
			continue
		}
		if json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) == nil && fields.Spec.Replicas != nil {
			return true
		}
	}
	return false
}
