package stack

import (
	"fmt"
	"net"

	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/yaml"
)

// makeCertificate makes a CA and a serving certificate for the issuer's host.
func (s *Stack) makeCertificate() error {
	host, _, err := net.SplitHostPort(s.options.IssuerAddr)
	if err != nil {
		return err
	}
	certificate, key, err := certutil.GenerateSelfSignedCertKey(host, nil, nil)
	if err != nil {
		return err
	}
	s.IssuerURL = "https://" + s.options.IssuerAddr
	s.IssuerCA = certificate // the chain, whose last certificate is the CA
	if s.IssuerCertFile, err = s.writeData("issuer.crt", certificate); err != nil {
		return err
	}
	s.IssuerKeyFile, err = s.writeData("issuer.key", key)
	return err
}

// writeAuthenticationConfig tells kube-apiserver whose tokens to accept beside its own: structured
// authentication, as an administrator would set it up for this issuer.
func (s *Stack) writeAuthenticationConfig() (string, error) {
	content, err := yaml.Marshal(map[string]any{
		"apiVersion": "apiserver.config.k8s.io/v1",
		"kind":       "AuthenticationConfiguration",
		"jwt": []any{map[string]any{
			"issuer": map[string]any{
				"url":                  s.IssuerURL,
				"audiences":            []string{s.options.KubernetesAudience},
				"certificateAuthority": string(s.IssuerCA),
			},
			"claimMappings": map[string]any{
				"username": map[string]any{"claim": "sub", "prefix": "tokenwright:"},
			},
		}},
	})
	if err != nil {
		return "", fmt.Errorf("authentication configuration: %w", err)
	}
	return s.writeData("authentication.yaml", content)
}
