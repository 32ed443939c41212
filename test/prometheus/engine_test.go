package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
)

// step is how often rules are evaluated.
const step = time.Minute

func engine(t *testing.T) *promql.Engine {
	t.Helper()
	return promqltest.NewTestEngineWithOpts(t, promql.EngineOpts{
		MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: expressions,
	})
}

// TestDashboard runs each query over a server that has every metric, and wants all to find something.
func TestDashboard(t *testing.T) {
	var series strings.Builder
	series.WriteString("load 1m\n")
	all := documented(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, job := range []string{"tokenwright/issuer", "tokenwright/operator"} {
			fmt.Fprintf(&series, "  %s{job=%q,namespace=\"n\",pod=\"p\",issuer=\"i\"", name, job)
			for _, label := range all[name] {
				if label != "issuer" {
					fmt.Fprintf(&series, ",%s=%q", label, sample(label))
				}
			}
			series.WriteString("} 0+7x30\n")
		}
	}
	stored := promqltest.LoadedStorage(t, series.String())
	runner := engine(t)
	for _, q := range queries(t) {
		if len(at(t, runner, stored, q.text, 20*time.Minute)) == 0 {
			t.Errorf("panel %q: nothing for %s", q.panel, q.text)
		}
	}
}

// sample is a value of a label that the dashboard's matchers take.
func sample(label string) string {
	switch label {
	case "endpoint":
		return "token"
	case "code":
		return "503"
	case "le":
		return "+Inf"
	}
	return "x"
}

// at is what an expression gives at a moment: a line for each series, without values.
func at(t *testing.T, runner *promql.Engine, stored storage.Queryable, expression string, moment time.Duration) []string {
	t.Helper()
	query, err := runner.NewInstantQuery(t.Context(), stored, nil, expression, time.Unix(0, 0).Add(moment))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	defer query.Close()
	result := query.Exec(t.Context())
	vector, err := result.Vector()
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var lines []string
	for _, s := range vector {
		lines = append(lines, s.Metric.DropReserved(func(name string) bool { return name == model.MetricNameLabel }).String())
	}
	slices.Sort(lines)
	return lines
}

// firing is what an alert says at a moment: what its expression has given at each evaluation for as long as it waits.
func firing(t *testing.T, runner *promql.Engine, stored storage.Queryable, expression string, wait, moment time.Duration) []string {
	t.Helper()
	lines := at(t, runner, stored, expression, moment)
	for before := step; before <= wait && len(lines) > 0; before += step {
		earlier := at(t, runner, stored, expression, moment-before)
		lines = slices.DeleteFunc(lines, func(line string) bool { return !slices.Contains(earlier, line) })
	}
	return lines
}
