package stack

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// startManager runs the three controllers that make deletion and ServiceAccounts real. It starts after
// the CRDs are there: its garbage collector looks for new kinds only every half minute.
func (s *Stack) startManager(context.Context) error {
	// One identity for all controllers has no role among the built-in ones, so it is an admin.
	user, err := s.env.AddUser(envtest.User{Name: "system:kube-controller-manager", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return err
	}
	config, err := user.KubeConfig()
	if err != nil {
		return err
	}
	kubeconfig, err := s.writeData("kube-controller-manager.kubeconfig", config)
	if err != nil {
		return err
	}
	s.manager, err = s.launch("kube-controller-manager", s.asset("kube-controller-manager"),
		"--kubeconfig="+kubeconfig,
		"--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller",
		"--use-service-account-credentials=false",
		"--leader-elect=false",
		"--kube-api-qps=1000", "--kube-api-burst=2000",
		"--secure-port=0", // nobody asks it anything, and a port less is a collision less
	)
	return err
}

// waitForManager returns when the first work of the controllers is seen.
func (s *Stack) waitForManager(ctx context.Context) error {
	if err := s.waitFor(ctx, &corev1.ServiceAccountList{}, "default", "default", s.manager); err != nil {
		return fmt.Errorf("no ServiceAccount in a namespace: %w", err)
	}
	return nil
}
