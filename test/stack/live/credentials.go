package live

import (
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
)

// Credentials is what an application reads from the Secret that it mounts; nothing else is known to it.
type Credentials struct {
	ClientID, ClientSecret string
	Issuer, TokenURL       string
}

// Credentials reads the Secret that the client's status names.
func (in *Installation) Credentials(t testing.TB, oc *v1alpha1.OAuthClient) Credentials {
	t.Helper()
	if oc.Status.Binding == nil {
		t.Fatalf("OAuthClient %s/%s names no Secret", oc.Namespace, oc.Name)
	}
	secret := new(corev1.Secret)
	key := client.ObjectKey{Namespace: oc.Namespace, Name: oc.Status.Binding.Name}
	if err := in.Client.Get(t.Context(), key, secret); err != nil {
		t.Fatal(err)
	}
	return in.CredentialsIn(secret)
}

// CredentialsIn reads a Secret.
func (in *Installation) CredentialsIn(secret *corev1.Secret) Credentials {
	value := func(key string) string { return string(secret.Data[key]) }
	in.Remember("client secret of "+secret.Namespace+"/"+secret.Name, value("client-secret"))
	return Credentials{
		ClientID: value("client-id"), ClientSecret: value("client-secret"),
		Issuer: value("issuer-uri"), TokenURL: value("token-uri"),
	}
}

// Config is how an application with x/oauth2 is configured.
func (c Credentials) Config(scopes ...string) *clientcredentials.Config {
	return &clientcredentials.Config{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL, Scopes: scopes,
		AuthStyle: oauth2.AuthStyleInHeader,
	}
}

// Token gets a token by x/oauth2.
func (in *Installation) Token(t testing.TB, config *clientcredentials.Config) *oauth2.Token {
	t.Helper()
	token, err := config.Token(in.Context(t.Context()))
	if err != nil {
		t.Fatalf("token for %s: %v", config.ClientID, err)
	}
	in.Remember("token of "+config.ClientID, token.AccessToken)
	return token
}
