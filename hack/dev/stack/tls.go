package stack

import (
	"cmp"
	"errors"
	"fmt"
	"net"

	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/yaml"
)

// makeCertificate makes a CA and a serving certificate for the issuer's host, and for localhost, which it may move to.
func (s *Stack) makeCertificate() error {
	host, _, err := net.SplitHostPort(s.options.IssuerAddr)
	if err != nil {
		return err
	}
	certificate, key, err := certutil.GenerateSelfSignedCertKey(host, nil, []string{"localhost"})
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

// serviceTrust has kube-apiserver know clients by their access tokens.
const serviceTrust = `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {audiences: [%q]}
  claimMappings: {username: {claim: sub, prefix: "tokenwright:"}}
`

// writeAuthenticationConfig tells kube-apiserver whose tokens to accept beside its own: structured
// authentication, as an administrator would set it up for this issuer.
func (s *Stack) writeAuthenticationConfig() (string, error) {
	written := cmp.Or(s.options.KubernetesAuthentication, fmt.Sprintf(serviceTrust, s.options.KubernetesAudience))
	config := struct {
		APIVersion string           `json:"apiVersion"`
		Kind       string           `json:"kind"`
		JWT        []map[string]any `json:"jwt"`
	}{}
	if err := yaml.UnmarshalStrict([]byte(written), &config); err != nil {
		return "", fmt.Errorf("authentication configuration: %w", err)
	}
	if len(config.JWT) != 1 {
		return "", fmt.Errorf("authentication configuration: %d issuers, want one", len(config.JWT))
	}
	issuer, ok := config.JWT[0]["issuer"].(map[string]any)
	if !ok {
		return "", errors.New("authentication configuration: jwt[0] has no issuer")
	}
	issuer["url"], issuer["certificateAuthority"] = s.IssuerURL, string(s.IssuerCA)
	content, err := yaml.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("authentication configuration: %w", err)
	}
	return s.writeData("authentication.yaml", content)
}
