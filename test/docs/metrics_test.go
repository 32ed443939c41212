package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/test/env"
)

// ours is a metric of ours on a page, with its labels.
var ours = regexp.MustCompile(`tokenwright_(?:issuer|forward_auth)_\w+`)

// TestMetricsPage holds docs/metrics.md to what is registered.
func TestMetricsPage(t *testing.T) {
	var want []string
	for _, registry := range []*prometheus.Registry{audit.NewMetrics().Registry, forwardauth.NewMetrics().Registry} {
		want = append(want, registered(registry)...)
	}
	slices.Sort(want)
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(tokenwright_[^`]+)` \\|").FindAllStringSubmatch(read(t, "docs/metrics.md"), -1) {
		got = append(got, row[1])
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/metrics.md (-registered +documented):\n%s", diff)
	}
}

// TestPagesNameMetricsThatExist holds all other pages to the same.
func TestPagesNameMetricsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, name := range ours.FindAllString(read(t, "docs/metrics.md"), -1) {
		known[name] = true
	}
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		name := filepath.Join("docs", filepath.Base(page))
		for _, metric := range ours.FindAllString(read(t, name), -1) {
			if !known[strings.TrimSuffix(strings.TrimSuffix(metric, "_bucket"), "_count")] {
				t.Errorf("%s: there is no metric %s", name, metric)
			}
		}
	}
}

// registered lists the metrics of a registry as the page has them, without those of Go and of the process.
func registered(registry *prometheus.Registry) []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		registry.Describe(descriptions)
		close(descriptions)
	}()
	form := regexp.MustCompile(`fqName: "(tokenwright_\w+)".*variableLabels: \{([^}]*)\}`)
	var out []string
	for d := range descriptions {
		if m := form.FindStringSubmatch(d.String()); m != nil {
			name := m[1]
			if m[2] != "" {
				name += "{" + m[2] + "}"
			}
			out = append(out, name)
		}
	}
	return out
}

func read(t *testing.T, page string) string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
