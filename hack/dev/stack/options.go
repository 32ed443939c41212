package stack

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Options say what a stack is made of. The zero value is the bare control plane with our CRDs and Roles.
type Options struct {
	// Binary is the tokenwright binary (see Build). Without one, neither operator nor issuer is started.
	Binary string
	// Assets is the folder of etcd, kube-apiserver, kube-controller-manager and kubectl (see Assets).
	// Default: the environment's KUBEBUILDER_ASSETS.
	Assets string
	// Root is the repository, whose config/ is applied. Default: the one around the working directory.
	Root string
	// Dir receives certificates, data and logs. Close leaves only the logs in it. Default: a temporary
	// folder, which Close removes.
	Dir string

	// IssuerAddr is the host:port the issuer listens on. Default: a free port of 127.0.0.1.
	IssuerAddr string
	// TLS makes the issuer serve https with a certificate of Stack.IssuerCA.
	TLS bool
	// KubernetesAudience makes kube-apiserver accept the issuer's tokens for this audience, as users named
	// "tokenwright:" and the subject. It needs TLS, since kube-apiserver trusts https issuers only.
	KubernetesAudience string
	// KubernetesAuthentication is an AuthenticationConfiguration for kube-apiserver, as YAML, in place of that of
	// KubernetesAudience. Its one issuer becomes the stack's, whatever its URL. It needs TLS, too.
	KubernetesAuthentication string
	// ExtraAPIServerArgs are further flags of kube-apiserver, without their dashes.
	ExtraAPIServerArgs map[string]string
	// OperatorArgs and IssuerArgs are appended to the flags that the stack gives the two.
	OperatorArgs, IssuerArgs []string

	// Objects are applied before the operator starts; the namespaces among them first. The TokenIssuer
	// DefaultIssuer gets the issuer's URL. Default: that TokenIssuer alone, open to every namespace and
	// to clients that no policy governs.
	Objects []*unstructured.Unstructured
	// Samples applies config/samples in place of Objects.
	Samples bool

	// Log is told each step. Default: nobody.
	Log io.Writer
}

// withDefaults fills what the caller left open and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.trusted() && !o.TLS {
		return o, errors.New("KubernetesAudience and KubernetesAuthentication need TLS")
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	var err error
	if o.Root == "" {
		if o.Root, err = Root(); err != nil {
			return o, err
		}
	}
	if o.Assets, err = filepath.Abs(cmp.Or(o.Assets, os.Getenv(assetsEnv), "bin")); err != nil {
		return o, err
	}
	for _, program := range []string{"etcd", "kube-apiserver", "kube-controller-manager"} {
		if _, err := os.Stat(filepath.Join(o.Assets, program)); err != nil {
			return o, fmt.Errorf("the control plane is not built (%w): run hack/controlplane/build.sh and put the folder it prints into %s", err, assetsEnv)
		}
	}
	o.IssuerAddr, err = Listenable(cmp.Or(o.IssuerAddr, "127.0.0.1:0"))
	return o, err
}

// trusted tells whether kube-apiserver is to accept the issuer's tokens.
func (o Options) trusted() bool {
	return o.KubernetesAudience != "" || o.KubernetesAuthentication != ""
}

// Listenable checks that addr is a host:port where the issuer can listen; port 0 becomes a free one.
func Listenable(addr string) (string, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return "", fmt.Errorf("issuer address %q is not of the form host:port", addr)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("the issuer cannot listen on %s: %w", addr, err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return net.JoinHostPort(host, port), err
}
