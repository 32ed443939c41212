package install

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/stack/live"
)

// operator is whom the operator runs as.
const operator = "system:serviceaccount:" + stack.Namespace + ":tokenwright-operator"

// start runs a stack without objects but the TokenIssuer default, in which these namespaces exist.
func start(t *testing.T, args []string, namespaces ...string) *live.Installation {
	t.Helper()
	in := live.Start(t, stack.Options{OperatorArgs: args})
	for _, name := range namespaces {
		create(t, in, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	return in
}

// apply does what "make deploy" does.
func apply(t *testing.T, in *live.Installation, text string, flags ...string) {
	t.Helper()
	args := append([]string{"--kubeconfig=" + in.Kubeconfig, "apply", "--server-side", "-f", "-"}, flags...)
	command := exec.CommandContext(t.Context(), in.Kubectl(), args...)
	command.Stdin = strings.NewReader(text)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("kubectl apply: %v\n%s", err, out)
	}
}

func create(t *testing.T, in *live.Installation, object client.Object) {
	t.Helper()
	if err := in.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// restart stops the operator and starts it again under the rights of this moment.
func restart(t *testing.T, in *live.Installation) {
	t.Helper()
	if err := in.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := in.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// may asks the API server whether the operator may do something.
func may(t *testing.T, in *live.Installation, verb, resource, namespace string) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: operator, Groups: []string{"system:serviceaccounts", "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Namespace: namespace},
	}}
	create(t, in, review)
	return review.Status.Allowed
}

// versions are the resource versions of what is installed, which change with every write.
func versions(t *testing.T, in *live.Installation, objects []object) map[key]string {
	t.Helper()
	out := map[key]string{}
	for _, o := range objects {
		found := o.DeepCopy()
		if err := in.Client.Get(context.Background(), client.ObjectKeyFromObject(o), found); err != nil {
			t.Fatal(err)
		}
		out[keyOf(o)] = found.GetResourceVersion()
	}
	return out
}
