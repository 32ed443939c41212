package registration_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/registration"
)

func TestOtherURLs(t *testing.T) {
	many := make([]string, 10)
	for i := range many {
		many[i] = fmt.Sprintf(`{"url":"https://%d.example"}`, i)
	}
	for _, tc := range []struct {
		name, others, refusal string
	}{
		{"none", "", ""},
		{"a former and a prepared one", `{"url":"https://a.example","until":"2026-12-01T00:00:00Z"},{"url":"https://b.example"}`, ""},
		{"as many as may be", strings.Join(many[:9], ","), ""},
		{"too many", strings.Join(many, ","), "too many"},
		{"one twice", `{"url":"https://a.example"},{"url":"https://a.example"}`, "twice"},
		{"the present one", `{"url":"https://issuer.example"}`, "twice"},
		{"an empty one", `{"url":""}`, "empty"},
		{"an unknown member", `{"url":"https://a.example","from":1}`, "unknown field"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := registration.DecodeConfig([]byte(`{"url":"https://issuer.example","algorithms":["ES256"],"others":[` + tc.others + `]}`))
			if (err == nil) != (tc.refusal == "") || err != nil && !strings.Contains(err.Error(), tc.refusal) {
				t.Errorf("%v, want %q", err, tc.refusal)
			}
		})
	}
}

func TestLive(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		until time.Time
		want  bool
	}{{time.Time{}, true}, {now.Add(1), true}, {now, false}, {now.Add(-1), false}} {
		if got := (registration.OtherURL{Until: tc.until}).Live(now); got != tc.want {
			t.Errorf("until %v: live %t, want %t", tc.until, got, tc.want)
		}
	}
}

// Under another name everything stays but the name, also what sealed values follow from.
func TestAs(t *testing.T) {
	config := registration.IssuerConfig{
		URL: "https://a.example", Algorithms: []string{"ES256"}, Others: []registration.OtherURL{{URL: "https://b.example"}},
	}
	want := registration.IssuerConfig{URL: "https://b.example", Algorithms: []string{"ES256"}, SealedUnder: "https://a.example"}
	if diff := cmp.Diff(want, config.As("https://b.example")); diff != "" {
		t.Errorf("As (-want +got):\n%s", diff)
	}
	if got := config.As("https://b.example").As("https://c.example").SealingURL(); got != "https://a.example" {
		t.Errorf("sealed values follow from %s", got)
	}
}
