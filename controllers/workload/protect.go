package workload

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"tokenwright.dev/api/v1alpha1"
)

// kept is what a patch may not change, by its path: who the Pod is, what keeps it from the node and from its neighbours,
// and how the issuer is called.
var kept = []struct {
	path string
	of   func(*corev1.PodSpec) any
}{
	{"spec.serviceAccountName", func(s *corev1.PodSpec) any { return s.ServiceAccountName }},
	{"spec.serviceAccount", func(s *corev1.PodSpec) any { return s.DeprecatedServiceAccount }},
	{"spec.automountServiceAccountToken", func(s *corev1.PodSpec) any { return s.AutomountServiceAccountToken }},
	{"spec.securityContext", func(s *corev1.PodSpec) any { return s.SecurityContext }},
	{"spec.hostNetwork", func(s *corev1.PodSpec) any { return s.HostNetwork }},
	{"spec.hostPID", func(s *corev1.PodSpec) any { return s.HostPID }},
	{"spec.hostIPC", func(s *corev1.PodSpec) any { return s.HostIPC }},
	{"spec.shareProcessNamespace", func(s *corev1.PodSpec) any { return s.ShareProcessNamespace }},
	{"the container's command", func(s *corev1.PodSpec) any { return ours(s).Command }},
	{"the container's args", func(s *corev1.PodSpec) any { return ours(s).Args }},
	{"the container's ports", func(s *corev1.PodSpec) any { return ours(s).Ports }},
	{"the container's securityContext", func(s *corev1.PodSpec) any { return ours(s).SecurityContext }},
}

// protect says what of before a patch changed that it may not.
func protect(before, after *corev1.PodTemplateSpec) error {
	changed := slices.Concat(marksChanged(before, after), keptChanged(&before.Spec, &after.Spec), volumesChanged(&before.Spec, &after.Spec))
	if len(changed) == 0 {
		return nil
	}
	slices.Sort(changed)
	return fmt.Errorf("%w may not change %s: leave that out", ErrPatch, strings.Join(changed, ", "))
}

// marksChanged looks at our labels, and at the annotation that must follow the ServiceAccount.
func marksChanged(before, after *corev1.PodTemplateSpec) (changed []string) {
	for key, value := range before.Labels {
		if after.Labels[key] != value {
			changed = append(changed, "the label "+key)
		}
	}
	if after.Annotations[v1alpha1.AccountAnnotation] != before.Annotations[v1alpha1.AccountAnnotation] {
		changed = append(changed, "the annotation "+v1alpha1.AccountAnnotation)
	}
	return changed
}

func keptChanged(before, after *corev1.PodSpec) (changed []string) {
	for _, k := range kept {
		if !equality.Semantic.DeepEqual(k.of(before), k.of(after)) {
			changed = append(changed, k.path)
		}
	}
	return changed
}

// volumesChanged looks at our volumes, and at who mounts them where.
func volumesChanged(before, after *corev1.PodSpec) (changed []string) {
	for _, volume := range before.Volumes {
		if !holds(after.Volumes, volume) {
			changed = append(changed, "the volume "+volume.Name)
		}
		if borrowed(after, volume.Name) {
			changed = append(changed, "who mounts the volume "+volume.Name)
		}
	}
	for _, mount := range ours(before).VolumeMounts {
		if !holds(ours(after).VolumeMounts, mount) {
			changed = append(changed, "the mount at "+mount.MountPath)
		}
	}
	return changed
}

// ours is the issuer's container; empty if there is none.
func ours(spec *corev1.PodSpec) corev1.Container {
	for _, c := range spec.Containers {
		if c.Name == containerName {
			return c
		}
	}
	return corev1.Container{}
}

// holds tells whether one of list is just like wanted.
func holds[T any](list []T, wanted T) bool {
	return slices.ContainsFunc(list, func(item T) bool { return equality.Semantic.DeepEqual(item, wanted) })
}

// borrowed tells whether another container than ours mounts a volume of ours.
func borrowed(spec *corev1.PodSpec, volume string) bool {
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		mounts := slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume })
		if mounts && c.Name != containerName {
			return true
		}
	}
	return false
}
