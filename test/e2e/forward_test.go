package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"

	"tokenwright.dev/test/stack/live"
)

// forward makes a port of a Pod an address of this machine until the test is over.
func (c *cluster) forward(t *testing.T, pod *corev1.Pod, port int) (address string) {
	t.Helper()
	core, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		t.Fatal(err)
	}
	at := core.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready := make(chan struct{})
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(ctx,
		spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at),
		[]string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, ready, io.Discard, io.Discard)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- forwarder.ForwardPorts(); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	select {
	case <-ready:
	case err := <-done:
		t.Fatalf("forward %s:%d: %v", pod.Name, port, err)
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(ports[0].Local)))
}

// through is an HTTP client that finds every host at address, and trusts the authority alone.
func (c *cluster) through(address string) *http.Client {
	return &http.Client{Timeout: live.Patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.ca.pool(), MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}
}

// leaf is the certificate that is served at address to who asks for host.
func (c *cluster) leaf(ctx context.Context, address, host string) (*x509.Certificate, error) {
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: c.ca.pool(), ServerName: host, MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
}
