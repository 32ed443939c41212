package conformance

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// point is one test of a script.
type point struct {
	Name    string
	OK      bool
	Details string // what a failure says about itself
}

var (
	planLine  = regexp.MustCompile(`^1\.\.(\d+)$`)
	pointLine = regexp.MustCompile(`^(not )?ok \d+(?: - (.*))?$`)
)

// readTAP reads what node's test runner writes (Test Anything Protocol 13). Details are in the indented block below a
// point. It reports false unless there is the number of points that the plan promises, so a script that dies halfway never
// passes for one that has finished.
func readTAP(output string) ([]point, bool) {
	var points []point
	planned := -1
	for line := range strings.SplitSeq(output, "\n") {
		if plan := planLine.FindStringSubmatch(line); plan != nil {
			planned, _ = strconv.Atoi(plan[1])
		} else if found := pointLine.FindStringSubmatch(line); found != nil {
			points = append(points, point{Name: found[2], OK: found[1] == ""})
		} else if strings.HasPrefix(line, "  ") && len(points) > 0 {
			points[len(points)-1].Details += line + "\n"
		}
	}
	return points, planned == len(points) && planned > 0
}

func TestReadTAP(t *testing.T) {
	const details = "  ---\n  error: 'no'\n  ...\n"
	for _, tc := range []struct {
		name, output string
		want         []point
		complete     bool
	}{
		{"nothing", "", nil, false},
		{"no test", "TAP version 13\n1..0\n", nil, false},
		{"a good one", "TAP version 13\n# Subtest: a\nok 1 - a\n  ---\n  ...\n1..1\n# pass 1\n", []point{{"a", true, "  ---\n  ...\n"}}, true},
		{"a bad one", "ok 1 - a\nnot ok 2 - b\n" + details + "1..2\n", []point{{"a", true, ""}, {"b", false, details}}, true},
		{"died", "ok 1 - a\n", []point{{"a", true, ""}}, false},
		{"died at the plan", "ok 1 - a\n1..2\n", []point{{"a", true, ""}}, false},
		{"what a test prints", "  ok 9 - deep\nok 1 - a\n1..1", []point{{"a", true, ""}}, true},
	} {
		points, complete := readTAP(tc.output)
		if diff := cmp.Diff(tc.want, points); diff != "" || complete != tc.complete {
			t.Errorf("%s: complete %t, want %t; points (-want +got):\n%s", tc.name, complete, tc.complete, diff)
		}
	}
}

// FuzzReadTAP holds a law: with one point more than the plan promises nothing is complete, nor with one less.
func FuzzReadTAP(f *testing.F) {
	f.Add("ok 1 - a\n1..1\n")
	f.Add("1..2\nnot ok 1\nok 2 - b\n  ---\n")
	f.Fuzz(func(t *testing.T, output string) {
		points, complete := readTAP(output)
		more, still := readTAP(output + "\nok 1 - one more\n")
		if len(more) != len(points)+1 || complete && still {
			t.Errorf("%q: %d points, complete %t; with one more %d, %t", output, len(points), complete, len(more), still)
		}
	})
}
