package audit

import "time"

// ServedUntil notes when the certificate ends that is served now.
func (m *Metrics) ServedUntil(at time.Time) { m.servedUntil.WithLabelValues().Set(inSeconds(at)) }
