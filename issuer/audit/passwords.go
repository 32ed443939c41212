package audit

// PasswordOutcome is what became of an attempt to log in by password.
type PasswordOutcome string

// The outcomes of such attempts.
const (
	// PasswordRight logged somebody in.
	PasswordRight PasswordOutcome = "right"
	// PasswordWrong was a wrong password, or nobody's name.
	PasswordWrong PasswordOutcome = "wrong"
	// PasswordThrottled was not looked at, since there were too many from the same address.
	PasswordThrottled PasswordOutcome = "throttled"
	// PasswordAccountThrottled was not looked at, since there were too many at the same account, wherever they came from.
	PasswordAccountThrottled PasswordOutcome = "account_throttled"
	// PasswordBusy was not looked at in time: what hashing may use was in use.
	PasswordBusy PasswordOutcome = "busy"
	// PasswordUnchecked was not looked at, since the file of users is missing or its hashes cost too much.
	PasswordUnchecked PasswordOutcome = "unchecked"
)

// Password counts an attempt to log in by password.
func (m *Metrics) Password(outcome PasswordOutcome) {
	m.passwords.WithLabelValues(string(outcome)).Inc()
}
