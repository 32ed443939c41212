package tokenissuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/keys"
)

// pass takes both rings a step further, writes the configuration, and runs the issuer.
func (r *Reconciler) pass(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time) outcome {
	var done outcome
	if done.urls, done.err = r.urls(ctx, ti, now); done.err != nil {
		return done
	}
	ti = done.urls.as(ti)
	found, err := r.Clients.OfIssuer(ctx, client.ObjectKeyFromObject(ti))
	if err != nil {
		return outcome{urls: done.urls, err: fmt.Errorf("clients: %w", err)}
	}
	done.clients = registered(found)
	secrets, err := r.providerSecrets(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("identity providers: %w", err)}
	}
	needs, known := hashing(ti, secrets)
	reports, err := r.reports(ctx, ti)
	if err != nil {
		return outcome{err: fmt.Errorf("reports: %w", err)}
	}
	done.providers = judge(ti, secrets, budget(ti, needs), speaking(now, reports))
	for _, step := range []func() error{
		func() error { return into(&done.signing)(r.signing(ctx, ti, now, reports)) },
		func() error { return into(&done.sealing)(r.ring(ctx, ti, sealingRing(ti), now, reports)) },
		func() error { return into(&done.authority)(r.authority(ctx, ti, now)) },
		func() error { return r.configureOnce(ctx, ti, &done) },
		func() error { return r.forget(ctx, now, reports) },
		func() error { // after what its Pods mount and read
			return into(&done.running)(r.run(ctx, ti, now, workload.Hashing{Memory: needs, Known: known}, &done.authority))
		},
	} {
		err := step()
		if err != nil && refusal(ti, err) == nil {
			done.err = err
			return done
		}
		done.err = also(done.err, err)
	}
	return done
}

// configureOnce writes the configuration, unless the ring is not known by which values are sealed: an issuer that was told less of
// that than it knows could not open what it has sealed.
func (r *Reconciler) configureOnce(ctx context.Context, ti *v1alpha1.TokenIssuer, done *outcome) error {
	if len(done.sealing.Ring.Keys) == 0 {
		return nil
	}
	err := r.configure(ctx, ti, done.sealing.Ring.SealedUnder, &done.authority)
	done.configured = err == nil
	return err
}

// signing takes the ring of the keys that sign a step further, and tells the metrics when the next one is due.
func (r *Reconciler) signing(ctx context.Context, ti *v1alpha1.TokenIssuer, now time.Time, reports []v1alpha1.IssuerReport) (keys.Step, error) {
	ring := signingRing(ti)
	step, err := r.ring(ctx, ti, ring, now, reports)
	if err == nil {
		countRotation(client.ObjectKeyFromObject(ti), rotationDue(step.Ring, ring.plan))
	}
	return step, err
}

// ring reads one ring, judges by the reports what the replicas have of it, and takes it a step further.
func (r *Reconciler) ring(ctx context.Context, ti *v1alpha1.TokenIssuer, of ring, now time.Time, reports []v1alpha1.IssuerReport) (keys.Step, error) {
	stored, err := keyring.Load(ctx, r.Live, client.ObjectKeyFromObject(ti), of.name)
	if err != nil {
		return keys.Step{}, err
	}
	seen := world(now, reports, func(report v1alpha1.IssuerReportSpec) bool {
		return of.loaded(report) == stored.Ring.Revision
	})
	return r.advance(ctx, stored, of, seen)
}

// forget deletes the reports of replicas that ended without a word.
func (r *Reconciler) forget(ctx context.Context, now time.Time, reports []v1alpha1.IssuerReport) error {
	gone := abandoned(now, reports)
	errs := make([]error, 0, len(gone))
	for _, report := range gone {
		errs = append(errs, client.IgnoreNotFound(r.Delete(ctx, &report, client.Preconditions{
			UID: &report.UID, ResourceVersion: &report.ResourceVersion,
		})))
	}
	return errors.Join(errs...)
}
