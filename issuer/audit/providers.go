package audit

// Provider notes whether people can log in by an identity provider.
func (m *Metrics) Provider(name string, ready bool) {
	value := 0.0
	if ready {
		value = 1
	}
	m.providers.WithLabelValues(name).Set(value)
}

// NoProvider forgets an identity provider: it is no longer configured, or nothing is known of it.
func (m *Metrics) NoProvider(name string) { m.providers.DeleteLabelValues(name) }
