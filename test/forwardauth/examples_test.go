package forwardauth

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
)

// samples are the configurations of proxies.
var samples = []string{"nginx.conf", "traefik.yaml", "envoy.yaml", "istio.yaml"}

// TestDocumentShowsTheExamples keeps what people copy from the document the same as what is tested.
func TestDocumentShowsTheExamples(t *testing.T) {
	document, err := os.ReadFile("../../docs/forward-auth.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range samples {
		language := strings.TrimPrefix(filepath.Ext(name), ".")
		if language == "conf" {
			language = "nginx"
		}
		if block := "\n```" + language + "\n" + example(t, name) + "```\n"; !strings.Contains(string(document), block) {
			t.Errorf("docs/forward-auth.md does not show config/examples/forward-auth/%s as it is", name)
		}
	}
}

// introductions are the headers of an answer that applications get to see.
var introductions = []string{"X-Auth-Subject", "X-Auth-Client-Id", "X-Auth-Scope", "X-Auth-Expires"}

// A proxy that leaves one out lets its clients send it.
func TestProxiesReplaceEveryHeader(t *testing.T) {
	for _, name := range samples {
		text := strings.ToLower(example(t, name))
		for _, header := range introductions {
			if !strings.Contains(text, strings.ToLower(header)) {
				t.Errorf("%s says nothing of %s", name, header)
			}
		}
	}
}

// TestProxiesTellTheRequest: each proxy says what it was asked for by its own word, hands on what a preflight is known
// by, lets scripts read refusals, serves the metadata, and refuses when it gets no answer.
func TestProxiesTellTheRequest(t *testing.T) {
	const metadata = "/.well-known/oauth-protected-resource"
	refusals := []string{"access-control-allow-origin", "access-control-expose-headers", "vary"}
	for name, wanted := range map[string][]string{
		"nginx.conf": {
			"proxy_pass_request_headers off;", "proxy_set_header X-Original-Method $request_method;", "proxy_set_header X-Original-URL $request_uri;",
			"proxy_set_header Origin $http_origin;", "$upstream_http_access_control_allow_origin", "$upstream_http_vary", metadata + " {",
		},
		"traefik.yaml": {
			"trustForwardHeader: false\n", "authRequestHeaders: [Authorization, Origin, Access-Control-Request-Method]\n", "Path(`" + metadata + "`)",
		},
		"envoy.yaml": append([]string{
			"failure_mode_allow: false\n", "path_prefix: /verify/scope/orders:read/\n", "- {exact: origin}\n",
			"- {exact: access-control-request-method}\n", "{path: " + metadata + "}",
		}, refusals...),
		"istio.yaml": append([]string{
			"failOpen: false\n", "pathPrefix: /verify/scope/orders:read/\n",
			"includeRequestHeadersInCheck: [authorization, origin, access-control-request-method]\n", "value: " + metadata + "}",
		}, refusals...),
	} {
		for _, text := range wanted {
			if !strings.Contains(example(t, name), text) {
				t.Errorf("%s does not say %q", name, text)
			}
		}
	}
	nginx := example(t, "nginx.conf")
	asked := strings.Count(nginx, "proxy_pass http://forward-auth/verify")
	for _, line := range []string{"X-Original-Method $request_method;", "X-Original-URL $request_uri;", "internal;"} {
		if got := strings.Count(nginx, line); got != asked {
			t.Errorf("nginx.conf asks in %d places, and has %q in %d", asked, line, got)
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
	for _, name := range samples {
		if filepath.Ext(name) != ".yaml" {
			continue
		}
		for document := range strings.SplitSeq(example(t, name), "\n---\n") {
			if err := yaml.UnmarshalStrict([]byte(document), new(map[string]any)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
