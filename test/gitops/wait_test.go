package gitops

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// TestKubectlWait waits for each kind with kubectl: it does not take for ready what nobody has seen, nor what has changed
// since, and hears of it when it is.
func TestKubectlWait(t *testing.T) {
	s := stage.New(t)
	config := kubeconfig(t, s.Config)
	issuer := build.TokenIssuer(s.Issuer().String())
	policy, shop := sampled(s, nil)
	for _, tc := range []struct {
		kind     string
		object   client.Object
		operator reconcile.Reconciler
		change   func(client.Object)
	}{
		{"tokenissuer", issuer, s.TokenIssuers(), func(o client.Object) { build.Signs("48h", "ES256")(o.(*v1alpha1.TokenIssuer)) }},
		{"tokenpolicy", policy, s.TokenPolicies(), func(o client.Object) { build.MaxLifetime("5m")(o.(*v1alpha1.TokenPolicy)) }},
		{"oauthclient", shop, s.OAuthClients(), func(o client.Object) { build.Lifetime("5m")(o.(*v1alpha1.OAuthClient)) }},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			s.Create(t, tc.object)
			waiting := func(timeout string) *exec.Cmd {
				return exec.CommandContext(t.Context(), kubectl(t), "--kubeconfig="+config, "--namespace="+tc.object.GetNamespace(),
					"wait", "--for=condition=Ready", "--timeout="+timeout, tc.kind+"/"+tc.object.GetName())
			}
			if out, err := waiting("0s").CombinedOutput(); err == nil {
				t.Errorf("kubectl takes it for ready before the operator has seen it: %s", out)
			}
			patient := waiting("60s")
			if err := patient.Start(); err != nil {
				t.Fatal(err)
			}
			s.Reconcile(t, tc.operator, tc.object)
			if err := patient.Wait(); err != nil {
				t.Errorf("kubectl wait: %v; Ready says %q", err, stage.Message(tc.object, v1alpha1.Ready))
			}
			stage.Change(t, s, tc.object, tc.change)
			if out, err := waiting("0s").CombinedOutput(); err == nil {
				t.Errorf("kubectl takes a changed one for ready before the operator has seen the change: %s", out)
			}
			s.Reconcile(t, tc.operator, tc.object)
		})
	}
}

// sampled is a policy of the platform, and a client that it governs, both with these labels and annotations.
func sampled(s *stage.Stage, marks map[string]string) (*v1alpha1.TokenPolicy, *v1alpha1.OAuthClient) {
	policy := build.TokenPolicy(s.System + "/baseline")
	shop := build.OAuthClient(s.Apps+"/shop", build.Labels(marks))
	policy.Labels, policy.Annotations, shop.Annotations = marks, marks, marks
	return policy, shop
}

// kubectl is the control plane's.
func kubectl(t *testing.T) string {
	t.Helper()
	return filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl")
}

// kubeconfig writes one for the administrator of the test's API server.
func kubeconfig(t *testing.T, config *rest.Config) string {
	t.Helper()
	written := api.NewConfig()
	written.Clusters["test"] = &api.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	written.AuthInfos["test"] = &api.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	written.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: "test"}
	written.CurrentContext = "test"
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*written, path); err != nil {
		t.Fatal(err)
	}
	return path
}
