package grant

import (
	"errors"

	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// ErrEpoch says that a resource owner has left or has another password since: what they allowed before has ended.
var ErrEpoch = errors.New("its resource owner is gone, or has another password since")

var errWithdrawn = errors.New("it was revoked")

// Stands tells whether what a resource owner allowed still counts: they may still log in, by the password that they had
// then, and nobody intervened. Whether the grant is live is another question. It asks memory alone.
func (a *Authorizer) Stands(sealer *seal.Sealer, grant *store.Grant) error {
	if err := a.Owned(sealer, grant); err != nil {
		return err
	}
	if a.Withdrawn(grant) {
		return errWithdrawn
	}
	return nil
}

// Withdrawn tells whether a revocation covers the grant.
func (a *Authorizer) Withdrawn(grant *store.Grant) bool {
	issued := store.Issued{
		SessionID: grant.SessionID, ClientID: grant.Client.ID, Subject: grant.Subject, User: grant.User(), At: grant.CreatedAt,
	}
	if grant.Offline {
		issued.SessionID = "" // it outlives its session
	}
	return a.Revocations.Revoked(issued)
}

// Owned tells whether the resource owner of a grant is there, and is whoever gave it.
func (a *Authorizer) Owned(sealer *seal.Sealer, grant *store.Grant) error {
	if !a.Directory.Present(grant.Provider, grant.Subject, OpenData(sealer, grant.Sealed).Epoch) {
		return ErrEpoch
	}
	return nil
}
