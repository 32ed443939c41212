package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
)

// dismissal ends for good what one person began, in steps that may be repeated.
type dismissal struct {
	*Server

	gone   registry.Departure
	before time.Time // what began earlier ends
	first  bool      // this replica was, so it tells
}

// dismissalOf begins. Times are kept to the second: of the second in which somebody left, nothing is spared. Of that in
// which they got another password all is, since epochs tell what they began by the new one, maybe at once.
func (s *Server) dismissalOf(gone registry.Departure) *dismissal {
	before := gone.At.UTC().Truncate(time.Second)
	if gone.Reason != login.ReasonPassword {
		before = before.Add(time.Second)
	}
	return &dismissal{Server: s, gone: gone, before: before}
}

// dismiss ends for good what people began who have left a users file, are disabled there or have another password. Their
// sessions and grants are refused by now: they are of nobody, or of another epoch. It is written down for the sake of those
// that would count again if the very same entry came back, and of those from before there were epochs. All replicas do it,
// and whoever comes second finds it done.
func (s *Server) dismiss(gone []registry.Departure) {
	began := make([]*dismissal, len(gone))
	for i := range gone {
		began[i] = s.dismissalOf(gone[i])
	}
	first, dropped := s.leavers.add(began)
	if dropped > 0 {
		s.Metrics.Departed(audit.DepartureDropped, dropped)
		s.Log.Error("Failed to end all that people began who have left", "people", dropped, "error", errTooManyLeavers)
	}
	if first {
		go s.dismissAll(context.Background())
	}
}

// dismissAll sees to all who wait. It pauses after each failure, and longer from one to the next without a success between.
func (s *Server) dismissAll(ctx context.Context) {
	pause := departurePause
	for one, ok := s.leavers.next(); ok; one, ok = s.leavers.next() {
		outcome := one.run(ctx)
		s.Metrics.Departed(outcome, 1)
		if outcome != audit.DepartureFailed {
			pause = departurePause
			continue
		}
		s.leavers.again(one)
		wait(ctx, pause)
		pause = min(2*pause, longestPause)
	}
}

// wait lets some time pass, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

// run tries once. What could not matter any more is dropped.
func (d *dismissal) run(ctx context.Context) audit.DepartureOutcome {
	v := d.present()
	until := d.before.Add(memoryOf(v.bounds))
	err := errNotConfigured
	if v.stores.Revocations != nil {
		err = d.try(ctx, v, until)
	}
	if err == nil {
		return audit.DepartureEnded
	}
	d.Log.WarnContext(ctx, "Failed to end what somebody began who has left", "subject", d.gone.Subject, "error", err)
	if d.Now().Before(until) {
		return audit.DepartureFailed
	}
	return audit.DepartureDropped
}

// memoryOf is how long it must be remembered that somebody left: as long as a session, or a device that waits. Their grants
// end one by one.
func memoryOf(bounds login.Bounds) time.Duration {
	return max(bounds.Lifetime, grant.DeviceLifetime) + time.Minute
}

// try ends the sessions first: no grant comes of them afterwards.
func (d *dismissal) try(ctx context.Context, v *view, until time.Time) error {
	if err := d.revokeSessions(ctx, v, until); err != nil {
		return err
	}
	grants, err := v.stores.Index.OfSubject(ctx, d.gone.Subject)
	if err != nil {
		return err
	}
	if d.first {
		d.tell(ctx)
	}
	c := ending{
		Server: d.Server, view: v, stores: v.stores, paced: d.leavers.pace.Wait, note: func(by *store.Grant) { d.noteGrant(ctx, by) },
		fate: func(by *store.Grant) fate {
			if by.CreatedAt.Before(d.before) {
				return ended
			}
			return spared
		},
	}
	return c.run(ctx, grants)
}

// revokeSessions revokes all that was issued before. Another replica may have done so, and told.
func (d *dismissal) revokeSessions(ctx context.Context, v *view, until time.Time) error {
	last := store.Issued{Subject: d.gone.Subject, At: d.before.Add(-time.Second)}
	if v.stores.Revocations.Revoked(last) {
		return nil
	}
	if err := d.leavers.pace.Wait(ctx); err != nil {
		return err
	}
	err := v.stores.Revocations.Revoke(ctx, store.Revocation{Subject: d.gone.Subject, IssuedBefore: d.before, Expires: until})
	d.first = err == nil && d.Now().Before(until)
	return err
}

// tell writes into the log that somebody's sessions have ended.
func (d *dismissal) tell(ctx context.Context) {
	d.first = false // once is enough, however often the rest is tried
	d.Audit.Write(ctx, slog.LevelInfo, audit.PersonEnded, &audit.Entry{
		Subject: d.gone.Subject, Provider: d.gone.Provider, Cause: errors.New(d.gone.Reason),
	})
}

// noteGrant writes into the log that a grant has ended with its refresh token, and what consent it stood for.
func (d *dismissal) noteGrant(ctx context.Context, by *store.Grant) {
	d.Audit.Write(ctx, slog.LevelInfo, audit.GrantRevoked, &audit.Entry{
		ClientID: by.Client.ID, GrantID: by.ID, SessionID: by.SessionID, Subject: by.Subject, Provider: by.Provider,
		Cause: errors.New(d.gone.Reason),
	})
}
