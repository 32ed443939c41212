package oauthclient

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// recheckForeign is how soon to look again for a Secret that is not ours and in the way: it is not watched.
const recheckForeign = time.Minute

// desired is what one pass decided.
type desired struct {
	// registration and credentials are to be created or updated; nil leaves what is there.
	registration, credentials *corev1.Secret
	// remove lists registrations to be deleted.
	remove []metav1.Object
	// lifetimes are those that the registration allows; the key rings must be prepared for them first.
	lifetimes lifetimes
	// prepared is what the key rings are prepared for.
	prepared  lifetimes
	issuerKey types.NamespacedName

	status v1alpha1.OAuthClientStatus // without conditions
	// replaced says that a credential in use is being replaced, which people want to know.
	replaced     bool
	recheckAfter time.Duration

	registered, credentialsReady, compliant metav1.Condition
}

// desire decides what is to be done for oc. It is pure; desire_test.go is its specification.
func desire(oc *v1alpha1.OAuthClient, seen observation) desired {
	want := desired{issuerKey: seen.issuerKey, prepared: seen.prepared}
	want.status = v1alpha1.OAuthClientStatus{ObservedGeneration: oc.Generation, ClientID: policy.ClientID(oc)}
	for i := range seen.strays {
		want.remove = append(want.remove, &seen.strays[i])
	}
	if why := admit(oc, seen); len(why) > 0 {
		want.refuse(oc, seen, why)
		return want
	}
	compiled := want.rules(oc, seen)
	next := want.secrets(oc, seen, &compiled)
	compiled.Credentials = next.list
	want.register(oc, seen, &compiled)
	want.status.Credentials = describe(compiled.Credentials)
	if end := untilNextEnd(compiled.Credentials, seen.now); want.recheckAfter == 0 || end > 0 && end < want.recheckAfter {
		want.recheckAfter = end
	}
	return want
}

// refuse says why there is no registration, and what else would be in the way; and it ends the registration that there is if
// a refusal revokes or nobody owns it any more.
func (d *desired) refuse(oc *v1alpha1.OAuthClient, seen observation, why refusals) {
	d.registered, d.recheckAfter = why.condition(), why.recheck()
	d.credentialsReady = condition.False(v1alpha1.CredentialsReady, v1alpha1.ReasonNotRegistered,
		"there are no credentials without a registration")
	d.compliant = condition.False(v1alpha1.PolicyCompliant, v1alpha1.ReasonNotRegistered,
		"nothing is in force without a registration")
	if seen.credentials != nil && !isOurs(oc, seen.credentials) {
		d.credentialsReady = inTheWay(oc, seen.credentials.Name)
		d.recheckAfter = recheckForeign
	}
	if rulesKnown(oc, seen) {
		compiled := policy.Compile(oc, nil, seen.governing.Rules())
		if lacks := lacks(oc, seen, &compiled, "not allowed either: "); len(lacks) > 0 {
			d.compliant = condition.Faults(v1alpha1.PolicyCompliant, lacks...)
		}
	}
	if why.revoke() && ours(oc, seen) || inherited(oc, seen) {
		d.remove = append(d.remove, seen.registration)
	}
}

// refusesUnseen tells whether a client is refused of which no registration was seen. If the cache was wrong about that,
// no write fails that would show it.
func (d *desired) refusesUnseen() bool {
	return d.registered.Status != metav1.ConditionTrue && len(d.remove) == 0
}

// rules compiles what the client gets, and explains it.
func (d *desired) rules(oc *v1alpha1.OAuthClient, seen observation) registration.Registration {
	d.registered = condition.True(v1alpha1.Registered, v1alpha1.ReasonRegistered, "the issuer knows this client")
	compiled := policy.Compile(oc, seen.governing.Names(), seen.governing.Rules())
	d.status.Effective = listable(compiled.Effective)
	d.compliant = withoutPending(seen, compliance(oc, seen, &compiled))
	return compiled.Registration
}

// withoutPending is c, unless the client lives under less than its issuer and the policies of its namespace would say.
func withoutPending(seen observation, c metav1.Condition) metav1.Condition {
	also := ""
	if c.Status != metav1.ConditionTrue {
		also = "; " + c.Message
	}
	if why := policy.AcceptIssuer(&seen.issuer.Spec); why != nil {
		return condition.False(v1alpha1.PolicyCompliant, why.Reason, fmt.Sprintf(
			"TokenIssuer %s: %s; until then this client stays registered, under the policies%s", seen.issuerKey, why.Message, also))
	}
	if len(seen.governing.PendingLocal) > 0 {
		return condition.False(v1alpha1.PolicyCompliant, v1alpha1.ReasonPolicyNotAccepted,
			notAccepted(seen)+"; until then the others are in force without them"+also)
	}
	return c
}

// listable is e with as many names of policies as a status can hold. More may be in force.
func listable(e v1alpha1.EffectiveRules) *v1alpha1.EffectiveRules {
	e.Policies = e.Policies[:min(len(e.Policies), v1alpha1.MaxListedPolicies)]
	return &e
}

// secrets decides which credentials count and what the Secret holds. It never touches a Secret that is not ours.
func (d *desired) secrets(oc *v1alpha1.OAuthClient, seen observation, compiled *registration.Registration) credentials {
	var registered []registration.Credential
	former := held(oc, seen) // what a predecessor had died with it
	if former != nil && !compiled.Public {
		registered = former.Credentials
	}
	if seen.credentials != nil && !isOurs(oc, seen.credentials) {
		d.credentialsReady = inTheWay(oc, seen.credentials.Name)
		d.recheckAfter = recheckForeign
		return credentials{list: registered}
	}
	if !seen.contested.IsZero() {
		d.credentialsReady = condition.False(v1alpha1.CredentialsReady, v1alpha1.ReasonSecretContested, fmt.Sprintf(
			"Secret %s was put right several times and changed again each time; it is put right next at %s: find out who writes it",
			secretKey(oc).Name, seen.contested.UTC().Format(time.RFC3339)))
		d.recheckAfter = seen.contested.Sub(seen.now)
		return credentials{list: retained(registered, seen.now)}
	}
	var next credentials
	message := "holds what the client needs; a public client has no secret"
	if !compiled.Public {
		known := former != nil || !adopts(oc, seen.credentials, decode(seen.registration))
		next = nextCredentials(registered, known, secretIn(seen.credentials), seen.fresh, seen.now)
		message = "holds the credentials"
	}
	d.replaced = next.replaced
	d.credentials = credentialsSecret(oc, seen, compiled, next.secret)
	d.credentialsReady = condition.True(v1alpha1.CredentialsReady, v1alpha1.ReasonSecretReady,
		"Secret "+secretKey(oc).Name+" "+message)
	d.status.Binding = &v1alpha1.Binding{Name: secretKey(oc).Name}
	return next
}

// inTheWay says what to do about a Secret that is not ours. That of a public client has no other name.
func inTheWay(oc *v1alpha1.OAuthClient, name string) metav1.Condition {
	message := "Secret " + name + " exists and is not ours: rename it"
	if a := oc.Spec.Authentication; a == nil || a.Public == nil {
		message += ", or set authentication.clientSecret.secretName"
	}
	return condition.False(v1alpha1.CredentialsReady, v1alpha1.ReasonSecretNotOwned, message)
}

// describe tells of credentials what may be told.
func describe(list []registration.Credential) []v1alpha1.CredentialStatus {
	out := make([]v1alpha1.CredentialStatus, 0, len(list))
	for _, c := range list {
		status := v1alpha1.CredentialStatus{ID: c.ID, State: v1alpha1.CredentialActive, CreatedAt: metav1.NewTime(c.CreatedAt)}
		if c.Retiring() {
			status.State, status.ExpiresAt = v1alpha1.CredentialRetiring, new(metav1.NewTime(c.NotAfter))
		}
		out = append(out, status)
	}
	return out
}

// untilNextEnd is how long until a retiring credential is to be dropped; zero if none is.
func untilNextEnd(list []registration.Credential, now time.Time) time.Duration {
	var next time.Duration
	for _, c := range list {
		if left := c.NotAfter.Sub(now); c.Retiring() && (next == 0 || left < next) {
			next = max(left, time.Second)
		}
	}
	return next
}
