package tokenissuer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
)

const (
	// URLOverlap is how long a former URL counts after a change, unless spec.previousURLs says otherwise: as long as a refresh
	// token may lie unused by the built-in rules, so whoever uses one at all meets the new URL in time.
	URLOverlap = 7 * 24 * time.Hour
	// maxPreviousURLs is how many former URLs count at a time at most, those that spec lists and those that it does not.
	maxPreviousURLs = 8
	// recheckURL is how soon to look again for what a new URL lacks: most of it is not watched.
	recheckURL = 15 * time.Second
)

// urls says which issuer identifiers of an issuer count.
type urls struct {
	inForce  string
	pending  string // the next one, which is prepared; empty where none is
	previous []v1alpha1.PreviousURL
	// lacking is URLChangePending; nil where nothing is pending.
	lacking *metav1.Condition
}

// unchanged are the URLs that status tells, of an issuer whose configuration could not be written.
func unchanged(ti *v1alpha1.TokenIssuer) urls {
	return urls{inForce: ti.Status.URL, pending: ti.Status.PendingURL, previous: ti.Status.PreviousURLs}
}

// changing tells whether spec asks for another URL than the one in force.
func changing(ti *v1alpha1.TokenIssuer) bool {
	return ti.ServedURL() != "" && ti.ServedURL() != ti.Spec.URL
}

// settled are the URLs of ti with that of spec in force. One that was in force until now becomes a previous one.
func settled(ti *v1alpha1.TokenIssuer, now time.Time) urls {
	former := slices.Clone(ti.Status.PreviousURLs)
	if changing(ti) {
		until := now.Add(URLOverlap + time.Second - 1).Truncate(time.Second)
		former = append(slices.DeleteFunc(former, func(p v1alpha1.PreviousURL) bool { return p.URL == ti.ServedURL() }),
			v1alpha1.PreviousURL{URL: ti.ServedURL(), Until: metav1.NewTime(until)})
	}
	return urls{inForce: ti.Spec.URL, previous: previousURLs(former, ti.Spec.PreviousURLs, ti.Spec.URL, now)}
}

// preparing are the URLs of ti while that of spec lacks something.
func preparing(ti *v1alpha1.TokenIssuer, lacks []lack, now time.Time) urls {
	inForce := ti.ServedURL()
	texts := make([]string, 0, len(lacks))
	for _, l := range lacks {
		texts = append(texts, l.message)
	}
	message := fmt.Sprintf("%s is not in force yet, %s is: %s. To give it up set spec.url to %[2]s again; "+
		"to switch in spite of that set spec.urlChange.switch to %[4]s", ti.Spec.URL, inForce, strings.Join(texts, "; "), v1alpha1.URLSwitchAtOnce)
	return urls{
		inForce: inForce, pending: ti.Spec.URL,
		previous: previousURLs(ti.Status.PreviousURLs, ti.Spec.PreviousURLs, inForce, now),
		lacking:  new(condition.True(v1alpha1.URLChangePending, lacks[0].reason, message)),
	}
}

// previousURLs are those that still count at now, of those that did and those that spec lists, whose word on its own goes
// first. The one that ends last stands first; beyond the bound those that end first are left out.
func previousURLs(former, listed []v1alpha1.PreviousURL, inForce string, now time.Time) []v1alpha1.PreviousURL {
	out := slices.Clone(listed)
	for _, p := range former {
		if !slices.ContainsFunc(listed, func(l v1alpha1.PreviousURL) bool { return l.URL == p.URL }) {
			out = append(out, p)
		}
	}
	out = slices.DeleteFunc(out, func(p v1alpha1.PreviousURL) bool { return p.URL == inForce || !now.Before(p.Until.Time) })
	slices.SortFunc(out, func(a, b v1alpha1.PreviousURL) int {
		return cmp.Or(b.Until.Compare(a.Until.Time), cmp.Compare(a.URL, b.URL))
	})
	if len(out) == 0 {
		return nil
	}
	return out[:min(len(out), maxPreviousURLs)]
}

// lack is something that a new URL lacks.
type lack struct{ reason, message string }

// urlSeen is what there is of a new URL.
type urlSeen struct {
	// certificate is CertificateReady as it would be under the new URL; nil where TLS does not end at the issuer's Pods.
	certificate *metav1.Condition
	// replicas are alive, and so many of them serve the new URL.
	replicas, serving int
	// answer is why the operator does not get the issuer's metadata from the new URL; nil if it does.
	answer error
}

// lacking lists what the new URL of ti lacks, most urgent first; nothing if it may come into force.
func lacking(ti *v1alpha1.TokenIssuer, seen urlSeen, now time.Time) []lack {
	var out []lack
	add := func(reason, format string, args ...any) {
		out = append(out, lack{reason, fmt.Sprintf(format, args...)})
	}
	if after := previousURLs(ti.Status.PreviousURLs, ti.Spec.PreviousURLs, ti.Spec.URL, now); len(after) >= maxPreviousURLs &&
		!slices.ContainsFunc(after, func(p v1alpha1.PreviousURL) bool { return p.URL == ti.ServedURL() }) {
		add(v1alpha1.ReasonTooManyPreviousURLs,
			"%d previous URLs still count, and there is no room for another one: list one that nobody uses any more in spec.previousURLs with an earlier until",
			maxPreviousURLs)
	}
	if seen.certificate != nil && seen.certificate.Status != metav1.ConditionTrue {
		add(v1alpha1.ReasonURLWithoutCertificate, "%s (one that is for both hosts serves both)", seen.certificate.Message)
	}
	switch {
	case seen.replicas == 0:
		add(v1alpha1.ReasonURLNotServed, "no replica of the issuer has said that it serves it")
	case seen.serving < seen.replicas:
		add(v1alpha1.ReasonURLNotServed, "%d of %d replicas of the issuer serve it", seen.serving, seen.replicas)
	}
	if seen.answer != nil {
		add(v1alpha1.ReasonURLNotAnswering, "the operator does not get the issuer's metadata from %s: %v; "+
			"let the new host lead to the issuer as the old one does, and leave that as it is", metadataURL(ti.Spec.URL), seen.answer)
	}
	if len(out) == 0 && urlSwitch(ti) == v1alpha1.URLSwitchOnHold {
		add(v1alpha1.ReasonURLOnHold, "it is ready, and spec.urlChange.switch holds it back: once resource servers know it, set that to %s", v1alpha1.URLSwitchWhenReady)
	}
	return out
}

func urlSwitch(ti *v1alpha1.TokenIssuer) v1alpha1.URLSwitch {
	if ti.Spec.URLChange == nil {
		return v1alpha1.URLSwitchWhenReady
	}
	return cmp.Or(ti.Spec.URLChange.Switch, v1alpha1.URLSwitchWhenReady)
}

// as is ti as the rest of a pass is to see it: with the URL in force in spec, and the others in status.
func (u *urls) as(ti *v1alpha1.TokenIssuer) *v1alpha1.TokenIssuer {
	if u.inForce == "" {
		return ti
	}
	served := ti.DeepCopy()
	served.Spec.URL, served.Status.PendingURL, served.Status.PreviousURLs = u.inForce, u.pending, u.previous
	return served
}

// recheck is how soon to look again; zero for never.
func (u *urls) recheck(now time.Time) time.Duration {
	if u.pending != "" {
		return recheckURL
	}
	if len(u.previous) == 0 {
		return 0
	}
	return max(time.Second, u.previous[len(u.previous)-1].Until.Sub(now))
}

// sealedUnder is the URL from which the keys of sealed values are to follow for good; empty while nothing has to be said of
// that, since there has never been another.
func sealedUnder(ti *v1alpha1.TokenIssuer) string {
	if served := ti.ServedURL(); served != ti.Spec.URL || ti.Status.PendingURL != "" {
		return served
	}
	return ""
}
