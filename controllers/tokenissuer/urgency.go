package tokenissuer

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// transient are the reasons of conditions that pass by themselves.
var transient = []string{v1alpha1.ReasonKeysPending, v1alpha1.ReasonProgressing, v1alpha1.ReasonNotAnswering}

// urgent lists conditions by what their being False costs: without keys or a certificate nobody is served, without identity
// providers applications are.
var urgent = []string{
	v1alpha1.Accepted, v1alpha1.KeysReady, v1alpha1.CertificateReady, v1alpha1.DeploymentReady, v1alpha1.IdentityProvidersReady,
	v1alpha1.Answering,
}

// byUrgency puts first what waits for somebody, and what passes by itself after it: a mistake must not hide behind Pods that
// start.
func byUrgency(parts []metav1.Condition) []metav1.Condition {
	rank := func(c metav1.Condition) int {
		at := slices.Index(urgent, c.Type)
		if slices.Contains(transient, c.Reason) {
			at += len(urgent)
		}
		return at
	}
	return slices.SortedStableFunc(slices.Values(parts), func(a, b metav1.Condition) int { return cmp.Compare(rank(a), rank(b)) })
}

// summed puts Ready before all conditions. As long as people can log in by some identity provider with which nothing is wrong,
// another one makes the issuer no less ready, and is named all the same.
func summed(ti *v1alpha1.TokenIssuer, parts []metav1.Condition, providers []v1alpha1.IdentityProviderStatus) []metav1.Condition {
	message, of := summary(ti), providersReady(providers)
	if of == nil {
		return condition.Summarize(message, transient, byUrgency(parts)...)
	}
	if !oneWell(providers) {
		return condition.Summarize(message, transient, byUrgency(append(parts, *of))...)
	}
	if of.Reason != v1alpha1.ReasonProvidersReady {
		message += fmt.Sprintf("; see also %s (%s)", of.Type, of.Reason)
	}
	return append(condition.Summarize(message, transient, byUrgency(parts)...), *of)
}
