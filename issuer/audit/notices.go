package audit

// NoticeOutcome is what became of telling one client that a login session has ended (OpenID Connect Back-Channel Logout).
type NoticeOutcome string

// The outcomes of notices.
const (
	// NoticeDelivered says that the client took it.
	NoticeDelivered NoticeOutcome = "delivered"
	// NoticeUndelivered says that the client refused it, or did not answer in any of the attempts.
	NoticeUndelivered NoticeOutcome = "undelivered"
	// NoticeDropped says that it was given up because its namespace had more waiting than there is room for.
	NoticeDropped NoticeOutcome = "dropped"
)

// Notice counts what became of a notice.
func (m *Metrics) Notice(outcome NoticeOutcome) {
	m.notices.WithLabelValues(string(outcome)).Inc()
}

// NoticesWaiting notes how many notices wait, for their turn or for another attempt.
func (m *Metrics) NoticesWaiting(n int) { m.noticesWaiting.Set(float64(n)) }
