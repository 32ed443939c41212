package tokenissuer

import (
	"slices"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/keys"
)

const (
	// silence is how long after the latest report of all a replica's own still counts.
	silence = 5 * time.Minute
	// oblivion is how long after the latest report of all a replica's own is kept. One that is deleted too early comes back
	// when the replica renews it.
	oblivion = time.Hour
	// tolerated is how far a replica's clock may be ahead without notice: Lead has room for it.
	tolerated = 10 * time.Second
)

// world tells what may be assumed of time and of the replicas, from the operator's clock and from what the replicas
// last said. A report may be as old as silence, so a clock that is ahead is taken to have gone on for that long.
func world(now time.Time, reports []v1alpha1.IssuerReport, loaded func(v1alpha1.IssuerReportSpec) bool) keys.World {
	w := keys.World{Early: now, Late: now, Loaded: true}
	for _, report := range live(now, reports) {
		at := report.Spec.RenewedAt.Time
		if at.Before(w.Early) {
			w.Early = at
		}
		if at.After(now.Add(tolerated)) {
			at = at.Add(silence)
		}
		if at.After(w.Late) {
			w.Late = at
		}
		w.Loaded = w.Loaded && loaded(report.Spec)
	}
	return w
}

// live lists the reports that were renewed within silence of the latest, or of the operator's clock if that is behind.
//
// The latest report always counts, however old it looks: were it judged by the operator's clock alone, one leap of that
// clock would make every replica seem dead, and keys would be removed that are in use. Nor does one replica's clock that
// is ahead make the others seem dead. An issuer of which nobody speaks any more keeps its rings as they are until it
// returns.
func live(now time.Time, reports []v1alpha1.IssuerReport) []v1alpha1.IssuerReport {
	present := lately(now, reports)
	return slices.DeleteFunc(slices.Clone(reports), func(report v1alpha1.IssuerReport) bool {
		return report.Spec.RenewedAt.Time.Before(present.Add(-silence))
	})
}

// abandoned lists the reports that nobody has renewed for long.
func abandoned(now time.Time, reports []v1alpha1.IssuerReport) []v1alpha1.IssuerReport {
	present := lately(now, reports)
	return slices.DeleteFunc(slices.Clone(reports), func(report v1alpha1.IssuerReport) bool {
		return !report.Spec.RenewedAt.Time.Before(present.Add(-oblivion))
	})
}

// lately is what reports are to be compared with: the latest of them, or the operator's clock if that is behind.
func lately(now time.Time, reports []v1alpha1.IssuerReport) time.Time {
	var latest time.Time
	for _, report := range reports {
		if report.Spec.RenewedAt.After(latest) {
			latest = report.Spec.RenewedAt.Time
		}
	}
	if now.Before(latest) {
		return now
	}
	return latest
}
