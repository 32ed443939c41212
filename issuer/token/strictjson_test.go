package token

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseObject(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     object
	}{
		{"empty", "{}", object{}},
		{"empty, with space", " { } \n", object{}},
		{"raw values", `{"a":1, "b" : [1, {"x":2}] ,"c":"\u0041"}`, object{{"a", "1"}, {"b", `[1, {"x":2}]`}, {"c", `"\u0041"`}}},
		{"names as they read", `{"\u0061\"\/":null,"":true}`, object{{`a"/`, "null"}, {"", "true"}}},
		{"case counts", `{"a":1,"A":2}`, object{{"a", "1"}, {"A", "2"}}},
		{"the same name at two levels", `{"a":{"a":{"a":1}}}`, object{{"a", `{"a":{"a":1}}`}}},
		{"many side by side", `{"a":[` + strings.Repeat("[],{},", 20) + `0]}`, object{{"a", `[` + strings.Repeat("[],{},", 20) + `0]`}}},
		{"numbers", `{"a":[0,-0,1.5,-1e+3,2E-3,1e308,1e-400]}`, object{{"a", "[0,-0,1.5,-1e+3,2E-3,1e308,1e-400]"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, ok := parseObject(tc.in)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(member{})); !ok || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", tc.in, ok, diff)
			}
		})
	}
}

// FuzzParseObject holds two laws. What is accepted means to encoding/json what it means here, and nothing is lost: no
// name is there twice. And whatever encoding/json writes is accepted, within the limits.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{"{}", `{"a":1}`, `{"a":1,"a":2}`, `{"a":{"b":[1,"x",null]}}`, `{"\ud83d\ude00":"\ud800"}`, `{"a":1e400}`, `[]`, ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal([]byte(in), &want) == nil && want != nil
		got, ok := parseObject(in)
		if !ok {
			if valid {
				acceptRewritten(t, in)
			}
			return
		}
		if !valid || len(got) != len(want) {
			t.Fatalf("%q is accepted with %d members; encoding/json sees %d (valid: %v)", in, len(got), len(want), valid)
		}
		for _, m := range got {
			if string(want[m.name]) != m.value {
				t.Errorf("%q: member %q is %s, encoding/json reads %s", in, m.name, m.value, want[m.name])
			}
		}
	})
}

// acceptRewritten writes in anew, without whatever was wrong with it, and insists that this is accepted.
func acceptRewritten(t *testing.T, in string) {
	t.Helper()
	var value any
	if json.Unmarshal([]byte(in), &value) != nil { // a number that no float64 holds
		return
	}
	rewritten, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	small := bytes.Count(rewritten, []byte(":")) < maxMembers && strings.Count(in, "[")+strings.Count(in, "{") < maxDepth
	if _, ok := parseObject(string(rewritten)); !ok && small {
		t.Errorf("%s is refused", rewritten)
	}
}

// FuzzText holds two laws: text survives being written and read, and encoding/json reads the same.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "plain", `"\/`, "\x00\n\x1f\x7f", "ü😀\u2028", "\ufffd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if !filled(in) {
			return
		}
		written := appendText(nil, in)
		s := scanner{text: string(written)}
		if out, ok := s.unquoted(); !ok || out != in || s.pos != len(written) {
			t.Errorf("%q is written as %s and read as %q", in, written, out)
		}
		var out string
		if err := json.Unmarshal(written, &out); err != nil || out != in {
			t.Errorf("%q is written as %s, which encoding/json reads as %q, %v", in, written, out, err)
		}
	})
}
