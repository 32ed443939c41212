package forwardauth

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Limits of what the issuer is asked. Together they end before a proxy's patience does.
const (
	dialTimeout   = 2 * time.Second
	answerTimeout = 3 * time.Second
	// idleTimeout is shorter than the issuer's, so that a connection is not used while it ends there.
	idleTimeout    = time.Minute
	maxConnections = 256
	maxAnswer      = 256 << 10 // in bytes
)

// NewTransport carries requests to the issuer over connections that stay open. It trusts roots, the system's when nil.
func NewTransport(roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: answerTimeout, IdleConnTimeout: idleTimeout,
		MaxIdleConnsPerHost: maxConnections, MaxConnsPerHost: maxConnections, ForceAttemptHTTP2: true,
	}
}

// newClient follows no redirects: they would carry a client secret elsewhere.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange sends r and reads all of the answer, so that its connection can be used again.
func exchange(client *http.Client, r *http.Request) (int, []byte, error) {
	answer, err := client.Do(r) //nolint:gosec // it goes where the issuer of our own credentials says
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, body, err
}

// withoutURL takes the URL out of an error, which says nothing that the configuration does not.
func withoutURL(err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok {
		return whole.Err
	}
	return err
}
