package main

import (
	"fmt"

	"golang.org/x/oauth2"
)

// The client of the samples that people log in to, its redirect URI on this machine, and one of its users.
const (
	loginClient   = "team-shop.shop"
	loginRedirect = "http://localhost:3000/callback"
	loginSecret   = "-n team-shop get secret shop-oauth -o go-template='{{index .data \"client-secret\" | base64decode}}'"
	loginAs       = `alice, password "correct horse battery staple"`
)

// suggestLogin prints how to log in with a browser. Nothing listens at the redirect URI, so what comes back is to be read
// in the browser's address bar.
func suggestLogin(issuer string) {
	verifier := oauth2.GenerateVerifier()
	config := oauth2.Config{
		ClientID: loginClient, RedirectURL: loginRedirect, Scopes: []string{"openid", "profile", "orders:read"},
		Endpoint: oauth2.Endpoint{AuthURL: issuer + "/authorize"},
	}
	fmt.Printf("\nTo log in (%s), open in a browser:\n\n  %s\n", loginAs, config.AuthCodeURL("dev", oauth2.S256ChallengeOption(verifier)))
	fmt.Printf("\nThe address that it ends at holds a code; within a minute:\n\n"+
		"  curl -sS %s/token -d grant_type=authorization_code -d code=CODE -d code_verifier=%s \\\n    -u \"%s:$(kubectl %s)\"\n",
		issuer, verifier, loginClient, loginSecret)
	fmt.Printf("\nThen: kubectl -n tokenwright-system get tokengrants, and %s/account in the same browser.\n", issuer)
}
