package audit

import "github.com/prometheus/client_golang/prometheus"

// UnderOtherURL counts the requests that come in under a URL of the issuer which is not its present one: one that it had
// before, or one that is prepared. Each URL of its configuration is a label for as long as the process lives.
func (m *Metrics) UnderOtherURL(url string) prometheus.Counter {
	return m.otherURLs.WithLabelValues(url)
}
