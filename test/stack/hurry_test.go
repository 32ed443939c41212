package stack

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// hurriedChanges undoes what was just done, again and again, sooner than an operator can hear of all that it wrote itself.
// In the end the last change counts, for the status and for the registrations alike.
func hurriedChanges(t *testing.T, in *live.Installation) {
	const name, clients, rounds = "team-hasty", 12, 15
	admitted := map[string]string{"oauth.tokenwright.dev/clients": "true"}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: admitted}}
	create(t, in, namespace)
	for i := range clients {
		create(t, in, job(name, fmt.Sprintf("client-%d", i)))
	}
	wait := func(t *testing.T, reason string, registered int) {
		t.Helper()
		live.AwaitAll(t, in, &v1alpha1.OAuthClientList{}, "all clients to say "+reason, func(all live.Objects[*v1alpha1.OAuthClient]) bool {
			for _, oc := range all {
				if live.Condition(oc, v1alpha1.Ready).Reason != reason {
					return false
				}
			}
			return len(all) == clients
		}, client.InNamespace(name))
		live.AwaitAll(t, in, &corev1.SecretList{}, fmt.Sprintf("%d registrations", registered), func(all live.Objects[*corev1.Secret]) bool {
			count := 0
			for _, secret := range all {
				if ownedIn(secret, name) {
					count++
				}
			}
			return count == registered
		}, client.InNamespace(stack.Namespace))
	}
	pause := func(most time.Duration) { // by chance, since nobody can see how far another process has got
		<-time.After(rand.N(most))
	}
	wait(t, v1alpha1.ReasonReady, clients)

	t.Run("a policy that is wrong comes and goes", func(t *testing.T) {
		for range rounds {
			wrong := &v1alpha1.TokenPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "wrong"}}
			wrong.Spec.ResourceServers = &v1alpha1.AudienceRules{Allowed: []v1alpha1.Audience{"https://orders.example"}}
			if err := in.Client.Create(t.Context(), wrong); err != nil {
				t.Fatal(err)
			}
			pause(60 * time.Millisecond)
			if err := in.Client.Delete(t.Context(), wrong); err != nil {
				t.Fatal(err)
			}
			wait(t, v1alpha1.ReasonReady, clients)
		}
	})
	t.Run("a namespace is admitted and excluded", func(t *testing.T) {
		label(t, in, namespace, nil)
		wait(t, v1alpha1.ReasonNamespaceNotAdmitted, 0)
		for range rounds {
			label(t, in, namespace, admitted)
			pause(60 * time.Millisecond)
			label(t, in, namespace, nil)
			wait(t, v1alpha1.ReasonNamespaceNotAdmitted, 0)
		}
		label(t, in, namespace, admitted)
		wait(t, v1alpha1.ReasonReady, clients)
	})
}

// label replaces the labels of ours on a namespace.
func label(t *testing.T, in *live.Installation, namespace *corev1.Namespace, labels map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), live.Patience)
	defer cancel()
	change := client.MergeFrom(namespace.DeepCopy())
	namespace.Labels = labels
	if err := in.Client.Patch(ctx, namespace, change); err != nil {
		t.Fatal(err)
	}
}
