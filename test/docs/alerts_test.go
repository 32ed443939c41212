package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/issuer/audit"
)

// alerts are rules as Prometheus reads them; a PrometheusRule has the same below its spec. Annotations are the
// manifest's own.
type alerts struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []struct {
			Alert  string            `json:"alert"`
			Expr   string            `json:"expr"`
			For    string            `json:"for"`
			Labels map[string]string `json:"labels"`
		} `json:"rules"`
	} `json:"groups"`
}

// TestAlertsPage holds docs/alerts.md to the rules that are installed, and each alert to a row that says what to do.
func TestAlertsPage(t *testing.T) {
	page := read(t, "docs/alerts.md")
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(page)
	if block == nil {
		t.Fatal("docs/alerts.md has no rules")
	}
	var shown alerts
	if err := yaml.UnmarshalStrict([]byte(block[1]), &shown); err != nil {
		t.Fatalf("docs/alerts.md: %v", err)
	}
	if diff := cmp.Diff(installed(t), shown); diff != "" {
		t.Errorf("rules (-config/prometheus +docs/alerts.md):\n%s", diff)
	}
	var names []string
	for _, group := range shown.Groups {
		for _, rule := range group.Rules {
			names = append(names, rule.Alert)
			if severity := rule.Labels["severity"]; severity != "critical" && severity != "warning" {
				t.Errorf("%s is %q", rule.Alert, severity)
			}
		}
	}
	var rows []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.{20,}) \\|$").FindAllStringSubmatch(page, -1) {
		rows = append(rows, row[1])
	}
	if diff := cmp.Diff(names, rows); diff != "" {
		t.Errorf("what to do (-rules +rows):\n%s", diff)
	}
}

// installed are the rules of config/prometheus.
func installed(t *testing.T) alerts {
	t.Helper()
	var all alerts
	for _, file := range []string{"rules.yaml", "operator_rules.yaml"} {
		var rule struct {
			Spec alerts `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(read(t, "config/prometheus/"+file)), &rule); err != nil {
			t.Fatal(err)
		}
		all.Groups = append(all.Groups, rule.Spec.Groups...)
	}
	return all
}

// TestAlertsStartAtZero holds what alerts wait for by increase to counters that are there before their first event.
func TestAlertsStartAtZero(t *testing.T) {
	waited := regexp.MustCompile(`increase\((tokenwright_issuer_\w+)(?:\{\w+=~?"([\w|]+)"\})?`)
	there := series(t)
	found := waited.FindAllStringSubmatch(read(t, "config/prometheus/rules.yaml"), -1)
	if len(found) == 0 {
		t.Fatal("no alert waits for an increase")
	}
	for _, m := range found {
		if m[1] == "tokenwright_issuer_watch_errors_total" { // which waits for more than one
			continue
		}
		for value := range strings.SplitSeq(m[2], "|") {
			if !slices.ContainsFunc(there, func(s string) bool { return strings.HasPrefix(s, m[1]+" ") && strings.HasSuffix(s, value) }) {
				t.Errorf("at its start an issuer does not show %s %s", m[1], value)
			}
		}
	}
}

// series are what an issuer shows at its start: "name value", by the value of the only label.
func series(t *testing.T) []string {
	t.Helper()
	families, err := audit.NewMetrics().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				all = append(all, family.GetName()+" "+label.GetValue())
			}
		}
	}
	return all
}
