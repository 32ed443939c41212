package demo

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// credentials is what an application reads from the Secret it mounts.
type credentials struct {
	clientID, clientSecret, issuerURI, tokenURI string
}

// showSecret shows the keys: describe prints sizes in place of values.
func (t *tour) showSecret(ctx context.Context) error {
	if err := t.kubectl(ctx, "-n orders describe secret orders-oauth"); err != nil {
		return err
	}
	var err error
	if t.credentials, err = t.read(ctx, "orders-oauth"); err != nil {
		return err
	}
	want := credentials{"orders.orders", t.credentials.clientSecret, t.stack.IssuerURL, t.stack.IssuerURL + "/token"}
	if t.credentials != want || want.clientSecret == "" {
		return fmt.Errorf("the Secret says client-id %q, issuer-uri %q, token-uri %q and a client-secret of %d bytes; expected %q, %q, %q and a secret",
			t.credentials.clientID, t.credentials.issuerURI, t.credentials.tokenURI, len(want.clientSecret), want.clientID, want.issuerURI, want.tokenURI)
	}
	return nil
}

// read takes the credentials of a client from its Secret.
func (t *tour) read(ctx context.Context, name string) (credentials, error) {
	secret := &corev1.Secret{}
	err := t.stack.Client.Get(ctx, client.ObjectKey{Namespace: "orders", Name: name}, secret)
	value := func(key string) string { return string(secret.Data[key]) }
	return credentials{value("client-id"), value("client-secret"), value("issuer-uri"), value("token-uri")}, err
}
