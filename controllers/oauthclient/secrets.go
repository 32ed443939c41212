package oauthclient

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// isOurs tells whether secret is a credentials Secret of oc: by its type, by no other controller, and by its label or,
// should somebody have taken or changed that, by its owner.
func isOurs(oc *v1alpha1.OAuthClient, secret *corev1.Secret) bool {
	controller := metav1.GetControllerOf(secret)
	return secret.Type == v1alpha1.CredentialsSecretType && (controller == nil || controller.UID == oc.UID) &&
		(secret.Labels[v1alpha1.ClientLabel] == oc.Name || isOwnedBy(oc, secret))
}

func isOwnedBy(oc *v1alpha1.OAuthClient, secret *corev1.Secret) bool {
	return slices.ContainsFunc(secret.OwnerReferences, func(r metav1.OwnerReference) bool { return r.UID == oc.UID })
}

// credentialsSecret is the Secret as it should be, made from the one that was seen; nil if that one is right. Keys and
// labels that others added stay.
func credentialsSecret(oc *v1alpha1.OAuthClient, seen observation, compiled *registration.Registration, secret string) *corev1.Secret {
	key := secretKey(oc)
	next := copyOr(seen.credentials, key.Namespace, key.Name, v1alpha1.CredentialsSecretType)
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.ClientLabel, oc.Name)
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.ManagedByLabel, v1alpha1.ManagedByValue)
	delete(next.Annotations, v1alpha1.LetGoAnnotation)
	next.OwnerReferences = owned(oc, next)
	for _, key := range sometimes {
		delete(next.Data, key)
	}
	maps.Copy(next.Data, credentialsData(seen.issuer.URLInForce(), compiled, secret))
	seen.ca.into(next)
	return ifChanged(seen.credentials, next)
}

// secretIn is the client secret that a Secret holds; empty if there is none.
func secretIn(credentials *corev1.Secret) string {
	if credentials == nil {
		return ""
	}
	return string(credentials.Data[keyClientSecret])
}

// owned makes oc the controller, so that the Secret goes when the client does.
func owned(oc *v1alpha1.OAuthClient, secret *corev1.Secret) []metav1.OwnerReference {
	if isOwnedBy(oc, secret) {
		return secret.OwnerReferences
	}
	reference := metav1.NewControllerRef(oc, v1alpha1.GroupVersion.WithKind("OAuthClient"))
	reference.BlockOwnerDeletion = nil
	return append(secret.OwnerReferences, *reference)
}

// register puts the registration as it should be into d, made from the one that was seen.
func (d *desired) register(oc *v1alpha1.OAuthClient, seen observation, compiled *registration.Registration) {
	data, err := registration.EncodeData(compiled)
	if err != nil {
		panic(err) // strings, numbers and times always encode
	}
	d.lifetimes = lifetimesOf(compiled)
	name := registration.SecretName(seen.issuerKey.Name, compiled.ClientID)
	next := copyOr(seen.registration, seen.issuerKey.Namespace, name, v1alpha1.RegistrationSecretType)
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.IssuerLabel, seen.issuerKey.Name)
	metav1.SetMetaDataLabel(&next.ObjectMeta, v1alpha1.ManagedByLabel, v1alpha1.ManagedByValue)
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, v1alpha1.OwnerAnnotation, ownerName(oc))
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, v1alpha1.OwnerUIDAnnotation, string(oc.UID))
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, v1alpha1.ClientIDAnnotation, compiled.ClientID)
	if delete(next.Annotations, v1alpha1.RotateIDAnnotation); d.rotation.id != "" {
		next.Annotations[v1alpha1.RotateIDAnnotation] = d.rotation.id
	}
	next.Data = data
	d.registration = ifChanged(seen.registration, next)
}

// registrant names the OAuthClient that a registration belongs to: by its annotation, or if somebody took that away, by
// what it holds.
func registrant(secret *corev1.Secret) string {
	if owner := secret.Annotations[v1alpha1.OwnerAnnotation]; owner != "" {
		return owner
	}
	if r := decode(secret); r != nil {
		return r.Owner.Namespace + "/" + r.Owner.Name
	}
	return ""
}

// decode reads the registration that was seen. A damaged one counts as none: it is written anew.
func decode(secret *corev1.Secret) *registration.Registration {
	if secret == nil {
		return nil
	}
	held, err := registration.DecodeData(secret.Data)
	if err != nil {
		return nil
	}
	return held
}

func copyOr(seen *corev1.Secret, namespace, name string, kind corev1.SecretType) *corev1.Secret {
	if seen == nil {
		seen = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Type: kind}
	}
	next := seen.DeepCopy()
	if next.Data == nil {
		next.Data = map[string][]byte{}
	}
	return next
}
