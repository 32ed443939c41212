package oauthclient

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/policy"
)

// compliance says what the client asked for in vain. A client that gets all it lists, and could still get no token, is
// told so in the words in which the issuer would refuse it.
func compliance(oc *v1alpha1.OAuthClient, compiled *policy.Compiled) metav1.Condition {
	if removed := removals(&compiled.Effective); len(removed) > 0 {
		return condition.False(v1alpha1.PolicyCompliant, v1alpha1.ReasonBeyondPolicy,
			"not allowed, the rest keeps working: "+strings.Join(removed, "; "))
	}
	client := policy.NewClient(&compiled.Registration)
	for _, grantType := range oc.Spec.GrantTypes {
		if _, err := client.Decide(policy.Request{GrantType: string(grantType)}); err != nil {
			return condition.False(v1alpha1.PolicyCompliant, v1alpha1.ReasonBeyondPolicy, err.Error())
		}
	}
	return condition.True(v1alpha1.PolicyCompliant, v1alpha1.ReasonCompliant, "the client gets all that it asks for")
}

func removals(effective *v1alpha1.EffectiveRules) []string {
	var out []string
	for _, field := range []struct {
		name    string
		decided *v1alpha1.DecidedValues
	}{
		{"grantTypes", effective.GrantTypes},
		{"scopes", effective.Scopes},
		{"defaultScopes", effective.DefaultScopes},
		{"audiences", effective.Audiences},
		{"resourceServer.audiences", effective.ResourceServerAudiences},
	} {
		for _, removed := range field.decided.Removed {
			out = append(out, fmt.Sprintf("%s %s (%s)", field.name, removed.Value, removed.DecidedBy))
		}
	}
	return out
}
