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
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"tokenwright.dev/controllers/tokenissuer"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/test/env"
)

// ours is a metric of ours on a page, with its labels.
var ours = regexp.MustCompile(`tokenwright_(?:issuer|forward_auth|operator)_\w+`)

// TestMetricsPage holds docs/metrics.md to what is registered.
func TestMetricsPage(t *testing.T) {
	var want []string
	for _, registry := range []*prometheus.Registry{audit.NewMetrics().Registry, forwardauth.NewMetrics().Registry, operators(t)} {
		want = append(want, registered(registry, "tokenwright_")...)
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

// operators is a registry with what the operator itself counts.
func operators(t *testing.T) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := tokenissuer.Register(registry); err != nil {
		t.Fatal(err)
	}
	return registry
}

// TestOperatorsMetrics holds the page to what controller-runtime and client-go register, of those that it names.
func TestOperatorsMetrics(t *testing.T) {
	known := registered(metrics.Registry.(prometheus.Collector), "")
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section(read(t, "docs/metrics.md"), "## Operator"), -1)
	if len(rows) < 5 {
		t.Errorf("found %d metrics of the operator on the page", len(rows))
	}
	for _, row := range rows {
		if !strings.HasPrefix(row[1], "tokenwright_") && !slices.Contains(known, row[1]) {
			t.Errorf("docs/metrics.md: nobody registers %s", row[1])
		}
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

// registered lists the metrics of a registry that begin with prefix as the page has them.
func registered(registry prometheus.Collector, prefix string) []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		registry.Describe(descriptions)
		close(descriptions)
	}()
	form := regexp.MustCompile(`fqName: "(` + prefix + `\w+)".*variableLabels: \{([^}]*)\}`)
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
