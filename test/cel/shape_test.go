package cel

import (
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// columns are those that each kind prints without -o wide, so that `kubectl get` tells what is well, and if not why.
var columns = map[string][]string{
	"OAuthClient":     {"Ready", "Reason", "Client ID", "Secret", "Age"},
	"TokenPolicy":     {"Ready", "Reason", "Clients", "Age"},
	"TokenIssuer":     {"Ready", "Reason", "URL", "Available", "Clients", "Age"},
	"IssuerReport":    {"Issuer", "Registrations", "Signing ring", "Renewed"},
	"TokenGrant":      {"Client", "User", "Scopes", "Expires", "Over", "Age"},
	"TokenMark":       {"Kind", "Client", "Expires", "Age"},
	"TokenRevocation": {"Match", "Client", "Subject", "User", "Session", "Ready", "Reason", "Issued before", "Expires", "Age"},
}

// statusless are the kinds that only the issuer writes.
var statusless = []string{"IssuerReport", "TokenGrant", "TokenMark"}

func TestKindsAreShown(t *testing.T) {
	found := crds(t)
	if len(found) != len(columns) {
		t.Errorf("%d CRDs, want %d", len(found), len(columns))
	}
	for kind, crd := range found {
		version, names := crd.Spec.Versions[0], crd.Spec.Names
		if !slices.Equal(names.Categories, []string{"oauth"}) {
			t.Errorf("%s: categories %q, want oauth", kind, names.Categories)
		}
		if len(names.ShortNames) != 1 {
			t.Errorf("%s: short names %q, want one", kind, names.ShortNames)
		}
		if hasStatus := version.Subresources != nil && version.Subresources.Status != nil; hasStatus == slices.Contains(statusless, kind) {
			t.Errorf("%s: status subresource %t", kind, hasStatus)
		}
		var shown []string
		for _, column := range version.AdditionalPrinterColumns {
			if column.Priority == 0 {
				shown = append(shown, column.Name)
			}
		}
		if !slices.Equal(shown, columns[kind]) {
			t.Errorf("%s: columns %q, want %q", kind, shown, columns[kind])
		}
	}
}

// open are the fields that take anything, with their kinds. What a Pod template may hold is for the cluster's version of
// Kubernetes to say, and no schema of ours could follow it; only the platform team writes TokenIssuers, and a server takes
// no object of more than 1.5 MiB.
var open = []string{"TokenIssuer spec.deployment.podTemplate"}

// TestFieldsAreBounded holds each field to a size, so that no object can grow beyond what a watcher can hold.
func TestFieldsAreBounded(t *testing.T) {
	for kind, crd := range crds(t) {
		walk("", schemaOf(crd), func(field string, schema *apiextensionsv1.JSONSchemaProps) {
			_, isSelector := schema.Properties["matchExpressions"]
			switch {
			case field == "apiVersion" || field == "kind" || isSelector:
			case schema.Type == "array" && (schema.MaxItems == nil || schema.XListType == nil):
				t.Errorf("%s: the list %s needs maxItems and a list type", kind, field)
			case schema.Type == "string" && schema.MaxLength == nil && schema.Enum == nil && schema.Format != "date-time":
				t.Errorf("%s: the string %s needs maxLength or an enum", kind, field)
			case schema.XIntOrString && schema.XValidations == nil:
				t.Errorf("%s: %s needs a rule that says how long its text may be", kind, field)
			case schema.AdditionalProperties != nil && schema.MaxProperties == nil:
				t.Errorf("%s: the map %s needs maxProperties", kind, field)
			case schema.XPreserveUnknownFields != nil && !slices.Contains(open, kind+" "+field):
				t.Errorf("%s: %s takes anything", kind, field)
			}
		})
	}
}

// TestFieldsAreDescribed reads what `kubectl explain` shows: each description starts with the field's name. Items of lists
// and values of maps have none.
func TestFieldsAreDescribed(t *testing.T) {
	for kind, crd := range crds(t) {
		walk("", schemaOf(crd), func(field string, schema *apiextensionsv1.JSONSchemaProps) {
			name := field[strings.LastIndex(field, ".")+1:]
			if field == "" || field == "apiVersion" || field == "kind" || strings.HasSuffix(name, "[]") || strings.HasSuffix(name, "{}") {
				return
			}
			if !strings.HasPrefix(schema.Description, name+" ") {
				t.Errorf("%s: the description of %s does not start with its name: %.60q", kind, field, schema.Description)
			}
		})
	}
}

// TestRulesHaveMessages keeps the text of a rule from being what a user is told.
func TestRulesHaveMessages(t *testing.T) {
	for kind, crd := range crds(t) {
		walk("", schemaOf(crd), func(field string, schema *apiextensionsv1.JSONSchemaProps) {
			for _, validation := range schema.XValidations {
				if validation.Message == "" {
					t.Errorf("%s: the rule %q of %q has no message", kind, validation.Rule, field)
				}
			}
		})
	}
}
