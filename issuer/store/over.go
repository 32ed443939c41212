package store

// Over says why a grant that is still kept is good for nothing; empty while it is good for something. It is for people to
// read: nothing is decided by it, it comes a little after the fact, and it goes when the fact does.
type Over string

const (
	// OverRevoked is a tombstone, or a grant that a Revocation covers.
	OverRevoked Over = "Revoked"
	// OverUserGone is a grant of somebody who is not there any more, or is disabled.
	OverUserGone Over = "UserGone"
	// OverClientGone is a grant for a client that is not registered any more, or is another one of its name by now.
	OverClientGone Over = "ClientGone"
	// OverExpired is a grant past its time that is kept so that its client hears of the end of the login session.
	OverExpired Over = "Expired"
	// OverIdle is one kept for that which was not used for too long.
	OverIdle Over = "Idle"
)
