package stack

import (
	"context"
	"fmt"
	"strings"
)

// ServiceAccounts of config/rbac, whose Roles the two processes have.
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
	kubeconfig, err := s.account(ctx, issuerAccount)
	if err != nil {
		return err
	}
	args := []string{
		"issuer",
		"--kubeconfig=" + kubeconfig,
		"--namespace=" + Namespace,
		"--name=" + DefaultIssuer,
		"--listen=" + s.options.IssuerAddr,
	}
	if s.options.TLS {
		args = append(args, "--tls-cert-file="+s.IssuerCertFile, "--tls-key-file="+s.IssuerKeyFile)
	} else {
		args = append(args, "--plain-http")
	}
	if s.Issuer, err = s.launch("issuer", s.options.Binary, append(args, s.options.IssuerArgs...)...); err != nil {
		return err
	}
	return s.waitForReady(ctx, s.IssuerURL+"/readyz", s.Issuer)
}

func hostPort(url string) string { return strings.TrimPrefix(url, "http://") }
