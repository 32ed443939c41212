package endpoint

import (
	"context"
	"errors"
	"log/slog"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/store"
)

// endings hears what ends in one store without a request, and tells clients of it.
type endings struct {
	*Server

	stores store.Stores
}

var _ store.Endings = endings{}

// hearEndings begins to listen to the stores, to each once.
func (s *Server) hearEndings() {
	heard := map[store.Teller]bool{}
	for _, stores := range s.Stores {
		if stores.Ends != nil && !heard[stores.Ends] {
			heard[stores.Ends] = true
			stores.Ends.Tell(endings{s, stores})
		}
	}
}

// SessionOver ends what a client has of a session that has ended by its age.
func (e endings) SessionOver(ctx context.Context, grants []store.Grant) {
	now := e.Now()
	e.end(ctx, grants, audit.EndedByAge, nil, func(by *store.Grant) fate {
		switch {
		case by.SessionEnds.IsZero() || now.Before(by.SessionEnds):
			return spared
		case by.Offline:
			return released
		default:
			return ended
		}
	})
}

// GrantDeleted tells a client that an administrator deleted the last that it had of a session.
func (e endings) GrantDeleted(ctx context.Context, by store.Grant) {
	client, v := e.listener(&by), e.present()
	if client == nil || v.config == nil {
		return
	}
	c := ending{Server: e.Server, view: v, noteAll: e.noting(ctx, audit.EndedByDeletion)}
	c.tell(ctx, client, &by)
}

// RevocationApplied ends what an administrator revoked by session, subject or user. It is refused by now; this is so that
// clients hear of it, and that nothing of it is left to be shown.
func (e endings) RevocationApplied(ctx context.Context, r store.Revocation) {
	grants, err := e.of(ctx, r)
	if err != nil {
		e.Log.WarnContext(ctx, "Failed to find what a revocation ends", "error", err)
		return
	}
	e.end(ctx, grants, audit.EndedByRevocation, e.leavers.pace.Wait, func(by *store.Grant) fate { return revokedBy(r, by) })
}

// of finds grants that r may be about.
func (e endings) of(ctx context.Context, r store.Revocation) ([]store.Grant, error) {
	switch {
	case r.SessionID != "":
		return e.stores.Index.OfSession(ctx, r.SessionID)
	case r.Subject != "":
		return e.stores.Index.OfSubject(ctx, r.Subject)
	default:
		return e.stores.Index.OfUser(ctx, r.User)
	}
}

// revokedBy is the fate of a grant under a revocation. One that outlives its session is not revoked with it.
func revokedBy(r store.Revocation, by *store.Grant) fate {
	issued := store.Issued{SessionID: by.SessionID, ClientID: by.Client.ID, Subject: by.Subject, User: by.User(), At: by.CreatedAt}
	switch {
	case !r.Covers(issued):
		return spared
	case by.Offline && r.SessionID != "":
		return released
	default:
		return ended
	}
}

// end closes what is known of these grants here, and may be called again.
func (e endings) end(
	ctx context.Context, grants []store.Grant, cause audit.EndCause, paced func(context.Context) error, decide func(*store.Grant) fate,
) {
	v := e.present()
	if v.config == nil {
		return // nobody can be told yet
	}
	c := ending{
		Server: e.Server, view: v, stores: e.stores, fate: decide, paced: paced, noteAll: e.noting(ctx, cause),
	}
	if err := c.run(ctx, grants); err != nil {
		e.Log.WarnContext(ctx, "Failed to end what was granted in a login session", "error", err)
	}
}

// noting tells log and metrics that a client has lost the last of a session.
func (s *Server) noting(ctx context.Context, cause audit.EndCause) func(*store.Grant) {
	return func(by *store.Grant) {
		s.Metrics.SessionEnded(cause)
		s.Audit.Write(ctx, slog.LevelInfo, audit.SessionEnded, &audit.Entry{
			ClientID: by.Client.ID, GrantID: by.ID, SessionID: by.SessionID, Subject: by.Subject, Provider: by.Provider,
			Cause: errors.New(string(cause)),
		})
	}
}
