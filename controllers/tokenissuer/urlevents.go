package tokenissuer

import (
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
	out := pendingEvents(ti.Status.PendingURL, next)
	if was := ti.ServedURL(); was != "" && next.URL != "" && was != next.URL {
		out = append(out, urlEvent{"URLSwitched", next.URL + " is in force now in place of " + was + ending(next.PreviousURLs, was)})
	}
	for _, p := range ti.Status.PreviousURLs {
		if p.URL != next.URL && ending(next.PreviousURLs, p.URL) == "" {
			out = append(out, urlEvent{"URLDropped", p.URL + " is over: tokens of that name are not valid any more, and nothing is served under it"})
		}
	}
	return out
}

// pendingEvents tells of a URL that is prepared from now on, and of one that is not any more.
func pendingEvents(before string, next *v1alpha1.TokenIssuerStatus) []urlEvent {
	var out []urlEvent
	if next.PendingURL == before {
		return nil
	}
	if c := meta.FindStatusCondition(next.Conditions, v1alpha1.URLChangePending); next.PendingURL != "" && c != nil {
		out = append(out, urlEvent{"URLPrepared", c.Message})
	}
	if before != "" && before != next.URL {
		out = append(out, urlEvent{"URLGivenUp", before + " is not prepared any more; " + next.URL + " is in force"})
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
