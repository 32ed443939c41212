package stack

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// tokenLifetime is that of a token projected into a Pod. Tokens are renewed at half of it, and tried
// again every retryInterval when kube-apiserver is away.
const (
	tokenLifetime = time.Hour
	retryInterval = 10 * time.Second
)

// account writes a kubeconfig for a ServiceAccount and keeps its token fresh until the stack ends.
// client-go reads the token file again every minute, as it does in a Pod.
func (s *Stack) account(ctx context.Context, name string) (kubeconfig string, err error) {
	if kubeconfig, ok := s.accounts[name]; ok {
		return kubeconfig, nil
	}
	if err := s.waitFor(ctx, &corev1.ServiceAccountList{}, Namespace, name, s.manager); err != nil {
		return "", fmt.Errorf("ServiceAccount %s/%s: %w", Namespace, name, err)
	}
	if err := s.writeToken(ctx, name); err != nil {
		return "", fmt.Errorf("token of ServiceAccount %s/%s: %w", Namespace, name, err)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	s.renewals = append(s.renewals, end)
	s.renewing.Go(func() { s.renew(life, name) })
	s.accounts[name], err = s.writeKubeconfig(name)
	return s.accounts[name], err
}

func (s *Stack) renew(ctx context.Context, name string) {
	next := tokenLifetime / 2
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
		next = tokenLifetime / 2
		if err := s.writeToken(ctx, name); err != nil {
			fmt.Fprintf(s.options.Log, "Renewing the token of ServiceAccount %s failed, trying again in %v: %v\n", name, retryInterval, err)
			next = retryInterval
		}
	}
}

func (s *Stack) writeToken(ctx context.Context, name string) error {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: name}}
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenLifetime.Seconds()))},
	}
	if err := s.Client.SubResource("token").Create(ctx, account, request); err != nil {
		return err
	}
	_, err := s.writeData(name+".token", []byte(request.Status.Token))
	return err
}

func (s *Stack) writeKubeconfig(name string) (string, error) {
	content, err := clientcmd.Write(clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{
			"stack": {Server: s.Config.Host, CertificateAuthorityData: s.Config.CAData},
		},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{
			name: {TokenFile: s.path("data", name+".token")},
		},
		Contexts: map[string]*clientcmdapi.Context{
			name: {Cluster: "stack", AuthInfo: name, Namespace: Namespace},
		},
		CurrentContext: name,
	})
	if err != nil {
		return "", err
	}
	return s.writeData(name+".kubeconfig", content)
}
