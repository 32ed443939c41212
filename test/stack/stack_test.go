package stack

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// TestStack tells what users see, in the order in which they may come across it.
func TestStack(t *testing.T) {
	in := live.Start(t, stack.Options{Samples: true})
	for _, story := range []struct {
		name string
		tell func(*testing.T, *live.Installation)
	}{
		{"all samples become Ready", samplesBecomeReady},
		{"the wrong samples say why they do not", wrongSamplesSayWhy},
		{"a TokenIssuer that nobody serves says so", unservedIssuer},
		{"tokens say what status.effective says", tokensAreAsEffective},
		{"the library finds out how to authenticate", authenticationIsFoundOut},
		{"what a client may not have is refused", beyondIsRefused},
		{"introspection answers whom it concerns", introspection},
		{"a tightened policy shortens the next token", tightenedPolicy},
		{"a Secret that is lost or altered heals", secretHeals},
		{"a deleted client is nobody at once", deletedClient},
		{"a Secret that its client left behind opens nothing again", orphanedSecret},
		{"a namespace goes away with its clients", deletedNamespace},
		{"tokens flow while the operator is away", operatorAway},
		{"tokens flow while the API server is away", apiServerAway},
		{"the last of many changes counts", hurriedChanges},
		{"logs are JSON and hold the audit events", auditLog},
		{"secrets are where they belong and nowhere else", secretsStaySecret},
	} {
		if !t.Run(story.name, func(t *testing.T) { story.tell(t, in) }) && !in.Standing() {
			t.Fatal("the installation is down, so the other stories cannot be told")
		}
	}
}

// oauthClient names an OAuthClient of the samples, or of a story.
func oauthClient(namespace, name string) *v1alpha1.OAuthClient {
	return &v1alpha1.OAuthClient{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// job is a client of team-orders with little more than a name.
func job(namespace, name string) *v1alpha1.OAuthClient {
	oc := oauthClient(namespace, name)
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials}
	oc.Spec.Scopes = []v1alpha1.Scope{"orders:read"}
	oc.Spec.Audiences = []v1alpha1.Audience{"https://orders.example"}
	return oc
}

// create makes an object that goes with the test.
func create(t *testing.T, in *live.Installation, object client.Object) {
	t.Helper()
	if err := in.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), live.Patience)
		defer cancel()
		if err := client.IgnoreNotFound(in.Client.Delete(ctx, object)); err != nil {
			t.Errorf("remove %s: %v", object.GetName(), err)
		}
	})
}

// get reads an object anew.
func get[T client.Object](t *testing.T, in *live.Installation, object T) T {
	t.Helper()
	if err := in.Client.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Fatal(err)
	}
	return object
}

// ready waits for a client and returns it with what an application reads from its Secret.
func ready(t *testing.T, in *live.Installation, namespace, name string) (*v1alpha1.OAuthClient, live.Credentials) {
	t.Helper()
	oc := live.AwaitReady(t, in, oauthClient(namespace, name))
	return oc, in.Credentials(t, oc)
}

// registrationsOf counts the registrations of the clients of one namespace.
func registrationsOf(t *testing.T, in *live.Installation, namespace string) int {
	t.Helper()
	var secrets corev1.SecretList
	if err := in.Client.List(t.Context(), &secrets, client.InNamespace(stack.Namespace)); err != nil {
		t.Fatal(err)
	}
	count := 0
	for i := range secrets.Items {
		if ownedIn(&secrets.Items[i], namespace) {
			count++
		}
	}
	return count
}
