package prometheus

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// query is an expression of the dashboard, with what it stands in.
type query struct{ panel, text string }

// queries are those of the dashboard, as Grafana sends them.
func queries(t *testing.T) []query {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read(t, "config", "prometheus", "dashboard.json"), &board); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$namespace", ".*", "$issuer", ".*")
	var all []query
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			all = append(all, query{panel.Title, variables.Replace(target.Expr)})
		}
	}
	if len(all) == 0 {
		t.Fatal("the dashboard has no queries")
	}
	return all
}

// TestNamesExist holds each metric and each label that an alert or the dashboard names to docs/metrics.md.
func TestNamesExist(t *testing.T) {
	known := documented(t)
	for name, rule := range rules(t) {
		for _, problem := range unknown(rule.Expr.String(), known) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	for _, q := range queries(t) {
		for _, problem := range unknown(q.text, known) {
			t.Errorf("panel %q: %s", q.panel, problem)
		}
	}
}

func TestUnknown(t *testing.T) {
	known := map[string][]string{"m": {"a"}}
	for text, want := range map[string]int{
		`m{a="1",pod="2"}`: 0, `sum by (namespace, a) (m)`: 0, `n`: 1, `m{b="1"}`: 1, `sum by (b) (m)`: 1, `sum by (`: 1,
		`sum by (le) (rate(m[5m]))`: 1, `m / on (b) m`: 1,
	} {
		if got := unknown(text, known); len(got) != want {
			t.Errorf("unknown(%s) = %q, want %d", text, got, want)
		}
	}
}

// unknown are the metrics and labels of an expression that nobody gives.
func unknown(text string, known map[string][]string) []string {
	expression, err := expressions.ParseExpr(text)
	if err != nil {
		return []string{err.Error()}
	}
	var problems, given, asked []string
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			own, ok := known[node.Name]
			if !ok {
				problems = append(problems, "there is no metric "+node.Name)
			}
			given = append(given, own...)
			for _, matcher := range node.LabelMatchers {
				asked = append(asked, matcher.Name)
			}
		case *parser.AggregateExpr:
			asked = append(asked, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				asked = append(asked, node.VectorMatching.MatchingLabels...)
			}
		}
		return nil
	})
	for _, label := range asked {
		if label != "__name__" && !slices.Contains(given, label) && !slices.Contains(target, label) {
			problems = append(problems, fmt.Sprintf("no metric of %s has the label %s", text, label))
		}
	}
	return problems
}
