package prometheus

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// expressions is how a server without feature flags reads PromQL.
var expressions = parser.NewParser(parser.Options{})

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// ruleFiles have a PrometheusRule each, of one group.
var ruleFiles = []string{"rules.yaml", "operator_rules.yaml"}

// rules are those of config/prometheus, by name.
func rules(t *testing.T) map[string]monitoringv1.Rule {
	t.Helper()
	byName := map[string]monitoringv1.Rule{}
	for _, file := range ruleFiles {
		var all monitoringv1.PrometheusRule
		if err := yaml.UnmarshalStrict(read(t, "config", "prometheus", file), &all); err != nil {
			t.Fatal(err)
		}
		for _, rule := range all.Spec.Groups[0].Rules {
			if _, twice := byName[rule.Alert]; twice {
				t.Errorf("two alerts are called %s", rule.Alert)
			}
			byName[rule.Alert] = rule
		}
	}
	return byName
}

// target are the labels that each way to scrape gives. What Prometheus moves aside for them has another name.
var target = []string{"job", "namespace", "pod", "issuer"}

// documented are the labels of each metric on docs/metrics.md, and of up and of the process, which every target has.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{"up": nil, "process_resident_memory_bytes": nil, "process_cpu_seconds_total": nil}
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)(?:\\{([a-z_,]+)\\})?` \\| (.*)$")
	for _, m := range row.FindAllStringSubmatch(string(read(t, "docs", "metrics.md")), -1) {
		var own []string
		if m[2] != "" {
			own = strings.Split(m[2], ",")
		}
		for i := range own {
			if own[i] == "namespace" {
				own[i] = "exported_namespace"
			}
		}
		all[m[1]] = own
		if strings.Contains(m[3], "a histogram") {
			all[m[1]+"_bucket"] = append(own, "le")
		}
	}
	return all
}
