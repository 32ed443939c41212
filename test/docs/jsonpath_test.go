package docs

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"k8s.io/client-go/util/jsonpath"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// TestPathsIntoStatus has each jsonpath in docs/applications.md find something in the status of a client from which a policy took
// a scope: a path that is mistyped finds nothing, and kubectl says nothing of it.
func TestPathsIntoStatus(t *testing.T) {
	text, err := os.ReadFile("../../docs/applications.md")
	if err != nil {
		t.Fatal(err)
	}
	root := build.TokenPolicy("system/root", build.AllowScopes("orders:read"))
	oc := build.OAuthClient("team-orders/orders", build.Scopes("orders:read", "orders:write"))
	compiled := policy.Compile(oc, []v1alpha1.PolicyName{"system/root"}, policy.RulesOf("system/root", &root.Spec))
	oc.Status.Effective, oc.Status.Binding = &compiled.Effective, &v1alpha1.Binding{Name: "orders-oauth"}
	found := regexp.MustCompile(`get oac (.*) -o jsonpath='(.*)'`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 6 {
		t.Fatalf("%d paths only", len(found))
	}
	for _, command := range found {
		var object any = oc
		if strings.Contains(command[1], "-A") {
			object = map[string]any{"items": []any{oc}}
		}
		printed, err := evaluate(command[2], object)
		if err != nil || strings.TrimSpace(printed) == "" {
			t.Errorf("%s prints %q: %v", command[2], printed, err)
		}
	}
}

func evaluate(path string, object any) (string, error) {
	data, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return "", err
	}
	parsed := jsonpath.New("path")
	if err := parsed.Parse(path); err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, plain)
	return out.String(), err
}
