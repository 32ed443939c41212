package install

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
)

// TestOperatorIsConfined installs as people do who choose names of their own, and asks for Secrets with the token of the
// account that this makes. A policy that looked for another name would let everything through.
func TestOperatorIsConfined(t *testing.T) {
	in := bare(t)
	for _, tc := range []struct {
		name, namespace, account string
		elsewhere                string // where the account may write Secrets besides
		render                   func(*testing.T) string
	}{
		{"kustomize, in another namespace", "platform-auth", "tokenwright-operator", "default", func(t *testing.T) string {
			return overlay(t, "default", "namespace: platform-auth\n")
		}},
		{"kustomize, with a prefix and other labels", "platform-auth", "east-tokenwright-operator", "default", func(t *testing.T) string {
			return overlay(t, "default", "namespace: platform-auth\nnamePrefix: east-\n"+
				"labels: [{pairs: {app.kubernetes.io/name: sso, app.kubernetes.io/part-of: platform}}]\n")
		}},
		{"kustomize, in some namespaces", "narrow-auth", "tokenwright-operator", "", func(t *testing.T) string {
			return overlay(t, "namespaced", "namespace: narrow-auth\n")
		}},
		{"Helm, by another release", "helm-auth", "east-operator", "default", func(t *testing.T) string {
			return rendered(t, "east", "helm-auth")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in.forget(t)
			in.apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+tc.namespace+"}\n")
			in.apply(t, tc.render(t))
			operator := in.as(t, tc.namespace, tc.account)
			in.awaitConfined(t, operator, tc.namespace)
			onlyOwnSecrets(t, operator, in.Client, tc.namespace)
			onlyOwnSecrets(t, operator, in.Client, tc.elsewhere)
			cannotBeFreed(t, operator)
		})
	}
}

// onlyOwnSecrets tries what RBAC lets the account do in a namespace, which is to delete only where issuers are.
func onlyOwnSecrets(t *testing.T, operator, admin client.Client, namespace string) {
	t.Helper()
	for _, tc := range confinements {
		if namespace == "" || namespace == metav1.NamespaceDefault && tc.verb == "delete" {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			var err error
			object := tc.next(namespace)
			if tc.former != nil {
				former := tc.former(namespace)
				if len(former.OwnerReferences) > 0 {
					former.Finalizers = []string{"tests.example.com/kept"} // its owner is not there, so the garbage collector would be faster
				}
				if err := admin.Create(t.Context(), former); err != nil {
					t.Fatal(err)
				}
				object.Name = former.Name // of no version, since the garbage collector may have marked it by now
			}
			switch tc.verb {
			case "create":
				err = operator.Create(t.Context(), object)
			case "update":
				err = operator.Update(t.Context(), object)
			case "delete":
				err = operator.Delete(t.Context(), object)
			}
			if tc.says == "" && err != nil {
				t.Errorf("%s: %v, want it to be let through", tc.verb, err)
			}
			if tc.says != "" && (!apierrors.IsForbidden(err) || !strings.Contains(err.Error(), tc.says)) {
				t.Errorf("%s: %v, want it refused, saying %q", tc.verb, err, tc.says)
			}
		})
	}
}

// cannotBeFreed tries to take the policy away.
func cannotBeFreed(t *testing.T, operator client.Client) {
	t.Helper()
	objects, err := stack.Decode([]byte(overlay(t, "default", "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		switch o.GetKind() {
		case "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterRoleBinding", "ClusterRole":
			if err := operator.Delete(t.Context(), o.DeepCopy(), client.DryRunAll); !apierrors.IsForbidden(err) {
				t.Errorf("the operator deletes the %s %s: %v, want it refused", o.GetKind(), o.GetName(), err)
			}
			o.SetResourceVersion("1")
			if err := operator.Update(t.Context(), o.DeepCopy(), client.DryRunAll); !apierrors.IsForbidden(err) {
				t.Errorf("the operator changes the %s %s: %v, want it refused", o.GetKind(), o.GetName(), err)
			}
		}
	}
}

// cluster is a control plane in which nothing of ours runs.
type cluster struct{ *stack.Stack }

func bare(t *testing.T) cluster {
	t.Helper()
	overlay(t, "default", "") // which skips without a control plane
	s, err := stack.Start(t.Context(), stack.Options{Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return cluster{s}
}

// overlay is a folder of config as an overlay renders it that has these lines.
func overlay(t *testing.T, folder, lines string) string {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	base, err := filepath.Rel(dir, filepath.Join(root, "config", folder)) // kustomize takes no absolute path
	if err != nil {
		t.Fatal(err)
	}
	content := "resources: [" + base + "]\n" + lines
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), kubectl(t), "kustomize", dir).Output()
	if err != nil {
		t.Fatalf("kubectl kustomize: %v", err)
	}
	return string(out)
}

// rendered is the chart as Helm renders it.
func rendered(t *testing.T, release, namespace string) string {
	t.Helper()
	text, err := helm(t, "template", release, chart(t), "--namespace="+namespace)
	if err != nil {
		t.Fatalf("helm template: %v\n%s", err, text)
	}
	return text
}

// forget takes away what an installation before brought, so that none holds for another.
func (c cluster) forget(t *testing.T) {
	t.Helper()
	c.run(t, "", "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", "--all")
	c.run(t, "", "delete", "clusterrolebindings", "-l", "oauth.tokenwright.dev/role=operator")
}

func (c cluster) apply(t *testing.T, text string) {
	t.Helper()
	c.run(t, text, "apply", "--server-side", "--force-conflicts", "-f", "-")
}

func (c cluster) run(t *testing.T, input string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.Kubectl(), append([]string{"--kubeconfig=" + c.Kubeconfig}, args...)...)
	command.Stdin = strings.NewReader(input)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, out)
	}
}

// as is a client with a token of the account, as the kubelet would give it to the operator's Pod.
func (c cluster) as(t *testing.T, namespace, account string) client.Client {
	t.Helper()
	request := &authenticationv1.TokenRequest{}
	owner := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	if err := c.Client.SubResource("token").Create(t.Context(), owner, request); err != nil {
		t.Fatal(err)
	}
	config := rest.AnonymousClientConfig(c.Config)
	config.BearerToken = request.Status.Token
	out, err := client.New(config, client.Options{Scheme: c.Client.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// awaitConfined waits until kube-apiserver has heard of the policy, which it tells nobody.
func (c cluster) awaitConfined(t *testing.T, operator client.Client, namespace string) {
	t.Helper()
	probe := secret(corev1.SecretTypeOpaque)(namespace)
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		err := operator.Create(ctx, probe.DeepCopy(), client.DryRunAll)
		return apierrors.IsForbidden(err) && strings.Contains(err.Error(), notOurType), nil
	})
	if err != nil {
		t.Fatalf("the operator may write any Secret: %v", err)
	}
}
