package cel

import (
	"maps"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// put merges a value into a field of a tree and returns the tree; [] makes a list of one item, {} a map of one entry, null
// takes a field away.
func put(tree any, path []string, value any) any {
	if len(path) == 0 {
		return merge(tree, value)
	}
	if path[0] == "[]" {
		items, _ := tree.([]any)
		return []any{put(first(items), path[1:], value)}
	}
	fields, _ := tree.(map[string]any)
	return with(fields, path[0], put(fields[path[0]], path[1:], value))
}

// merge is a JSON merge patch (RFC 7396): maps unite, everything else is replaced.
func merge(tree, patch any) any {
	changes, isMap := patch.(map[string]any)
	if !isMap {
		return patch
	}
	fields, _ := tree.(map[string]any)
	fields = with(fields, "", nil)
	for name, change := range changes {
		fields = with(fields, name, merge(fields[name], change))
	}
	return fields
}

// with is a copy of the fields in which one has another value, or is gone.
func with(fields map[string]any, name string, value any) map[string]any {
	fields = maps.Clone(fields)
	if fields == nil {
		fields = map[string]any{}
	}
	if fields[name] = value; value == nil {
		delete(fields, name)
	}
	return fields
}

func first(items []any) any {
	if len(items) == 0 {
		return nil
	}
	return items[0]
}

// entry is the key of the map that {} makes.
const entry = "a"

// steps splits a field as checks name it: spec.scopes[] is spec, scopes, [].
func steps(field string) []string {
	field = strings.NewReplacer("[]", ".[]", "{}", "."+entry).Replace(field)
	return strings.FieldsFunc(field, func(r rune) bool { return r == '.' })
}

// parse reads YAML as the API server would, with an error for a key that stands twice.
func parse(t *testing.T, text string) any {
	t.Helper()
	encoded, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}
