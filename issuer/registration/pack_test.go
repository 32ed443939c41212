package registration

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackedIsAll finds text that is missing in texts.
func TestPackedIsAll(t *testing.T) {
	r := new(Registration)
	texts := fill(reflect.ValueOf(r).Elem())
	if got := len(r.texts()); got != texts {
		t.Errorf("texts lists %d places, and a registration has %d", got, texts)
	}
}

// fill gives every list one element and every pointer a value, and counts the texts.
func fill(v reflect.Value) (texts int) {
	switch v.Kind() {
	case reflect.String:
		return 1
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() != "tokenwright.dev/issuer/registration" {
			return 0 // of a time
		}
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(v.Index(0))
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				texts += fill(field)
			}
		}
		return texts
	default:
		return 0
	}
}

// Packing changes nothing that a registration says, and what shares memory then is not changed through each other.
func TestPack(t *testing.T) {
	for name, r := range map[string]Registration{
		"nothing":    {},
		"one word":   {ClientID: "a"},
		"repetition": {ClientID: "a", Scopes: []string{"b", "bb", "a"}, Audiences: []string{"bb"}, Guards: []string{"bb", ""}},
		"all scopes": {ClientID: "a", Scopes: []string{"b", "c"}, DefaultScopes: []string{"b", "c"}},
		"some scopes": {ClientID: "a", Scopes: []string{"b", "c"}, DefaultScopes: []string{"c"}, RedirectURIs: []string{"d"},
			IDToken: &IDTokenRules{Algorithm: "b"}, Credentials: []Credential{{ID: "e"}, {ID: "b"}}},
	} {
		packed := r
		packed.pack()
		if diff := cmp.Diff(r, packed); diff != "" {
			t.Errorf("%s (-before +after):\n%s", name, diff)
		}
		for _, list := range packed.lists() {
			_ = append(*list, "overwritten")
		}
		if diff := cmp.Diff(r, packed); diff != "" {
			t.Errorf("%s, after appending to its lists (-before +after):\n%s", name, diff)
		}
	}
}
