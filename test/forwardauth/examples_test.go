package forwardauth

import (
	"os"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
)

// TestDocumentShowsTheExamples keeps what people copy from the document the same as what is tested.
func TestDocumentShowsTheExamples(t *testing.T) {
	document, err := os.ReadFile("../../docs/forward-auth.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, language := range map[string]string{"nginx.conf": "nginx", "traefik.yaml": "yaml", "envoy.yaml": "yaml"} {
		if block := "\n```" + language + "\n" + example(t, name) + "```\n"; !strings.Contains(string(document), block) {
			t.Errorf("docs/forward-auth.md does not show config/examples/forward-auth/%s as it is", name)
		}
	}
}

// introductions are the headers of an answer that applications get to see.
var introductions = []string{"X-Auth-Subject", "X-Auth-Client-Id", "X-Auth-Scope", "X-Auth-Expires"}

// A proxy that leaves one out lets its clients send it.
func TestProxiesReplaceEveryHeader(t *testing.T) {
	for _, name := range []string{"nginx.conf", "traefik.yaml", "envoy.yaml"} {
		text := strings.ToLower(example(t, name))
		for _, header := range introductions {
			if !strings.Contains(text, strings.ToLower(header)) {
				t.Errorf("%s says nothing of %s", name, header)
			}
		}
	}
}

// TestObjects reads each object as strictly as an API server would.
func TestObjects(t *testing.T) {
	kinds := map[string]any{
		"OAuthClient": new(v1alpha1.OAuthClient), "Deployment": new(appsv1.Deployment), "Service": new(corev1.Service),
		"PodDisruptionBudget": new(policyv1.PodDisruptionBudget), "NetworkPolicy": new(networkingv1.NetworkPolicy),
	}
	for document := range strings.SplitSeq(example(t, "deployment.yaml"), "\n---\n") {
		var head struct{ Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			t.Fatal(err)
		}
		into, known := kinds[head.Kind]
		if !known {
			t.Errorf("a %s that nobody expects, or a second one", head.Kind)
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
			t.Errorf("%s: %v", head.Kind, err)
		}
		delete(kinds, head.Kind)
	}
	for kind := range kinds {
		t.Errorf("there is no %s", kind)
	}
	for _, name := range []string{"traefik.yaml", "envoy.yaml"} {
		if err := yaml.UnmarshalStrict([]byte(example(t, name)), new(map[string]any)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
