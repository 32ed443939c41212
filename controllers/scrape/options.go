package scrape

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Options serve /metrics at address: on a loopback address as plain HTTP to everybody there, on any other over TLS to
// those who may. The address "0" turns it off. certDir holds tls.crt and tls.key, which are read again when they
// change; without it, a certificate is made that nobody vouches for. It is an error if certDir is named and does not
// hold both, or stands beside an address that needs none.
func Options(address, certDir string) (metricsserver.Options, error) {
	if address == "0" {
		return metricsserver.Options{BindAddress: address}, nil
	}
	open, err := reachable(address)
	if err != nil {
		return metricsserver.Options{}, err
	}
	if !open {
		if certDir != "" {
			return metricsserver.Options{}, errors.New("a certificate is for metrics that others can reach: choose an address such as :8082")
		}
		return metricsserver.Options{BindAddress: address}, nil
	}
	return secured(address, certDir)
}

func secured(address, certDir string) (metricsserver.Options, error) {
	if certDir != "" { // or a certificate of nobody's would be served in its place, without a word
		if _, err := tls.LoadX509KeyPair(filepath.Join(certDir, "tls.crt"), filepath.Join(certDir, "tls.key")); err != nil {
			return metricsserver.Options{}, fmt.Errorf("certificate of the metrics: %w", err)
		}
	} else {
		certDir = filepath.Join(os.TempDir(), "tokenwright-has-no-certificate")
	}
	return metricsserver.Options{
		BindAddress: address, SecureServing: true, CertDir: certDir, FilterProvider: filter,
		TLSOpts: []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }},
	}, nil
}

// reachable tells whether others than this host, or Pod, can reach address.
func reachable(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, err
	}
	ip := net.ParseIP(host)
	return host != "localhost" && (ip == nil || !ip.IsLoopback()), nil
}
