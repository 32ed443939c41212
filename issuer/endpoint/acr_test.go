package endpoint_test

import (
	"testing"

	"tokenwright.dev/issuer/issuertest"
)

// OI-11: a level that need not be met is not told of; one that must be cannot be, and that is said before any login.
func TestACR(t *testing.T) {
	for _, tc := range []struct {
		name  string
		pairs []string
		unmet bool
	}{
		{"acr_values", []string{"acr_values", "urn:mace:incommon:iap:silver phr"}, false},
		{"voluntary", []string{"claims", `{"id_token":{"acr":{"values":["phr"]}}}`}, false},
		{"of no value", []string{"claims", `{"id_token":{"acr":{"essential":true}}}`}, false},
		{"for userinfo", []string{"claims", `{"userinfo":{"acr":{"essential":true,"value":"phr"}}}`}, false},
		{"essential", []string{"claims", `{"id_token":{"acr":{"essential":true,"value":"phr"}}}`}, true},
		{"one of several", []string{"claims", `{"id_token":{"acr":{"essential":true,"values":["phr","phrh"]}}}`}, true},
		{"without a page", []string{"prompt", "none", "claims", `{"id_token":{"acr":{"essential":true,"values":["0"]}}}`}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			browser := server.NewBrowser(t)
			if tc.unmet {
				answer := browser.Visit(request(tc.pairs...)).Answer(t)
				if answer.Get("error") != "unmet_authentication_requirements" || answer.Get("state") != "s-1" {
					t.Errorf("%v", answer)
				}
				return
			}
			tokens := redeem(t, server, logIn(t, browser, request(tc.pairs...)).Get("code"))
			if _, claims := claimsOf(t, server, tokens["id_token"].(string)); claims["acr"] != nil {
				t.Errorf("acr %v", claims["acr"])
			}
		})
	}
	document := issuertest.JSON(t, issuertest.New(t, issuertest.People()).Get("/.well-known/openid-configuration"))
	if document["acr_values_supported"] != nil {
		t.Errorf("acr_values_supported is advertised: %v", document["acr_values_supported"])
	}
}
