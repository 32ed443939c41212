package oauthclient

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// maxRemovals is how many values a message names that policies took away; status.effective lists all of them.
const maxRemovals = 8

// compliance says what the client asked for in vain.
func compliance(oc *v1alpha1.OAuthClient, seen observation, compiled *policy.Compiled) metav1.Condition {
	if lacks := lacks(oc, seen, compiled, "not allowed, the rest keeps working: "); len(lacks) > 0 {
		return condition.Faults(v1alpha1.PolicyCompliant, lacks...)
	}
	return condition.True(v1alpha1.PolicyCompliant, v1alpha1.ReasonCompliant, "the client gets all that it asks for")
}

// lacks is all that the client asks for in vain; what policies took away is told after the words removed. A client that gets
// all it lists, and could still get no token, is told so in the words in which the issuer would refuse it.
func lacks(oc *v1alpha1.OAuthClient, seen observation, compiled *policy.Compiled, removed string) []condition.Fault {
	var out []condition.Fault
	beyond := func(message string) {
		out = append(out, condition.Fault{Reason: v1alpha1.ReasonBeyondPolicy, Message: message})
	}
	if format := compiled.Effective.AccessToken.Format; format.Value == policy.FormatNone && len(oc.Spec.GrantTypes) > 0 {
		beyond(fmt.Sprintf("no token is issued: the policies leave neither JWT nor Opaque of accessToken.formats (%s)", format.DecidedBy))
	}
	if list := removals(seen, &compiled.Effective); len(list) > 0 {
		beyond(removed + condition.List("; ", maxRemovals, list...))
	}
	if len(out) == 0 { // else a refusal may only say the same again
		for _, message := range attempts(oc, &compiled.Registration) {
			beyond(message)
		}
	}
	if refusal := policy.Offered(&seen.issuer.Spec, &compiled.Registration); refusal != nil {
		for _, one := range append([]policy.Refusal{*refusal}, refusal.Also...) {
			out = append(out, condition.Fault{Reason: one.Reason, Message: one.Message})
		}
	}
	return append(out, unattended(seen, &compiled.Registration)...)
}

// attempts are the words in which the issuer would refuse what the client may ask for by its grant types, each once.
func attempts(oc *v1alpha1.OAuthClient, r *registration.Registration) []string {
	var out []string
	for _, grantType := range oc.Spec.GrantTypes {
		if err := attempt(r, grantType); err != nil && !slices.Contains(out, err.Error()) {
			out = append(out, err.Error())
		}
	}
	return out
}

// attempt asks for a token as the client could. Refresh tokens follow from what was authorized before.
func attempt(r *registration.Registration, grantType v1alpha1.GrantType) error {
	client, req := policy.NewClient(r), policy.Request{GrantType: string(grantType), Scopes: r.Scopes}
	var err error
	switch grantType {
	case v1alpha1.AuthorizationCode, v1alpha1.DeviceCode:
		_, err = client.Authorize(req)
	case v1alpha1.ClientCredentials:
		req.Scopes = nil // those about a person are for its other grants
		_, err = client.Decide(req)
	case v1alpha1.RefreshToken:
	}
	return err
}

func removals(seen observation, effective *v1alpha1.EffectiveRules) []string {
	var out []string
	for _, field := range []struct {
		name    string
		decided *v1alpha1.DecidedValues
	}{
		{"grantTypes", effective.GrantTypes},
		{"scopes", effective.Scopes},
		{"defaultScopes", effective.DefaultScopes},
		{"audiences", effective.Audiences},
	} {
		for _, removed := range field.decided.Removed {
			out = append(out, fmt.Sprintf("%s %s (%s)", field.name, removed.Value, removed.DecidedBy))
		}
	}
	return append(out, unguarded(seen, effective.ResourceServerAudiences)...)
}

// unguarded are the audiences that the client may not introspect tokens of. Where no policy says who may, they are asked for.
func unguarded(seen observation, decided *v1alpha1.DecidedValues) []string {
	const field = "resourceServer.audiences"
	var out, nobodys []string
	for _, removed := range decided.Removed {
		if removed.DecidedBy == v1alpha1.DecidedByBuiltin {
			nobodys = append(nobodys, removed.Value)
			continue
		}
		out = append(out, fmt.Sprintf("%s %s (%s)", field, removed.Value, removed.DecidedBy))
	}
	if len(nobodys) > 0 {
		out = append(out, fmt.Sprintf("%s %s, which no policy gives: %s",
			field, strings.Join(nobodys, ", "), askFor(seen, "resourceServers", nobodys...)))
	}
	return out
}
