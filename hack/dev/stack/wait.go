package stack

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/fields"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// pollInterval is short, since each start waits for half of it on average.
const pollInterval = 20 * time.Millisecond

// waitFor watches until the named object exists. It gives up when by, which should make it, ends.
func (s *Stack) waitFor(ctx context.Context, list client.ObjectList, namespace, name string, by *Process) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	watch, err := s.Client.Watch(ctx, list, client.InNamespace(namespace),
		client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector("metadata.name", name)})
	if err != nil {
		return err
	}
	defer watch.Stop()
	select {
	case event := <-watch.ResultChan(): // a watch without resourceVersion begins with what is there
		if event.Type == apiwatch.Added {
			return nil
		}
		return fmt.Errorf("%s/%s is not there: %w", namespace, name, cmp.Or(ctx.Err(), errors.New("the watch ended")))
	case <-by.Done():
		return by.failed()
	}
}

// waitForReady polls a /readyz until it answers 200. It gives up when the process behind it ends.
func (s *Stack) waitForReady(ctx context.Context, url string, process *Process) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	answer := "no answer"
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: GET %s: %s: %w; its log is %s", process.Name, url, answer, ctx.Err(), process.log)
		case <-process.Done():
			return process.failed()
		case <-ticker.C:
			ready, got := s.ask(ctx, url)
			if ready {
				return nil
			}
			answer = got
		}
	}
}

func (s *Stack) ask(ctx context.Context, url string) (ready bool, answer string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err.Error()
	}
	response, err := s.HTTPClient().Do(request)
	if err != nil {
		return false, err.Error()
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK, response.Status
}

// HTTPClient trusts the issuer's certificate, and nobody else's when there is one.
func (s *Stack) HTTPClient() *http.Client {
	transport := &http.Transport{DisableKeepAlives: true}
	if len(s.IssuerCA) > 0 {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(s.IssuerCA)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}
