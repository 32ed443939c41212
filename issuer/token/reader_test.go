package token

import (
	"slices"
	"testing"
)

func TestReader(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		text     string
		texts    []string
		seconds  int64
		spoilt   bool
	}{
		{"absent", `{}`, "", nil, 0, false},
		{"as it should be", `{"t":"x","l":["a","b"],"n":12.9}`, "x", []string{"a", "b"}, 12, false},
		{"one for a list", `{"l":"a"}`, "", []string{"a"}, 0, false},
		{"escaped", `{"t":"\u0041","l":["\n"]}`, "A", []string{"\n"}, 0, false},
		{"the last second", `{"n":253402300799}`, "", nil, 253402300799, false},
		{"beyond the last second", `{"n":253402300800}`, "", nil, 0, true},
		{"minus zero", `{"n":-0.0}`, "", nil, 0, false},
		{"text of another type", `{"t":1}`, "", nil, 0, true},
		{"list of another type", `{"l":1}`, "", []string{""}, 0, true},
		{"seconds of another type", `{"n":"1"}`, "", nil, 0, true},
		{"seconds that only ParseFloat knows", `{"n":"inf"}`, "", nil, 0, true},
		{"empty text", `{"t":""}`, "", nil, 0, true},
		{"empty list", `{"l":[]}`, "", nil, 0, true},
		{"null", `{"t":null}`, "", nil, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			members, ok := parseObject(tc.in)
			r := reader{object: members}
			text, texts, seconds := r.text("t"), r.texts("l"), r.seconds("n")
			if !ok || text != tc.text || !slices.Equal(texts, tc.texts) || seconds != tc.seconds || r.spoilt != tc.spoilt {
				t.Errorf("%s: %v %q %q %d, spoilt %v", tc.in, ok, text, texts, seconds, r.spoilt)
			}
		})
	}
}
