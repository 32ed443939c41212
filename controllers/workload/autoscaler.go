package workload

import (
	"cmp"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	autoscalingac "k8s.io/client-go/applyconfigurations/autoscaling/v2"

	"tokenwright.dev/api/v1alpha1"
)

// What holds where the TokenIssuer does not say.
const (
	defaultReplicas       int32 = 2
	defaultCPUUtilization int32 = 70
)

func autoscaler(ti *v1alpha1.TokenIssuer) *autoscalingac.HorizontalPodAutoscalerApplyConfiguration {
	wish := deployment(ti).Autoscaling
	if wish == nil {
		return nil
	}
	return autoscalingac.HorizontalPodAutoscaler(Name(ti), ti.Namespace).WithLabels(labels(ti)).WithOwnerReferences(owner(ti)).
		WithSpec(autoscalingac.HorizontalPodAutoscalerSpec().
			WithScaleTargetRef(autoscalingac.CrossVersionObjectReference().
				WithAPIVersion("apps/v1").WithKind("Deployment").WithName(Name(ti))).
			WithMinReplicas(least(wish)).
			WithMaxReplicas(wish.MaxReplicas).
			WithMetrics(autoscalingac.MetricSpec().
				WithType(autoscalingv2.ResourceMetricSourceType).
				WithResource(autoscalingac.ResourceMetricSource().
					WithName(corev1.ResourceCPU).
					WithTarget(autoscalingac.MetricTarget().
						WithType(autoscalingv2.UtilizationMetricType).
						WithAverageUtilization(or(wish.TargetCPUUtilization, defaultCPUUtilization))))))
}

// least is the least number of Pods that an autoscaler may choose.
func least(wish *v1alpha1.Autoscaling) int32 { return or(wish.MinReplicas, defaultReplicas) }

func or(value *int32, otherwise int32) int32 { return *cmp.Or(value, &otherwise) }
