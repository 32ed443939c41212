package tokenissuer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/registration"
)

const (
	// askTimeout bounds one question to the issuer.
	askTimeout = 2 * time.Second
	// maxMetadata bounds its answer, in bytes.
	maxMetadata = 64 << 10
)

// Dial connects to an address; (*net.Dialer).DialContext is one.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// answering asks the issuer for its metadata, through its Service, as one of its clients would who believes the
// certificate in its Secret.
func (r *Reconciler) answering(ctx context.Context, ti *v1alpha1.TokenIssuer, certificate *corev1.Secret) metav1.Condition {
	if err := r.ask(ctx, ti, certificate); err != nil {
		return condition.False(v1alpha1.Answering, v1alpha1.ReasonNotAnswering, "the issuer does not serve its metadata: "+err.Error())
	}
	return condition.True(v1alpha1.Answering, v1alpha1.ReasonAnswering, "the issuer serves its metadata at "+metadataURL(ti.Spec.URL))
}

func (r *Reconciler) ask(ctx context.Context, ti *v1alpha1.TokenIssuer, certificate *corev1.Secret) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	transport := r.transport(ti, certificate)
	defer transport.CloseIdleConnections()
	return tellsIssuer(ctx, transport, ti.Spec.URL)
}

// tellsIssuer asks for the metadata of the issuer with this URL, and is nil if that is what comes.
func tellsIssuer(ctx context.Context, transport *http.Transport, issuer string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, metadataURL(issuer), nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var metadata struct {
		Issuer string `json:"issuer"`
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxMetadata)).Decode(&metadata); err != nil {
		return fmt.Errorf("it answers no metadata: %w", err)
	}
	if metadata.Issuer != issuer {
		return fmt.Errorf("it says that it is %.200q, not %q", metadata.Issuer, issuer)
	}
	return nil
}

// transport leads to the Service of ti, whatever the URL's host resolves to.
func (r *Reconciler) transport(ti *v1alpha1.TokenIssuer, certificate *corev1.Secret) *http.Transport {
	dial := r.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	_, port := workload.ServicePort(ti)
	service := net.JoinHostPort(workload.Name(ti)+"."+ti.Namespace+".svc", strconv.Itoa(int(port)))
	transport := &http.Transport{
		DialContext:     func(ctx context.Context, network, _ string) (net.Conn, error) { return dial(ctx, network, service) },
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: believed(certificate)},
	}
	if workload.Plain(ti) {
		transport.DialTLSContext = transport.DialContext // the proxy that ends TLS is not asked
	}
	return transport
}

// believed are the certificates that count as roots: those of the system, and those that stand in the Secret.
func believed(certificate *corev1.Secret) *x509.CertPool {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if certificate != nil {
		roots.AppendCertsFromPEM(certificate.Data[corev1.TLSCertKey])
		roots.AppendCertsFromPEM(certificate.Data[corev1.ServiceAccountRootCAKey])
	}
	return roots
}

// metadataURL is where an issuer's metadata stands (RFC 8414 section 3.1).
func metadataURL(issuer string) string {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return "" // admission has seen to it
	}
	parsed.Path = registration.MetadataPath + parsed.Path
	return parsed.String()
}
