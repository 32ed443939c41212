package workload

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

func patched(text string) *v1alpha1.TokenIssuer {
	return build.TokenIssuer("tokenwright-system/default", build.RunHere(v1alpha1.Deployment{
		PodTemplate: &runtime.RawExtension{Raw: []byte(text)},
	}))
}

// podOf is the Pod as the API server would read it.
func podOf(t *testing.T, ti *v1alpha1.TokenIssuer) corev1.PodSpec {
	t.Helper()
	template, err := Template(ti, Image{Name: "tokenwright:a"}, "a", 0)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	var out corev1.PodTemplateSpec
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out.Spec
}

// TestPatchesThatAreRefused lists what a podTemplate may not touch, however it goes about it.
func TestPatchesThatAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, patch, says string }{
		{"ServiceAccount", `{"spec": {"serviceAccountName": "default"}}`, "spec.serviceAccountName"},
		{"ServiceAccount by its former name", `{"spec": {"serviceAccount": "default"}}`, "spec.serviceAccount"},
		{"a token for every container", `{"spec": {"automountServiceAccountToken": true}}`, "spec.automountServiceAccountToken"},
		{"another user", `{"spec": {"securityContext": {"runAsUser": 0}}}`, "spec.securityContext"},
		{"no security context", `{"spec": {"securityContext": null}}`, "spec.securityContext"},
		{"the host's network", `{"spec": {"hostNetwork": true}}`, "spec.hostNetwork"},
		{"the host's processes", `{"spec": {"hostPID": true}}`, "spec.hostPID"},
		{"the host's memory", `{"spec": {"hostIPC": true}}`, "spec.hostIPC"},
		{"its processes for others", `{"spec": {"shareProcessNamespace": true}}`, "spec.shareProcessNamespace"},
		{"privilege", `{"spec": {"containers": [{"name": "issuer", "securityContext": {"privileged": true}}]}}`, "the container's securityContext"},
		{"a capability", `{"spec": {"containers": [{"name": "issuer", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]}}`, "the container's securityContext"},
		{"arguments", `{"spec": {"containers": [{"name": "issuer", "args": ["issuer", "--plain-http"]}]}}`, "the container's args"},
		{"a command", `{"spec": {"containers": [{"name": "issuer", "command": ["/bin/sh"]}]}}`, "the container's command"},
		{"a port", `{"spec": {"containers": [{"name": "issuer", "ports": [{"containerPort": 9}]}]}}`, "the container's ports"},
		{"no container", `{"spec": {"containers": [{"name": "issuer", "$patch": "delete"}]}}`, "the container's args"},
		{"other containers only", `{"spec": {"containers": [{"$patch": "replace"}, {"name": "other"}]}}`, "the container's args"},
		{"a volume of ours", `{"spec": {"volumes": [{"name": "sealing-keys", "secret": {"secretName": "mine"}}]}}`, "the volume sealing-keys"},
		{"no volumes", `{"spec": {"volumes": null}}`, "the volume state"},
		{"a mount of ours", `{"spec": {"containers": [{"name": "issuer", "volumeMounts": [{"mountPath": "/etc/tokenwright/tls", "name": "state"}]}]}}`, "the mount at /etc/tokenwright/tls"},
		{"the keys for a neighbour", `{"spec": {"containers": [{"name": "other", "volumeMounts": [{"mountPath": "/a", "name": "sealing-keys"}]}]}}`, "who mounts the volume sealing-keys"},
		{"the token for a predecessor", `{"spec": {"initContainers": [{"name": "other", "volumeMounts": [{"mountPath": "/a", "name": "service-account"}]}]}}`, "who mounts the volume service-account"},
		{"a label of ours", `{"metadata": {"labels": {"app.kubernetes.io/instance": "other"}}}`, "the label app.kubernetes.io/instance"},
		{"no label of ours", `{"metadata": {"labels": {"app.kubernetes.io/name": null}}}`, "the label app.kubernetes.io/name"},
		{"an annotation of ours", `{"metadata": {"annotations": null}}`, "the annotation oauth.tokenwright.dev/service-account-uid"},
		{"a misspelt field", `{"spec": {"tolerationz": []}}`, `unknown field "tolerationz"`},
		{"a value of another type", `{"spec": {"nodeSelector": "linux"}}`, "nodeSelector"},
		{"a list that is none", `{"spec": {"containers": {}}}`, "containers"},
		{"an unknown directive", `{"spec": {"$patch": "explode"}}`, "explode"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Template(patched(tc.patch), Image{}, "a", 0)
			if !errors.Is(err, ErrPatch) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("Template(%s): %v, want a refusal that says %q", tc.patch, err, tc.says)
			}
		})
	}
}

func TestPatchesThatAreAllowed(t *testing.T) {
	for _, tc := range []struct {
		name, patch string
		holds       func(corev1.PodSpec) bool
	}{
		{"nothing", `{}`, func(p corev1.PodSpec) bool { return len(p.Containers) == 1 && len(p.Volumes) == 4 }},
		{"where to run", `{"spec": {"nodeSelector": {"pool": "a"}, "priorityClassName": "high", "tolerations": [{"key": "a", "operator": "Exists"}]}}`,
			func(p corev1.PodSpec) bool { return p.NodeSelector["pool"] == "a" && len(p.Tolerations) == 1 }},
		{"an image", `{"spec": {"containers": [{"name": "issuer", "image": "other:b"}]}}`,
			func(p corev1.PodSpec) bool { return p.Containers[0].Image == "other:b" }},
		{"a variable", `{"spec": {"containers": [{"name": "issuer", "env": [{"name": "HTTPS_PROXY", "value": "a"}]}]}}`,
			func(p corev1.PodSpec) bool { return len(p.Containers[0].Env) == 3 }},
		{"a volume of theirs", `{"spec": {"volumes": [{"name": "ca", "configMap": {"name": "ca"}}],
			"containers": [{"name": "issuer", "volumeMounts": [{"name": "ca", "mountPath": "/etc/ssl/certs"}]}]}}`,
			func(p corev1.PodSpec) bool { return len(p.Volumes) == 5 && len(p.Containers[0].VolumeMounts) == 5 }},
		{"a neighbour", `{"spec": {"containers": [{"name": "proxy", "image": "proxy:a"}]}}`,
			func(p corev1.PodSpec) bool { return len(p.Containers) == 2 }},
		{"a label of theirs", `{"metadata": {"labels": {"team": "a"}, "annotations": {"a": "b"}}}`, func(corev1.PodSpec) bool { return true }},
		{"no spreading", `{"spec": {"topologySpreadConstraints": null}}`,
			func(p corev1.PodSpec) bool { return len(p.TopologySpreadConstraints) == 0 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if pod := podOf(t, patched(tc.patch)); !tc.holds(pod) {
				t.Errorf("%s makes %+v", tc.patch, pod)
			}
		})
	}
}

// FuzzTemplate: whatever a patch says, it is refused, or who the Pod is and what keeps it in stay as they are.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"spec": null}`, `{"spec": {"$patch": "delete"}}`, `{"spec": {"containers": [null]}}`,
		`{"spec": {"$retainKeys": ["containers"]}}`, `{"$setElementOrder/containers": []}`, `{"spec": {"hostNetwork": true}}`} {
		f.Add(seed)
	}
	bare, err := Template(patched(`{}`), Image{}, "a", 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, patch string) {
		got, err := Template(patched(patch), Image{}, "a", 0)
		if err != nil {
			return
		}
		before, after := *bare.Spec, *got.Spec
		if *after.ServiceAccountName != *before.ServiceAccountName || after.HostNetwork != nil && *after.HostNetwork || after.SecurityContext == nil {
			t.Errorf("%s makes %+v", patch, after)
		}
	})
}
