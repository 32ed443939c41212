package install

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// shape makes a Secret in a namespace.
type shape func(namespace string) *corev1.Secret

// What a refusal says.
const (
	notOurType = "Tokenwright's operator writes registrations, key rings, and Secrets of type servicebinding.io/oauth2 that belong to an OAuthClient, " +
		"and changes no Secret of others: this one has the type "
	notDeleted = "Tokenwright's operator deletes registrations alone: this Secret has the type "
)

// confinements say what the operator's account may do with Secrets: next is written, or deleted, in place of former. What
// is refused says why.
var confinements = []struct {
	name, verb   string
	former, next shape
	says         string
}{
	{"a token of another account", "create", nil, secret(corev1.SecretTypeServiceAccountToken, annotated), notOurType + "kubernetes.io/service-account-token"},
	{"a Secret of no type", "create", nil, secret(""), notOurType + "Opaque"},
	{"an opaque Secret that looks like ours", "create", nil, secret(corev1.SecretTypeOpaque, labelled, owned), notOurType + "Opaque"},
	{"a certificate", "create", nil, secret(corev1.SecretTypeTLS), notOurType + "kubernetes.io/tls"},
	{"a password for a registry", "create", nil, secret(corev1.SecretTypeDockerConfigJson), notOurType + "kubernetes.io/dockerconfigjson"},
	{"users", "create", nil, secret(v1alpha1.UsersSecretType), notOurType + v1alpha1.UsersSecretType},
	{"a secret at a provider elsewhere", "create", nil, secret(v1alpha1.UpstreamSecretType), notOurType + v1alpha1.UpstreamSecretType},
	{"a service binding of others", "create", nil, secret(v1alpha1.CredentialsSecretType), notOurType + v1alpha1.CredentialsSecretType},
	{"credentials", "create", nil, secret(v1alpha1.CredentialsSecretType, labelled, owned), ""},
	{"a registration", "create", nil, secret(v1alpha1.RegistrationSecretType), ""},
	{"a key ring", "create", nil, secret(v1alpha1.KeyRingSecretType), ""},

	{"credentials", "update", secret(v1alpha1.CredentialsSecretType, labelled), secret(v1alpha1.CredentialsSecretType, labelled, owned), ""},
	{"credentials without their label", "update", secret(v1alpha1.CredentialsSecretType, owned), secret(v1alpha1.CredentialsSecretType, labelled, owned), ""},
	{"credentials that become nobody's", "update", secret(v1alpha1.CredentialsSecretType, labelled), secret(v1alpha1.CredentialsSecretType), notOurType + v1alpha1.CredentialsSecretType},
	{"a service binding of others", "update", secret(v1alpha1.CredentialsSecretType), secret(v1alpha1.CredentialsSecretType, labelled, owned), notOurType + v1alpha1.CredentialsSecretType},
	{"a registration", "update", secret(v1alpha1.RegistrationSecretType), secret(v1alpha1.RegistrationSecretType, labelled), ""},
	{"a key ring", "update", secret(v1alpha1.KeyRingSecretType), secret(v1alpha1.KeyRingSecretType, labelled), ""},
	{"users", "update", secret(v1alpha1.UsersSecretType), secret(v1alpha1.UsersSecretType, labelled), notOurType + v1alpha1.UsersSecretType},
	{"an opaque Secret", "update", secret(corev1.SecretTypeOpaque), secret(corev1.SecretTypeOpaque, labelled), notOurType + "Opaque"},

	{"a registration", "delete", secret(v1alpha1.RegistrationSecretType), secret(v1alpha1.RegistrationSecretType), ""},
	{"a key ring", "delete", secret(v1alpha1.KeyRingSecretType), secret(v1alpha1.KeyRingSecretType), notDeleted + v1alpha1.KeyRingSecretType},
	{"users", "delete", secret(v1alpha1.UsersSecretType), secret(v1alpha1.UsersSecretType), notDeleted + v1alpha1.UsersSecretType},
}

func secret(kind corev1.SecretType, with ...func(*corev1.Secret)) shape {
	return func(namespace string) *corev1.Secret {
		out := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "tried-"}, Type: kind}
		out.Data = map[string][]byte{
			corev1.TLSCertKey: nil, corev1.TLSPrivateKeyKey: nil, // what some types must hold
			corev1.DockerConfigJsonKey: []byte("{}"),
		}
		for _, change := range with {
			change(out)
		}
		return out
	}
}

// annotated asks Kubernetes for a token of an account that controllers of Kubernetes use.
func annotated(s *corev1.Secret) {
	s.Annotations = map[string]string{corev1.ServiceAccountNameKey: "default"}
}

func labelled(s *corev1.Secret) { s.Labels = map[string]string{v1alpha1.ClientLabel: "orders"} }

func owned(s *corev1.Secret) {
	s.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "OAuthClient", Name: "orders", UID: "8a35a5a0-0f0b-4fd8-9f0d-2a3f0d4e1f11",
	}}
}
