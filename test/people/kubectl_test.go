package people

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"tokenwright.dev/hack/dev/stack"
)

// kubectlRecipe is what docs/applications.md has kube-apiserver configured with.
func kubectlRecipe(t testing.TB) string {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "applications.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## kubectl\n")
	_, recipe, _ := strings.Cut(section, "```yaml\n")
	recipe, _, found := strings.Cut(recipe, "```\n")
	if !found || !strings.Contains(recipe, "AuthenticationConfiguration") {
		t.Fatalf("docs/applications.md has no recipe for kubectl:\n%s", recipe)
	}
	return recipe
}

// AT-16, OI-13: kube-apiserver, set up as the docs have it, knows a person and their groups by the ID token alone, which the
// client of the sample gets.
func kubectl(t *testing.T, h *house) {
	app := h.appIn(t, "platform", "kubectl", "http://localhost:8000", "openid", "groups")
	token := app.tokens(t, app.logIn(t))
	id, _ := token.Extra("id_token").(string)
	parsed, err := app.verifier.Verify(h.ctx(t), id)
	if err != nil {
		t.Fatal(err)
	}
	h.AwaitTrust(t, id)
	who := h.WhoAmI(t, id)
	slices.Sort(who.Groups)
	want := []string{"system:authenticated", "tokenwright:orders", "tokenwright:shop"}
	if diff := cmp.Diff(want, who.Groups); diff != "" || who.Username != "tokenwright:"+parsed.Subject {
		t.Errorf("kubectl auth whoami says %q, want tokenwright:%s; groups (-want +got):\n%s", who.Username, parsed.Subject, diff)
	}
	if _, err := h.Review(t.Context(), token.AccessToken); !apierrors.IsUnauthorized(err) {
		t.Errorf("the access token, which is for the issuer: %v, want it refused", err)
	}
	refreshed, err := app.refresh(t, token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	next, _ := refreshed.Extra("id_token").(string)
	if again := h.WhoAmI(t, next); !slices.Contains(again.Groups, "tokenwright:shop") {
		t.Errorf("after a refresh the groups are %q", again.Groups)
	}
}
