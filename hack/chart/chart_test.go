package main

import (
	"strings"
	"testing"
	gotemplate "text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// TestBracesOfOthers lets a template engine read a CRD whose text looks like a template.
func TestBracesOfOthers(t *testing.T) {
	const description = "such as {{ .Values.x }} or {{{{a}}}} or }}"
	crd := &unstructured.Unstructured{Object: map[string]any{
		"kind": "CustomResourceDefinition", "spec": map[string]any{"description": description},
	}}
	content, err := text(crd)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := gotemplate.Must(gotemplate.New("").Parse(content)).Execute(&out, nil); err != nil {
		t.Fatal(err)
	}
	var got unstructured.Unstructured
	if err := yaml.Unmarshal([]byte(out.String()), &got.Object); err != nil {
		t.Fatal(err)
	}
	if text, _, _ := unstructured.NestedString(got.Object, "spec", "description"); text != description {
		t.Errorf("%q became %q", description, text)
	}
}

func TestSplitImage(t *testing.T) {
	for _, tc := range []struct{ image, repository, tag string }{
		{"tokenwright", "tokenwright", ""},
		{"tokenwright:dev", "tokenwright", "dev"},
		{"registry.example:5000/tokenwright", "registry.example:5000/tokenwright", ""},
		{"registry.example:5000/tokenwright:1", "registry.example:5000/tokenwright", "1"},
		{"registry.example/tokenwright@sha256:00", "registry.example/tokenwright", "sha256:00"},
	} {
		if repository, tag := splitImage(tc.image); repository != tc.repository || tag != tc.tag {
			t.Errorf("splitImage(%s) = %q, %q, want %q, %q", tc.image, repository, tag, tc.repository, tc.tag)
		}
	}
}

func TestChartVersion(t *testing.T) {
	for _, tc := range []struct{ version, want string }{
		{"v1.2.3", "1.2.3"},
		{"1.2.3", "1.2.3"},
		{"v1.2.3-rc.1", "1.2.3-rc.1"},
		{"v1.2.3-4-gabcdef0-dirty", "1.2.3-4-gabcdef0-dirty"},
		{"0123456", "0.0.0-g0123456"},
		{"303b8ba-dirty", "0.0.0-g303b8ba-dirty"},
		{"feature/x", "0.0.0-gfeature-x"},
	} {
		if got := chartVersion(tc.version); got != tc.want {
			t.Errorf("chartVersion(%s) = %s, want %s", tc.version, got, tc.want)
		}
	}
}
