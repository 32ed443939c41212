package tokenissuer

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

// urlEvent is what there is to tell of a URL: a reason, and words.
type urlEvent struct{ reason, note string }

// urlEvents tells what became of the URLs of ti with its next status: which is prepared, given up, in force, or over.
func urlEvents(ti *v1alpha1.TokenIssuer, next *v1alpha1.TokenIssuerStatus) []urlEvent {
	var out []urlEvent
	add := func(reason, format string, args ...any) { out = append(out, urlEvent{reason, fmt.Sprintf(format, args...)}) }
	before, was := ti.Status.PendingURL, ti.ServedURL()
	if next.PendingURL != "" && next.PendingURL != before {
		note := next.PendingURL + " is being prepared"
		if c := meta.FindStatusCondition(next.Conditions, v1alpha1.URLChangePending); c != nil {
			note = c.Message
		}
		add("URLPrepared", "%s", note)
	}
	if before != "" && before != next.PendingURL && before != next.URL {
		add("URLGivenUp", "%s is not prepared any more; %s is in force", before, next.URL)
	}
	if was != "" && next.URL != "" && was != next.URL {
		add("URLSwitched", "%s is in force now in place of %s%s", next.URL, was, ending(next.PreviousURLs, was))
	}
	for _, p := range ti.Status.PreviousURLs {
		if p.URL != next.URL && ending(next.PreviousURLs, p.URL) == "" {
			add("URLDropped", "%s is over: tokens of that name are not valid any more, and nothing is served under it", p.URL)
		}
	}
	return out
}

// ending tells until when url counts; nothing of one that does not.
func ending(previous []v1alpha1.PreviousURL, url string) string {
	i := slices.IndexFunc(previous, func(p v1alpha1.PreviousURL) bool { return p.URL == url })
	if i < 0 {
		return ""
	}
	return ", which counts until " + previous[i].Until.UTC().Format(time.RFC3339)
}

func (r *Reconciler) announceURLs(ti *v1alpha1.TokenIssuer, next v1alpha1.TokenIssuerStatus) {
	for _, e := range urlEvents(ti, &next) {
		r.Events.Eventf(ti, nil, corev1.EventTypeNormal, e.reason, "ChangeURL", "%s", condition.Note(e.note))
	}
}
