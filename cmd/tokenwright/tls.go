package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// suites are those of TLS 1.2 that RFC 9325 recommends: ephemeral keys and authenticated encryption. TLS 1.3 has no others.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// recheck is how often the files are looked at, when there are handshakes.
const recheck = time.Second

// certificate is a key pair in files that may be replaced while it is in use.
type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex
	checked time.Time
	stamp   [2]time.Time
	current *tls.Certificate
}

func (s *serving) tls() (*tls.Config, error) {
	pair := &certificate{certFile: s.certFile, keyFile: s.keyFile}
	if err := pair.load(); err != nil {
		return nil, fmt.Errorf("certificate (see --tls-cert-file, --tls-key-file and --plain-http): %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		CipherSuites: suites,
		NextProtos:   []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return pair.get(time.Now()), nil
		},
	}, nil
}

// get is the present key pair. Files that cannot be read leave the last good one in use: half of a replacement may be
// there already.
func (c *certificate) get(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.checked) >= recheck {
		c.checked = now
		_ = c.loadChanged()
	}
	return c.current
}

func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loadChanged()
}

func (c *certificate) loadChanged() error {
	var stamp [2]time.Time
	for i, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		stamp[i] = info.ModTime()
	}
	if c.current != nil && stamp == c.stamp {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.current, c.stamp = &pair, stamp
	return nil
}
