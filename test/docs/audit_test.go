package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/test/env"
)

// TestAuditPage holds docs/audit.md to the events that there are, and to what they say.
func TestAuditPage(t *testing.T) {
	page := read(t, "docs/audit.md")
	if diff := cmp.Diff(events(t), firstCells(page, "## Events", `[a-z_.]+`)); diff != "" {
		t.Errorf("events (-code +page):\n%s", diff)
	}
	if diff := cmp.Diff(fields(t), firstCells(page, "## Fields", `\w+`)); diff != "" {
		t.Errorf("fields (-code +page):\n%s", diff)
	}
}

// events are the names in issuer/audit/event.go, sorted.
func events(t *testing.T) []string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "issuer", "audit", "event.go"), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			name, _ := strconv.Unquote(literal.Value)
			names = append(names, name)
		}
		return true
	})
	slices.Sort(names)
	return names
}

// fields are those that an entry with all that it can say has, sorted.
func fields(t *testing.T) []string {
	t.Helper()
	var out bytes.Buffer
	log := audit.NewLog(slog.NewJSONHandler(&out, nil), time.Now)
	log.Write(t.Context(), slog.LevelInfo, audit.TokenIssued, &audit.Entry{
		ClientID: "x", Registration: "x", GrantType: "x", Scope: "x", Audience: []string{"x"}, TokenID: "x", KeyID: "x", ExpiresIn: 1,
		GrantID: "x", SessionID: "x", Subject: "x", Provider: "x", Account: "x", AccountHash: "x", Claims: []string{"x"}, Active: "x",
		Parked: []string{"x"}, ConsentSkippedBy: "x", Error: "x", Description: "x", Cause: errors.New("x"), SourceIP: "x", Issuer: "x",
	})
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for _, usual := range []string{slog.TimeKey, slog.LevelKey, slog.MessageKey} {
		delete(line, usual)
	}
	return slices.Sorted(maps.Keys(line))
}

// firstCells are the words in backquotes in the first cells of the table below a heading, sorted.
func firstCells(page, heading, word string) []string {
	below := section(page, heading)
	var out []string
	for _, row := range regexp.MustCompile(`(?m)^\| ((?:`+"`"+word+"`"+`(?:, )?)+) \|`).FindAllStringSubmatch(below, -1) {
		for _, cell := range code.FindAllStringSubmatch(row[1], -1) {
			out = append(out, cell[1])
		}
	}
	slices.Sort(out)
	return out
}

// section is what stands between a heading and the next one.
func section(page, heading string) string {
	_, below, _ := strings.Cut(page, "\n"+heading+"\n")
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}
