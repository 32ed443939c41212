package workload

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"tokenwright.dev/issuer/login"
)

const kib = 1 << 10

// The default limit has room for what passwords need, and changes only in steps.
func TestDefaultLimit(t *testing.T) {
	for _, tc := range []struct {
		name    string
		hashing int64
		want    string
	}{
		{"nobody logs in", 0, "256Mi"},
		{"bcrypt", 16 * kib, "256Mi"},
		{"19 MiB, the least of OWASP", 19 * mib, "256Mi"},
		{"64 MiB, as we recommend", 64 * mib, "320Mi"},
		{"a little more", 65 * mib, "320Mi"},
		{"as costly as can be", 256 * mib, "1088Mi"},
	} {
		limit := defaultLimit(tc.hashing)
		if limit.String() != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, limit.String(), tc.want)
		}
		runtime, _ := runtimeLimit(corev1.ResourceList{corev1.ResourceMemory: limit})
		if login.HashingBudget(runtime) < tc.hashing {
			t.Errorf("%s: %s leaves %d for hashing", tc.name, limit.String(), login.HashingBudget(runtime))
		}
	}
}

// LimitFor is the least that is enough.
func TestLimitFor(t *testing.T) {
	for _, hashing := range []int64{1, 16 * kib, 64 * mib, 256 * mib} {
		limit := LimitFor(hashing)
		enough, _ := runtimeLimit(corev1.ResourceList{corev1.ResourceMemory: *limit})
		limit.Sub(resource.MustParse("1Mi"))
		less, _ := runtimeLimit(corev1.ResourceList{corev1.ResourceMemory: *limit})
		if login.HashingBudget(enough) < hashing || login.HashingBudget(less) >= hashing {
			t.Errorf("%d bytes: %d are enough, %d are less", hashing, enough, less)
		}
	}
}

// TestRuntimeLimit reads what Pods are told of their limit, whatever it comes from.
func TestRuntimeLimit(t *testing.T) {
	for _, tc := range []struct {
		spec string
		want int64 // MB; zero for none
	}{
		{"{}", 320},
		{"{deployment: {resources: {limits: {memory: 512Mi}}}}", 512},
		{"{deployment: {resources: {limits: {memory: 1G}}}}", 954}, // rounded up, as in the Pod
		{"{deployment: {resources: {limits: {cpu: 1}}}}", 0},
		{"{deployment: {resources: {}}}", 0},
		{"{deployment: {podTemplate: {spec: {containers: [{name: issuer, resources: {limits: {memory: 1Gi}}}]}}}}", 1024},
		{"{deployment: {podTemplate: {spec: {containers: [{name: other, image: x, resources: {limits: {memory: 1Gi}}}]}}}}", 320},
		{"{deployment: {podTemplate: {spec: {serviceAccountName: other}}}}", 320}, // refused
		{"{deployment: {resources: {limits: {cpu: 1}}, podTemplate: {spec: {serviceAccountName: other}}}}", 0},
	} {
		got, limited := RuntimeLimit(issuer(t, tc.spec), 64*mib)
		if got != tc.want*1_000_000 || limited != (tc.want > 0) {
			t.Errorf("%s: %d, limited %v; want %d MB", tc.spec, got, limited, tc.want)
		}
	}
}

// A file of users that is away for a moment does not take room away from the Pods that run.
func TestHashingBesideLivePods(t *testing.T) {
	live := new(appsv1.Deployment)
	live.Spec.Template.Spec.Containers = []corev1.Container{
		{Name: "other", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("4Gi")}}},
		{Name: "issuer", Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("320Mi")}}},
	}
	for _, tc := range []struct {
		name string
		of   Hashing
		live *appsv1.Deployment
		want string
	}{
		{"known", Hashing{Memory: 1, Known: true}, live, "256Mi"},
		{"away", Hashing{}, live, "320Mi"},
		{"one is away, another costlier", Hashing{Memory: 256 * mib}, live, "1088Mi"},
		{"away, and nothing runs", Hashing{}, new(appsv1.Deployment), "256Mi"},
	} {
		if got := defaultLimit(tc.of.Beside(tc.live)); got.String() != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got.String(), tc.want)
		}
	}
}
