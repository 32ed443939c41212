package security

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tokenwright.dev/test/env"
)

// actors are the headings whose list items each name a test.
var actors = []string{"A tenant", "A stranger", "A person with an account"}

// TestEachSentenceHasItsTest reads SECURITY.md.
func TestEachSentenceHasItsTest(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	if names := named(string(text)); len(names) == 0 {
		t.Error("SECURITY.md names no test")
	}
	for _, problem := range problems(root, string(text)) {
		t.Error(problem)
	}
}

// problems are sentences without a test, actors of whom too little is said, and tests that do not exist.
func problems(root, text string) []string {
	var all []string
	for _, actor := range actors {
		section := below(text, "### "+actor+"\n")
		for _, half := range []string{"can:", "cannot:"} {
			items := itemsBelow(section, half)
			if len(items) == 0 {
				all = append(all, fmt.Sprintf("%s: there is no list of what they %s", actor, strings.TrimSuffix(half, ":")))
			}
			for _, item := range items {
				if len(named(item)) == 0 {
					all = append(all, fmt.Sprintf("%s: %q names no test", actor, item))
				}
			}
		}
	}
	for _, test := range named(text) {
		if !test.exists(root) {
			all = append(all, fmt.Sprintf("there is no test %s in %s", test.name, test.folder))
		}
	}
	return all
}

// below is what stands between a heading and the next one.
func below(text, heading string) string {
	_, rest, _ := strings.Cut(text, "\n"+heading)
	section, _, _ := strings.Cut(rest, "\n#")
	return section
}

// itemsBelow are those of the list that follows the line that ends with " can:" or " cannot:", each on one line.
func itemsBelow(section, end string) []string {
	var items []string
	inside := false
	for line := range strings.Lines(section) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasSuffix(line, ":") && !strings.HasPrefix(line, "- "):
			inside = strings.HasSuffix(line, " "+end)
		case inside && strings.HasPrefix(line, "- "):
			items = append(items, line)
		case inside && strings.HasPrefix(line, "  ") && len(items) > 0:
			items[len(items)-1] += " " + strings.TrimSpace(line)
		}
	}
	return items
}

// reference names a test function in a folder.
type reference struct{ folder, name string }

var references = regexp.MustCompile("`([a-z0-9/]+)\\.(Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+)`")

func named(text string) []reference {
	var all []reference
	for _, found := range references.FindAllStringSubmatch(text, -1) {
		all = append(all, reference{found[1], found[2]})
	}
	return all
}

func (r reference) exists(root string) bool {
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(r.folder), "*_test.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(content), "\nfunc "+r.name+"(") {
			return true
		}
	}
	return false
}

// TestProblems is the table of what is found.
func TestProblems(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	const (
		this  = "(`test/security.TestProblems`)"
		whole = "\n### A tenant\n\nIt can:\n\n- a " + this + "\n\nIt cannot:\n\n- b\n  c " + this + "\n" +
			"\n### A stranger\n\nThey can:\n\n- a " + this + "\n\nThey cannot:\n\n- b " + this + "\n" +
			"\n### A person with an account\n\nThey can:\n\n- a " + this + "\n\nThey cannot:\n\n- b " + this + "\n\n### Others\n\n- c\n"
	)
	for _, tc := range []struct{ name, text, want string }{
		{"all is well", whole, ""},
		{"a sentence without a test", strings.Replace(whole, "- a "+this, "- a", 1), `A tenant: "- a" names no test`},
		{"a sentence of two lines without a test", strings.Replace(whole, "- b\n  c "+this, "- b\n  c", 1), `A tenant: "- b c" names no test`},
		{"a test that is gone", strings.Replace(whole, "TestProblems", "TestGone", 1), "there is no test TestGone in test/security"},
		{"another folder", strings.Replace(whole, "test/security.", "test/layers.", 1), "there is no test TestProblems in test/layers"},
		{"an actor of whom nothing is said", strings.Replace(whole, "### A stranger", "### A stranger thing", 1), "A stranger: there is no list of what they can"},
	} {
		got := problems(root, tc.text)
		if first := strings.Join(got[:min(1, len(got))], ""); first != tc.want {
			t.Errorf("%s: %q, want %q first", tc.name, got, tc.want)
		}
	}
}
