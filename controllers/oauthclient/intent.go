package oauthclient

import (
	"crypto/sha256"
	"encoding/json"

	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// intent tells what a client should be, by all that decides about it but its Secrets: the client itself, its issuer with its
// key rings and its namespace's admission there, and what the policies come to. Two passes with one intent do the same.
type intent [sha256.Size]byte

func intentOf(oc *v1alpha1.OAuthClient, seen observation) intent {
	what := struct {
		UID        types.UID
		Rings      string
		Generation int64
		Issuer     types.UID
		Serving    int64
		URL        string
		Admitted   bool
		Governed   bool
		Waits      bool
		ClientID   bool
		CA         string
		Rules      registration.Registration
	}{UID: oc.UID, Generation: oc.Generation, Rings: seen.rings, CA: seen.ca.digest}
	if seen.issuer != nil {
		rules := seen.governing.Rules()
		_, what.ClientID = policy.ClientIDAllowed(oc, rules)
		what.Issuer, what.Serving = seen.issuer.UID, seen.issuer.Generation
		what.URL = seen.issuer.URLInForce()
		what.Admitted = policy.Admits(seen.issuer.Spec.ClientNamespaces, seen.subject)
		what.Governed, what.Waits = seen.governing.Rooted, len(seen.governing.PendingLocal) > 0
		what.Rules = policy.Compile(oc, nil, rules).Registration
	}
	text, err := json.Marshal(what)
	if err != nil {
		panic(err) // strings, numbers and times always encode
	}
	return sha256.Sum256(text)
}
