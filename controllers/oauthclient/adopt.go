package oauthclient

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// adopts tells whether oc, of which no registration says which secret is its own, may go on with the one that stands in
// its Secret. What was let go must never be accepted again, while a restore from a backup, which gives every object a new
// UID, should disturb nobody. They are told apart by whose UIDs the Secret carries, and the registration of a former
// client of that name, if there is one:
//
//   - A Secret that oc itself owns has lost nothing but its registration.
//   - One that the finalizer let go is empty, or says so if it could not be emptied.
//   - One that a former client owns belongs to that client's registration, or it is no restore.
//   - Where there is a former client's registration, it knows which secret was in force.
//   - What nobody owns and nobody knows was restored alone, or put there for oc.
func adopts(oc *v1alpha1.OAuthClient, credentials *corev1.Secret, former *registration.Registration) bool {
	if credentials == nil || isOwnedBy(oc, credentials) {
		return true
	}
	if credentials.Annotations[v1alpha1.LetGoAnnotation] != "" {
		return false
	}
	if owner := formerOwner(credentials); owner != "" && (former == nil || former.Owner.UID != string(owner)) {
		return false
	}
	return former == nil || inForce(former.Credentials, secretIn(credentials))
}

// formerOwner is the UID of the OAuthClient that a Secret refers to; empty if it refers to none.
func formerOwner(credentials *corev1.Secret) types.UID {
	for _, reference := range credentials.OwnerReferences {
		if reference.Kind == "OAuthClient" {
			return reference.UID
		}
	}
	return ""
}

// inForce tells whether a registration's credentials have secret as one that does not retire.
func inForce(list []registration.Credential, secret string) bool {
	hash := registration.HashSecret(secret)
	return slices.ContainsFunc(list, func(c registration.Credential) bool {
		return !c.Retiring() && slices.Equal(c.SecretHash, hash)
	})
}
