package cel

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/test/env"
)

// crds reads what is installed, by kind.
func crds(t *testing.T) map[string]apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d CRDs (%v)", len(files), err)
	}
	byKind := map[string]apiextensionsv1.CustomResourceDefinition{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(text, &crd); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		byKind[crd.Spec.Names.Kind] = crd
	}
	return byKind
}

func schemaOf(crd apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.JSONSchemaProps {
	return crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// walk visits the schema of each field of ours: metadata, the inside of a condition and the inside of a label selector
// belong to apimachinery.
func walk(field string, schema *apiextensionsv1.JSONSchemaProps, visit func(string, *apiextensionsv1.JSONSchemaProps)) {
	if field == "metadata" || field == "status.conditions[]" {
		return
	}
	visit(field, schema)
	if _, isSelector := schema.Properties["matchExpressions"]; isSelector {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		walk(strings.TrimPrefix(field+"."+name, "."), new(schema.Properties[name]), visit)
	}
	if schema.Items != nil {
		walk(field+"[]", schema.Items.Schema, visit)
	}
	if schema.AdditionalProperties != nil {
		walk(field+"{}", schema.AdditionalProperties.Schema, visit)
	}
}
