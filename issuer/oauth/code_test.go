package oauth_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strconv"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

var codes = []struct {
	code   oauth.Code
	status int
	level  slog.Level
}{
	{"invalid_request", 400, slog.LevelInfo},
	{"invalid_client", 401, slog.LevelInfo},
	{"invalid_grant", 400, slog.LevelInfo},
	{"unauthorized_client", 400, slog.LevelInfo},
	{"unsupported_grant_type", 400, slog.LevelInfo},
	{"invalid_scope", 400, slog.LevelInfo},
	{"invalid_target", 400, slog.LevelInfo},
	{"unsupported_token_type", 400, slog.LevelInfo},
	{"server_error", 500, slog.LevelError},
	{"temporarily_unavailable", 503, slog.LevelWarn},
	{"access_denied", 400, slog.LevelInfo},
	{"unsupported_response_type", 400, slog.LevelInfo},
	{"login_required", 400, slog.LevelInfo},
	{"consent_required", 400, slog.LevelInfo},
	{"interaction_required", 400, slog.LevelInfo},
	{"account_selection_required", 400, slog.LevelInfo},
	{"request_not_supported", 400, slog.LevelInfo},
	{"request_uri_not_supported", 400, slog.LevelInfo},
	{"unmet_authentication_requirements", 400, slog.LevelInfo},
	{"authorization_pending", 400, slog.LevelInfo},
	{"slow_down", 400, slog.LevelInfo},
	{"expired_token", 400, slog.LevelInfo},
	{"invalid_token", 401, slog.LevelInfo},
	{"insufficient_scope", 403, slog.LevelInfo},
}

func TestCodes(t *testing.T) {
	for _, tc := range codes {
		if got := tc.code.Status(); got != tc.status {
			t.Errorf("%s has status %d, want %d", tc.code, got, tc.status)
		}
		if got := tc.code.Level(); got != tc.level {
			t.Errorf("%s is logged at %v, want %v", tc.code, got, tc.level)
		}
	}
}

// TestEveryCodeHasARow reads the source, so that a new code cannot go by without its status being thought of.
func TestEveryCodeHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, tc := range codes {
		rows[string(tc.code)] = true
	}
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		declared++
		literal, _ := spec.Values[0].(*ast.BasicLit)
		code, err := strconv.Unquote(literal.Value)
		if err != nil || !rows[code] {
			t.Errorf("%s = %q has no row in codes (%v)", spec.Names[0], code, err)
		}
		return true
	})
	if declared != len(codes) {
		t.Errorf("code.go declares %d codes, the table has %d", declared, len(codes))
	}
}
