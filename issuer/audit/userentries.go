package audit

// UserEntries notes how many entries of the users file in a Secret cannot be read.
func (m *Metrics) UserEntries(secret string, refused int) {
	m.userEntries.WithLabelValues(secret).Set(float64(refused))
}

// NoUserEntries forgets a Secret: it is gone.
func (m *Metrics) NoUserEntries(secret string) { m.userEntries.DeleteLabelValues(secret) }
