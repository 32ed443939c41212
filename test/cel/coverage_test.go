package cel

import (
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// TestEachRuleHasRows compares the tables with the schemas, both ways.
func TestEachRuleHasRows(t *testing.T) {
	for kind, crd := range crds(t) {
		checked := map[string]bool{}
		for _, c := range schemas[kind].checks {
			checked[c.name()] = true
			if len(c.accept) == 0 || len(c.refuse) == 0 {
				t.Errorf("%s: %q has %d values to accept and %d to refuse, want one of each", kind, c.name(), len(c.accept), len(c.refuse))
			}
		}
		for name := range rulesOf(schemaOf(crd)) {
			if !checked[name] {
				t.Errorf("%s: nothing checks %q", kind, name)
			}
			delete(checked, name)
		}
		for name := range checked {
			t.Errorf("%s: a check of %q, which is no rule of the schema", kind, name)
		}
	}
}

// rulesOf names each rule of a schema as a check does.
func rulesOf(schema *apiextensionsv1.JSONSchemaProps) map[string]bool {
	rules := map[string]bool{}
	walk("", schema, func(field string, schema *apiextensionsv1.JSONSchemaProps) {
		for keyword, stands := range keywords(schema) {
			if stands {
				rules[field+" "+keyword] = true
			}
		}
		for _, child := range schema.Required {
			rules[strings.TrimPrefix(field+"."+child, ".")+" required"] = true
		}
		for _, validation := range schema.XValidations {
			rules[field+" "+validation.Message] = true
		}
	})
	return rules
}

// keywords says which rules of a schema's own stand there. A format is a type, and types have a table of their own.
func keywords(schema *apiextensionsv1.JSONSchemaProps) map[string]bool {
	return map[string]bool{
		"pattern":       schema.Pattern != "",
		"enum":          schema.Enum != nil,
		"minLength":     schema.MinLength != nil,
		"maxLength":     schema.MaxLength != nil,
		"minItems":      schema.MinItems != nil,
		"maxItems":      schema.MaxItems != nil,
		"minProperties": schema.MinProperties != nil,
		"maxProperties": schema.MaxProperties != nil,
		"minimum":       schema.Minimum != nil,
		"maximum":       schema.Maximum != nil,
		"multipleOf":    schema.MultipleOf != nil,
		// An atomic list takes the same item twice.
		"x-kubernetes-list-type": schema.XListType != nil && *schema.XListType != "atomic",
	}
}
