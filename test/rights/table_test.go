package rights

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/hack/dev/stack"
)

// TestTableOfRights compares the table in docs/operations.md with config/rbac and config/metrics, verb by verb.
func TestTableOfRights(t *testing.T) {
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for account, rights := range granted(t) {
		for _, r := range rights {
			where := places[account+" in "+r.namespace]
			want[where] = append(want[where], r.verb+" "+r.resource)
		}
	}
	for _, r := range rolesAmong(t, objectsIn(t, "metrics")) {
		if r.name == "tokenwright-operator-metrics" { // the other one is for those who scrape
			for _, right := range r.rights("") {
				want[openMetrics] = append(want[openMetrics], right.verb+" "+right.resource)
			}
		}
	}
	got := told(string(text))
	for _, where := range append(slices.Collect(maps.Values(places)), openMetrics) {
		for _, rights := range []map[string][]string{want, got} {
			slices.Sort(rights[where])
			rights[where] = slices.Compact(rights[where])
		}
		if diff := cmp.Diff(want[where], got[where]); diff != "" {
			t.Errorf("rights of %s (-config/rbac +docs/operations.md):\n%s", where, diff)
		}
	}
}

// places are the words of the table for who is where.
var places = map[string]string{
	operatorAccount + " in ":                   "operator, everywhere",
	operatorAccount + " in " + stack.Namespace: "operator, where issuers are",
	issuerAccount + " in " + stack.Namespace:   "issuer, in its namespace",
}

// openMetrics are the words for what config/metrics adds.
const openMetrics = "operator, if its metrics are open"

var row = regexp.MustCompile(`(?m)^\| ([^|]*) \| ([^|]*) \|.*\|$|^\| \| ([^|]*) \|.*\|$`)

// told are the rights that the table tells of, by place: "get secrets".
func told(text string) map[string][]string {
	_, below, _ := strings.Cut(text, "\n## Rights\n")
	table, _, _ := strings.Cut(below, "\n\nA test has")
	all := map[string][]string{}
	where := ""
	for _, cells := range row.FindAllStringSubmatch(table, -1) {
		said := cells[3]
		if said == "" {
			where, said = cells[1], cells[2]
		}
		for part := range strings.SplitSeq(said, "; ") {
			all[where] = append(all[where], rightsIn(part)...)
		}
	}
	return all
}

// rightsIn reads "get, list Secrets and ConfigMaps".
func rightsIn(part string) []string {
	words := strings.Fields(strings.ReplaceAll(part, ",", " "))
	var verbs []string
	for len(words) > 0 && strings.ToLower(words[0]) == words[0] && words[0] != "the" {
		verbs, words = append(verbs, words[0]), words[1:]
	}
	var all []string
	for _, resource := range resources(words) {
		for _, verb := range verbs {
			all = append(all, verb+" "+resource)
		}
	}
	return all
}

func resources(words []string) []string {
	switch rest := strings.Join(words, " "); {
	case rest == "the status of these three":
		return []string{"oauthclients/status", "tokenissuers/status", "tokenpolicies/status"}
	case rest == "the status of TokenRevocations":
		return []string{"tokenrevocations/status"}
	case strings.HasPrefix(rest, "the ClusterRole "):
		return []string{"clusterroles"}
	}
	var all []string
	for _, word := range words {
		if word != "and" && !strings.HasPrefix(word, "(") { // a group in brackets tells Events from Events
			all = append(all, strings.ToLower(word))
		}
	}
	return all
}
