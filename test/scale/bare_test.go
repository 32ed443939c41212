package scale

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	oauthac "tokenwright.dev/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
)

// bareWrites stores what n clients amount to and returns how long that took.
func bareWrites(t *testing.T, n int) time.Duration {
	t.Helper()
	s := start(t, stack.Options{})
	defer func() { _ = s.Close() }() // its memory and its background work are not the next run's
	c := admin(t, s)
	createNamespaces(t, c)
	template := statusTemplate()
	begin := time.Now()
	inParallel(t, n, func(ctx context.Context, i int) error { return storeOne(ctx, c, i, template) })
	return time.Since(begin)
}

// storeOne makes the five writes of one client.
func storeOne(ctx context.Context, c client.Client, i int, status v1alpha1.OAuthClientStatus) error {
	oc := oauthClient(i)
	if err := c.Create(ctx, oc); err != nil {
		return err
	}
	before := oc.DeepCopy()
	oc.Finalizers = []string{v1alpha1.Finalizer}
	if err := c.Patch(ctx, oc, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return err
	}
	if err := c.Create(ctx, registered(oc)); err != nil {
		return err
	}
	if err := c.Create(ctx, credentials(oc)); err != nil {
		return err
	}
	configuration := oauthac.OAuthClient(oc.Name, oc.Namespace).WithStatus(oauthac.OAuthClientStatus())
	data, err := json.Marshal(status)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, configuration.Status); err != nil {
		return err
	}
	return c.Status().Apply(ctx, configuration, client.FieldOwner("bare"), client.ForceOwnership)
}

// registered is a registration of the size that the operator writes.
func registered(oc *v1alpha1.OAuthClient) *corev1.Secret {
	id := oc.Namespace + "." + oc.Name
	data, err := registration.Encode(&registration.Registration{
		ClientID: id, GrantTypes: []string{"client_credentials"}, AccessTokenLifetime: 600,
		Owner:  registration.Owner{Namespace: oc.Namespace, Name: oc.Name, UID: string(oc.UID), Generation: 1},
		Scopes: []string{"orders:read", "orders:write"}, DefaultScopes: []string{"orders:read", "orders:write"},
		Audiences:   []string{"https://orders.example"},
		Credentials: []registration.Credential{{ID: strings.Repeat("A", 26), SecretHash: make([]byte, 32), CreatedAt: time.Now().UTC()}},
	})
	if err != nil {
		panic(err)
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: stack.Namespace, Name: registration.SecretName(stack.DefaultIssuer, id),
			Labels: map[string]string{v1alpha1.IssuerLabel: stack.DefaultIssuer, v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue},
			Annotations: map[string]string{
				v1alpha1.OwnerAnnotation: oc.Namespace + "/" + oc.Name, v1alpha1.OwnerUIDAnnotation: string(oc.UID),
				v1alpha1.ClientIDAnnotation: id,
			},
		},
		Type: v1alpha1.RegistrationSecretType,
		Data: map[string][]byte{registration.DataKey: data},
	}
}

// credentials is a Secret of the size that the operator writes.
func credentials(oc *v1alpha1.OAuthClient) *corev1.Secret {
	reference := metav1.NewControllerRef(oc, v1alpha1.GroupVersion.WithKind("OAuthClient"))
	reference.BlockOwnerDeletion = nil
	const url = "https://issuer.example"
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: oc.Namespace, Name: oc.Name + "-oauth", OwnerReferences: []metav1.OwnerReference{*reference},
			Labels: map[string]string{v1alpha1.ClientLabel: oc.Name, v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue},
		},
		Type: v1alpha1.CredentialsSecretType,
		StringData: map[string]string{
			"type": "oauth2", "provider": "tokenwright", "client-id": oc.Namespace + "." + oc.Name,
			"client-secret": registration.NewSecret(registration.Entropy{}), "issuer-uri": url, "token-uri": url + "/token",
			"jwk-set-uri": url + "/jwks", "scope": "orders:read,orders:write", "scopes": "orders:read orders:write",
			"client-authentication-method": "client_secret_basic", "authorization-grant-type": "client_credentials",
		},
	}
}

// statusTemplate is a status of the size that the operator writes.
func statusTemplate() v1alpha1.OAuthClientStatus {
	now := metav1.Now().Rfc3339Copy()
	values := func(v ...string) *v1alpha1.DecidedValues {
		return &v1alpha1.DecidedValues{Values: v, DecidedBy: v1alpha1.DecidedByClient}
	}
	lifetime := v1alpha1.DecidedDuration{Value: "10m", DecidedBy: "tokenwright-system/policy-00"}
	status := v1alpha1.OAuthClientStatus{
		ObservedGeneration: 1, ClientID: "apps-00.client-00000", Binding: &v1alpha1.Binding{Name: "client-00000-oauth"},
		Credentials: []v1alpha1.CredentialStatus{{ID: strings.Repeat("A", 26), State: v1alpha1.CredentialActive, CreatedAt: now}},
		Effective: &v1alpha1.EffectiveRules{
			GrantTypes: values("client_credentials"), Scopes: values("orders:read", "orders:write"),
			DefaultScopes: values("orders:read", "orders:write"), Audiences: values("https://orders.example"),
			ResourceServerAudiences: values(), AccessToken: &v1alpha1.EffectiveAccessToken{Lifetime: lifetime, MaxLifetime: lifetime},
		},
	}
	for i := range policies {
		status.Effective.Policies = append(status.Effective.Policies, v1alpha1.PolicyName(fmt.Sprintf("tokenwright-system/policy-%02d", i)))
	}
	for _, kind := range []string{v1alpha1.Ready, v1alpha1.Registered, v1alpha1.CredentialsReady, v1alpha1.PolicyCompliant} {
		status.Conditions = append(status.Conditions, metav1.Condition{
			Type: kind, Status: metav1.ConditionTrue, Reason: "Ready", LastTransitionTime: now, ObservedGeneration: 1,
			Message: "registered; the credentials are in the Secret",
		})
	}
	return status
}
