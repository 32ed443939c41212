package audit

// zeros makes counters stand at 0 from the start, of what an alert waits for. A counter that appears with its first
// event appears as 1, and to Prometheus nothing has increased: the alert would sleep through the first one, which may
// be the only one.
func (m *Metrics) zeros() {
	for _, kind := range []string{"Secret", "ConfigMap"} { // those that issuer/kube reads
		m.unreadable.WithLabelValues(kind)
	}
	for _, outcome := range []DepartureOutcome{DepartureEnded, DepartureFailed, DepartureDropped} {
		m.departures.WithLabelValues(string(outcome))
	}
	for _, outcome := range []NoticeOutcome{NoticeDelivered, NoticeUndelivered, NoticeDropped} {
		m.notices.WithLabelValues(string(outcome))
	}
	for _, kind := range []EvictedKind{EvictedGrant, EvictedDevice, EvictedParked, EvictedConnection} {
		m.evicted.WithLabelValues(string(kind))
	}
	for _, outcome := range []PasswordOutcome{
		PasswordRight, PasswordWrong, PasswordThrottled, PasswordAccountThrottled, PasswordBusy, PasswordUnchecked,
	} {
		m.passwords.WithLabelValues(string(outcome))
	}
}
