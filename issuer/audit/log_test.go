package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/audit"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// full is an entry that has everything.
var full = audit.Entry{
	ClientID: "shop.orders", Registration: "default-client-x", GrantType: "client_credentials", Scope: "a b",
	Audience: []string{"https://a.example", "https://b.example"}, TokenID: "id", KeyID: "key", ExpiresIn: 600, Active: "true",
	Error: "server_error", Description: "words", Cause: errors.New("cause"), SourceIP: "192.0.2.1", Issuer: "https://old.example",
	GrantID: "grant", SessionID: "session", Subject: "usr_x", Provider: "staff", Account: "alice", AccountHash: "hash",
	Claims: []string{"groups", "name"},
	Parked: []string{"claims", "code"}, ConsentSkippedBy: "system/first-party",
}

func TestWrite(t *testing.T) {
	for _, tc := range []struct {
		name  string
		entry audit.Entry
		want  map[string]any
	}{
		{"nothing", audit.Entry{}, map[string]any{}},
		{"everything", full, map[string]any{
			"clientID": "shop.orders", "registration": "default-client-x", "grantType": "client_credentials", "scope": "a b",
			"audience": "https://a.example https://b.example", "tokenID": "id", "keyID": "key", "expiresIn": 600.0, "active": "true",
			"grantID": "grant", "sessionID": "session", "subject": "usr_x", "provider": "staff", "account": "alice", "accountHash": "hash",
			"error": "server_error", "description": "words", "cause": "cause", "sourceIP": "192.0.2.1", "issuer": "https://old.example", "parked": "claims code", "claims": "groups name",
			"consentSkippedBy": "system/first-party",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			log := audit.NewLog(slog.NewJSONHandler(&out, nil), func() time.Time { return now })
			log.Write(t.Context(), slog.LevelWarn, audit.TokenRefused, &tc.entry)
			tc.want["time"], tc.want["level"], tc.want["msg"] = "2026-11-22T12:00:00Z", "WARN", "token.refused"
			var got map[string]any
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v: %s", err, out.Bytes())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

// A new member of Entry belongs into full, so that the row above shows what it looks like.
func TestEverythingIsEverything(t *testing.T) {
	for value, i := reflect.ValueOf(full), 0; i < value.NumField(); i++ {
		if value.Field(i).IsZero() {
			t.Errorf("%s is not set", value.Type().Field(i).Name)
		}
	}
}

func TestWriteBelowLevel(t *testing.T) {
	var out bytes.Buffer
	log := audit.NewLog(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), time.Now)
	log.Write(t.Context(), slog.LevelInfo, audit.TokenIssued, &full)
	if out.Len() > 0 {
		t.Errorf("wrote %s", out.Bytes())
	}
}

// Each token writes one event.
func BenchmarkWrite(b *testing.B) {
	log := audit.NewLog(slog.NewJSONHandler(discard{}, nil), time.Now)
	entry := full
	entry.Error, entry.Description, entry.Cause, entry.Registration, entry.Claims = "", "", nil, "", nil
	b.ReportAllocs()
	for b.Loop() {
		log.Write(b.Context(), slog.LevelInfo, audit.TokenIssued, &entry)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
