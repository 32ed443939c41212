package tokenissuer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
)

// outsideTimeout bounds one question to a new URL, names and TLS included.
const outsideTimeout = 5 * time.Second

// urls decides which URLs of ti count. An issuer that nobody is registered at takes a new one at once: nobody has a token
// of it.
func (r *Reconciler) urls(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) (urls, error) {
	if !changing(ti) || urlSwitch(ti) == v1alpha1.URLSwitchAtOnce {
		return settled(ti, now), nil
	}
	found, err := r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(ti))
	if err != nil {
		return urls{}, fmt.Errorf("clients: %w", err)
	}
	if registered(found) == 0 {
		return settled(ti, now), nil
	}
	seen, err := r.seeURL(ctx, ti, now)
	if err != nil {
		return urls{}, fmt.Errorf("new URL: %w", err)
	}
	if lacks := lacking(ti, seen, now); len(lacks) > 0 {
		return preparing(ti, lacks, now), nil
	}
	return settled(ti, now), nil
}

// seeURL looks what there is of the new URL of ti.
func (r *Reconciler) seeURL(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) (urlSeen, error) {
	var seen urlSeen
	reports, err := r.reports(ctx, ti)
	if err != nil {
		return seen, fmt.Errorf("reports: %w", err)
	}
	for _, report := range live(now, reports) {
		seen.replicas++
		if slices.Contains(report.Spec.URLs, ti.Spec.URL) {
			seen.serving++
		}
	}
	certificate, err := r.certificate(ctx, ti)
	if err != nil {
		return seen, fmt.Errorf("certificate: %w", err)
	}
	if workload.Managed(ti) && !workload.Plain(ti) {
		seen.certificate = new(workload.Certificate(ti, certificate, now))
	}
	seen.answer = r.askOutside(ctx, ti.Spec.URL, certificate)
	return seen, nil
}

// askOutside asks whoever answers at url for its metadata, by the way that clients go: by the name of its host, through
// whatever stands before the issuer. Redirects are not followed. The error says the same each time, as long as the cause is
// the same.
func (r *Reconciler) askOutside(ctx context.Context, url string, certificate *corev1.Secret) error {
	ctx, cancel := context.WithTimeout(ctx, outsideTimeout)
	defer cancel()
	dial := r.DialOutside
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dial,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: believed(certificate)},
	}
	defer transport.CloseIdleConnections()
	return plainly(tellsIssuer(ctx, transport, url))
}

// plainly leaves out of an error of the network the addresses and ports of this attempt.
func plainly(err error) error {
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("the host %s cannot be resolved", name.Name)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", outsideTimeout)
	}
	if attempt, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%s: %w", attempt.Op, attempt.Err)
	}
	return err
}
