package people

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// byName is what somebody writes in an incident who knows a name.
const byName = `
apiVersion: oauth.tokenwright.dev/v1alpha1
kind: TokenRevocation
metadata: {name: %s}
spec:
  issuerName: default
  user: {provider: staff, username: %s}
  issuedBefore: %q
  expiresAt: %q
`

func (h *house) revokeUser(t *testing.T, name, user string, before time.Time) {
	t.Helper()
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	file := filepath.Join(t.TempDir(), "revocation.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, byName, name, user, stamp(before), stamp(before.Add(time.Hour))), 0o600); err != nil {
		t.Fatal(err)
	}
	h.kubectl(t, "apply", "-f", file)
}

// An incident responder knows a name. Both replicas refuse all that was issued under it, status says whom it meant, and a name
// that is mistyped is told as well.
func personRevoked(t *testing.T, h *house) {
	shop := h.shop(t)
	token := shop.tokens(t, shop.logIn(t))
	id, err := shop.verifier.Verify(h.ctx(t), token.Extra("id_token").(string))
	if err != nil {
		t.Fatal(err)
	}
	before := id.IssuedAt.Add(time.Second)
	h.wantDead(t, shop, token, "TokenRevocation by name", func() { h.revokeUser(t, "incident-2", strings.ToUpper(username), before) })
	h.kubectl(t, "wait", "--for=condition=Ready", "tokenrevocation/incident-2", "--timeout=30s")
	h.revokeUser(t, "incident-3", "alcie", before)
	h.kubectl(t, "wait", "--for=condition=Stalled", "tokenrevocation/incident-3", "--timeout=30s")
	for name, want := range map[string][]string{"incident-2": {"True", "Revoked", id.Subject}, "incident-3": {"False", "UserNotFound", `Nobody called "alcie"`}} {
		table := h.kubectl(t, "get", "tokenrevocation", name, "-o", "wide")
		for _, text := range want {
			if !strings.Contains(table, text) {
				t.Errorf("kubectl get tokenrevocations does not show %q:\n%s", text, table)
			}
		}
	}
	h.kubectl(t, "delete", "tokenrevocation", "incident-2", "incident-3")
	if _, err := shop.refresh(t, token.RefreshToken); err == nil {
		t.Error("the refresh token works again: its grant has ended for good")
	}
}
