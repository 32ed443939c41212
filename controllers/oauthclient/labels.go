package oauthclient

import (
	"fmt"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
)

// labelsKnown refuses a client whose labels are more than the cache keeps, since policies select by them. It revokes:
// else a client could shake off a policy by the labels that it adds.
func labelsKnown(oc *v1alpha1.OAuthClient, _ observation) *refusal {
	if !clients.LabelsLeftOut(oc) {
		return nil
	}
	return &refusal{reason: v1alpha1.ReasonTooManyLabels, revokes: true, message: fmt.Sprintf(
		"the labels of this OAuthClient are longer than %d bytes in all: remove some", clients.MaxLabelBytes)}
}
