package endpoint_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// TestClaimsTable holds the table in docs/applications.md to what somebody who logs in is told, at each of the four places.
func TestClaimsTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/applications.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Which claims stand where\n\n")
	table, _, _ = strings.Cut(table, "\n\n")
	documented := make([]map[string]bool, 4)
	for i := range documented {
		documented[i] = map[string]bool{}
	}
	for _, row := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		for _, claim := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cells[0], -1) {
			for i, cell := range cells[1:] {
				if strings.TrimSpace(cell) != "–" && claim[1] != "acr" { // which no password has
					documented[i][claim[1]] = true
				}
			}
		}
	}
	server := issuertest.New(t, issuertest.People())
	answer := logIn(t, server.NewBrowser(t), request("scope", "openid profile email orders:read"))
	tokens := redeem(t, server, answer.Get("code"), "redirect_uri", issuertest.WebRedirect)
	_, access := claimsOf(t, server, tokens["access_token"].(string))
	_, id := claimsOf(t, server, tokens["id_token"].(string))
	bearer := issuertest.Header("Authorization", "Bearer "+tokens["access_token"].(string))
	for i, told := range []map[string]any{
		access, issuertest.JSON(t, server.Introspect(tokens["access_token"].(string))), id, issuertest.JSON(t, server.Get("/userinfo", bearer)),
	} {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(documented[i])), slices.Sorted(maps.Keys(told))); diff != "" {
			t.Errorf("column %d (-documented +told):\n%s", i+1, diff)
		}
	}
}

// Introspection says of an opaque token what it says of a JWT.
func TestClaimsOfOpaqueTokens(t *testing.T) {
	var told [2][]string
	for i, format := range []string{"", registration.FormatOpaque} {
		server := issuertest.New(t, issuertest.People())
		web := webWith("", "openid", "profile", "orders:read")
		web.AccessTokenFormat = format
		server.Register(web)
		answer := logIn(t, server.NewBrowser(t), request("scope", "openid profile orders:read"))
		tokens := redeem(t, server, answer.Get("code"), "redirect_uri", issuertest.WebRedirect)
		told[i] = slices.Sorted(maps.Keys(issuertest.JSON(t, server.Introspect(tokens["access_token"].(string)))))
	}
	if diff := cmp.Diff(told[0], told[1]); diff != "" {
		t.Errorf("(-JWT +opaque):\n%s", diff)
	}
}
