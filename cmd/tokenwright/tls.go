package main

import (
	"crypto/tls"
	"fmt"
	"time"
)

// suites are those of TLS 1.2 that RFC 9325 recommends: ephemeral keys and authenticated encryption. TLS 1.3 has no others.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

func (s *serving) tls() (*tls.Config, error) {
	pair := certificate(s.certFile, s.keyFile, s.until)
	if _, err := pair.get(time.Now()); err != nil {
		return nil, fmt.Errorf("certificate (see --tls-cert-file, --tls-key-file and --plain-http): %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		CipherSuites: suites,
		NextProtos:   []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return pair.get(time.Now())
		},
	}, nil
}

// certificate is a key pair in files that may be replaced while it is in use. Until is told when each ends that is read; nobody
// when nil.
func certificate(certFile, keyFile string, until func(time.Time)) *reloaded[*tls.Certificate] {
	return &reloaded[*tls.Certificate]{
		files: []string{certFile, keyFile},
		read: func() (*tls.Certificate, error) {
			pair, err := tls.LoadX509KeyPair(certFile, keyFile)
			if err == nil && until != nil {
				until(pair.Leaf.NotAfter)
			}
			return &pair, err
		},
	}
}
