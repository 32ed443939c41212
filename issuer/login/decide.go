package login

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

// Step is what an authorization request needs next.
type Step string

// The steps, in their order.
const (
	StepLogin   Step = "login"   // show the login page, or the choice of identity providers
	StepConsent Step = "consent" // show the consent page
	StepIssue   Step = "issue"   // answer with a code
)

// Question is all that decides what comes next.
type Question struct {
	Prompt oauth.Prompt
	MaxAge *time.Duration
	// HintedSubject is the sub of a verified id_token_hint; empty when there is none.
	HintedSubject string
	// WantedSubjects are the values that the claims parameter gives for the sub of the ID token; empty when any will do.
	WantedSubjects []string

	// Session is the browser's, or nil.
	Session *Session
	// FlowID and FlowStarted are of the flow that carries the request.
	FlowID      string
	FlowStarted time.Time

	// Remembered says that Covers was true of the resource owner's grants.
	Remembered bool
	// AlwaysAsk says that consent is never remembered for this client: nothing proves that it is the same as last time (RFC
	// 8252 section 8.6).
	AlwaysAsk bool
	// Skipped says that the platform answers for all that the request asks for: see policy.Client.SkipsConsent.
	Skipped bool
	// Consented says that the resource owner has just consented, to this very request.
	Consented bool

	Now time.Time
}

// Next decides what an authorization request needs (OpenID Connect Core section 3.1.2.3, 3.1.2.4). It is pure. The error is
// an *oauth.Error for the client: a page is needed that prompt=none forbids, or somebody logged in whom it will not have.
//
// A login_hint is not among the questions: it fills in the login page, and never stands against a session. Of the errors
// of section 3.1.2.6, interaction_required and account_selection_required have no cause here: no page but those two is
// ever needed, and a browser has one session.
func Next(q Question) (Step, error) {
	switch {
	case !q.loggedIn():
		return q.need(StepLogin, oauth.LoginRequired)
	case !q.wanted() && q.loggedInHere():
		return "", oauth.LoginRequired.Refusef("another user has logged in than the one that was asked for")
	case !q.wanted():
		return q.need(StepLogin, oauth.LoginRequired)
	case !q.agreed():
		return q.need(StepConsent, oauth.ConsentRequired)
	default:
		return StepIssue, nil
	}
}

// need is the step that shows a page, or the error where the client wants none.
func (q *Question) need(step Step, code oauth.Code) (Step, error) {
	if q.Prompt.None {
		return "", code.Refusef("prompt is none, and the user has to see the %s page", step)
	}
	return step, nil
}

// loggedIn tells whether there is a login that is good enough. One that was made since the request came always is, or
// prompt=login and max_age=0 would never be satisfied.
func (q *Question) loggedIn() bool {
	if q.Session == nil {
		return false
	}
	if q.loggedInHere() || q.Session.AuthTime.After(q.FlowStarted) {
		return true
	}
	return !q.Prompt.Login && !q.Prompt.SelectAccount && q.young()
}

// loggedInHere tells whether the login was made for this request. That needs no clocks, which may differ between
// replicas.
func (q *Question) loggedInHere() bool { return q.FlowID != "" && q.Session.Flow == q.FlowID }

// young tells whether max_age allows the login. Zero allows none, as prompt=login does.
func (q *Question) young() bool {
	return q.MaxAge == nil || *q.MaxAge > 0 && q.Now.Sub(q.Session.AuthTime) <= *q.MaxAge
}

// wanted tells whether it is somebody whom the client will have (OpenID Connect Core sections 3.1.2.1, 5.5.1).
func (q *Question) wanted() bool {
	subject := q.Session.Subject
	return (q.HintedSubject == "" || q.HintedSubject == subject) &&
		(len(q.WantedSubjects) == 0 || slices.Contains(q.WantedSubjects, subject))
}

func (q *Question) agreed() bool {
	return q.Consented || (q.Remembered || q.Skipped) && !q.Prompt.Consent && !q.AlwaysAsk
}

// Covers tells whether one of the resource owner's grants already holds what a client asks for: consent is remembered as
// live grants. One that the platform gave is none, so who is to be asked again will be. No two grants are added up, since a scope that was granted for one resource is no scope for another.
func Covers(grants []store.Grant, clientUID string, scopes, resources []string, now time.Time) bool {
	return slices.ContainsFunc(grants, func(grant store.Grant) bool {
		return grant.Client.UID == clientUID && !grant.ByPlatform && grant.Live(now) &&
			includes(grant.Scopes, scopes) && includes(grant.Resources, resources)
	})
}

func includes(held, asked []string) bool {
	return !slices.ContainsFunc(asked, func(one string) bool { return !slices.Contains(held, one) })
}
