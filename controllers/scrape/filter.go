package scrape

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	// patience is how long the API server may take for both questions; Prometheus gives a scrape ten seconds.
	patience = 5 * time.Second
	// longestToken is more than any ServiceAccount's.
	longestToken = 16 << 10
)

// filter is what the metrics server of controller-runtime puts before its handler.
func filter(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	asking, err := newKubernetes(config, client)
	if err != nil {
		return nil, err
	}
	guarding := newDoor(asking.review, time.Now)
	return func(log logr.Logger, handler http.Handler) (http.Handler, error) {
		return guard(guarding, log, handler), nil
	}, nil
}

// guard lets those pass to handler whom d lets in.
func guard(d *door, log logr.Logger, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			refuse(w, http.StatusMethodNotAllowed)
			return
		}
		token, ok := bearer(r.Header)
		if !ok {
			answer(w, unknown)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		v, err := d.judge(ctx, token)
		switch {
		case err != nil:
			log.Error(err, "cannot tell who asks for metrics")
			refuse(w, http.StatusServiceUnavailable)
		case v != allowed:
			answer(w, v)
		default:
			handler.ServeHTTP(w, r)
		}
	})
}

// bearer is the token of a request (RFC 6750 section 2.1).
func bearer(header http.Header) (string, bool) {
	scheme, token, ok := strings.Cut(header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != "" && len(token) <= longestToken
}

// answer says to somebody that they may not.
func answer(w http.ResponseWriter, v verdict) {
	switch v {
	case forbidden:
		refuse(w, http.StatusForbidden)
	case busy:
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusTooManyRequests)
	case unknown, allowed:
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized)
	}
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }
