package stack

import (
	"context"
	"fmt"
	"strings"
)

// ServiceAccounts that the two processes run as, with their Roles.
const (
	operatorAccount = "tokenwright-operator"
	issuerAccount   = DefaultIssuer + "-issuer"
)

// StartOperator starts the operator, for the first time or again, and returns when it is ready.
func (s *Stack) StartOperator(ctx context.Context) error {
	if s.Operator != nil && !s.Operator.ended() {
		return fmt.Errorf("the operator is running")
	}
	kubeconfig, err := s.account(ctx, operatorAccount)
	if err != nil {
		return err
	}
	s.Operator, err = s.launch("operator", s.options.Binary, append([]string{
		"operator",
		"--kubeconfig=" + kubeconfig,
		"--issuer-namespaces=" + Namespace,
		"--default-issuer=" + Namespace + "/" + DefaultIssuer,
		"--metrics-bind-address=" + hostPort(strings.TrimSuffix(s.OperatorMetricsURL, "/metrics")),
		"--health-probe-bind-address=" + hostPort(s.OperatorURL),
	}, s.options.OperatorArgs...)...)
	if err != nil {
		return err
	}
	return s.waitForReady(ctx, s.OperatorURL+"/readyz", s.Operator)
}

// StartIssuer starts the issuer, for the first time or again, and returns when it is ready.
func (s *Stack) StartIssuer(ctx context.Context) error {
	if s.Issuer != nil && !s.Issuer.ended() {
		return fmt.Errorf("the issuer is running")
	}
	return s.startIssuer(ctx, &s.Issuer, "issuer", s.options.IssuerAddr)
}

// StartReplica starts a second replica of the issuer, for the first time or again, and returns when it is ready. It is the
// same issuer, at ReplicaURL instead of IssuerURL.
func (s *Stack) StartReplica(ctx context.Context) error {
	if s.Replica != nil && !s.Replica.ended() {
		return fmt.Errorf("the second replica is running")
	}
	address := hostOf(s.ReplicaURL)
	if address == "" {
		var err error
		if address, err = Listenable("127.0.0.1:0"); err != nil {
			return err
		}
		scheme, _, _ := strings.Cut(s.IssuerURL, "://")
		s.ReplicaURL = scheme + "://" + address
	}
	return s.startIssuer(ctx, &s.Replica, "issuer-2", address)
}

func (s *Stack) startIssuer(ctx context.Context, process **Process, name, address string) error {
	kubeconfig, err := s.account(ctx, issuerAccount)
	if err != nil {
		return err
	}
	args := []string{
		"issuer",
		"--kubeconfig=" + kubeconfig,
		"--namespace=" + Namespace,
		"--name=" + DefaultIssuer,
		"--listen=" + address,
	}
	base := "http://"
	if s.options.TLS {
		base, args = "https://", append(args, "--tls-cert-file="+s.IssuerCertFile, "--tls-key-file="+s.IssuerKeyFile)
	} else {
		args = append(args, "--plain-http")
	}
	if *process, err = s.launch(name, s.options.Binary, append(args, s.options.IssuerArgs...)...); err != nil {
		return err
	}
	return s.waitForReady(ctx, base+address+"/readyz", *process)
}

func hostPort(url string) string { return strings.TrimPrefix(url, "http://") }

func hostOf(url string) string {
	_, host, _ := strings.Cut(url, "://")
	return host
}
