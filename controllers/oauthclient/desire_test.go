package oauthclient

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/clients"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

var (
	noon       = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	inUse      = fresh{id: "in-use", secret: registration.NewSecret(registration.Entropy{1})}
	unused     = fresh{id: "fresh", secret: registration.NewSecret(registration.Entropy{2})}
	madeUp     = registration.NewSecret(registration.Entropy{3})
	errQuota   = errors.New("write credentials: exceeded quota")
	defaultKey = types.NamespacedName{Namespace: "system", Name: "default"}
)

// world is what desire decides about: a client that runs well, until an option says otherwise.
type world struct {
	oc   *v1alpha1.OAuthClient
	seen observation
}

type change func(*world)

// running makes a client web of the namespace apps that is registered and has its Secret, with the scopes a and b, under
// one root policy that limits nothing; then it makes the changes, in order.
func running(changes ...change) *world {
	w := &world{oc: build.OAuthClient("apps/web", build.Scopes("a", "b"))}
	w.oc.UID, w.oc.Generation = "uid-web", 3
	w.seen = observation{
		now: noon, fresh: inUse, issuerKey: defaultKey, issuer: build.TokenIssuer(defaultKey.String()), prepared: lifetimes{signed: time.Hour, sealed: 720 * time.Hour},
		subject: policy.Subject{Namespace: "apps", IssuerNamespace: "system"},
	}
	govern(build.TokenPolicy("system/root"))(w)
	first := desire(w.oc, w.seen)
	stored(first.registration, "7")(w)
	stored(first.credentials, "8")(w)
	w.seen.fresh = unused
	for _, change := range changes {
		change(w)
	}
	return w
}

// anew makes the same client before its first pass.
func anew(changes ...change) *world {
	return running(append([]change{noRegistration, noSecret}, changes...)...)
}

// stored puts a Secret where desire finds it, as the API server would hand it back.
func stored(secret *corev1.Secret, version string) change {
	return func(w *world) {
		secret := secret.DeepCopy()
		secret.UID, secret.ResourceVersion = types.UID("uid-"+secret.Name), version
		if secret.Namespace == "system" {
			w.seen.registration = secret
		} else {
			w.seen.credentials = secret
		}
	}
}

func noRegistration(w *world) { w.seen.registration = nil }
func noSecret(w *world)       { w.seen.credentials = nil }
func noIssuer(w *world)       { w.seen.issuer, w.seen.registration, w.seen.credentials = nil, nil, nil }

func elsewhere(w *world) { w.seen.elsewhere = true }

// placed says what became of the issuer's namespace.
func placed(now place) change { return func(w *world) { w.seen.place = now } }

// namespaceLabels are those of the client's namespace.
func namespaceLabels(key, value string) change {
	return func(w *world) { w.seen.subject.NamespaceLabels = map[string]string{key: value} }
}

// govern puts the client under exactly these policies.
func govern(policies ...*v1alpha1.TokenPolicy) change {
	return func(w *world) {
		var standings []policy.Standing
		for _, p := range policies {
			standings = append(standings, policy.Standing{Namespace: p.Namespace, Name: p.Name, Spec: &p.Spec})
		}
		w.seen.governing = policy.Governing(w.seen.subject, policy.NewSet("system", standings), policy.NewSet("apps", standings))
	}
}

// neverAccepted adds a local policy of which nobody knows what it says, and rootNeverAccepted a root policy.
func neverAccepted(w *world) { w.seen.governing.PendingLocal = []v1alpha1.PolicyName{"apps/broken"} }
func rootNeverAccepted(w *world) {
	w.seen.governing.PendingRoot = []v1alpha1.PolicyName{"system/broken"}
}

// contested says that the Secret is left as it is for five minutes.
func contested(w *world) { w.seen.contested = noon.Add(5 * time.Minute) }

func wishing(options ...func(*v1alpha1.OAuthClient)) change {
	return func(w *world) {
		for _, option := range options {
			option(w.oc)
		}
	}
}

// manyLabels gives a client more labels than the cache keeps.
func manyLabels(oc *v1alpha1.OAuthClient) {
	oc.Labels = map[string]string{"tier": "web"}
	for i := range 100 {
		oc.Labels[fmt.Sprintf("example.com/%d", i)] = strings.Repeat("x", 60)
	}
	clients.Trim(oc)
}

// brokenSelector is a mistake that the API server lets through.
func brokenSelector(ti *v1alpha1.TokenIssuer) {
	ti.Spec.ClientNamespaces = &v1alpha1.ClientNamespaces{
		From:     v1alpha1.NamespacesSelector,
		Selector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Foo"}}},
	}
}

func issuer(options ...func(*v1alpha1.TokenIssuer)) change {
	return func(w *world) {
		for _, option := range options {
			option(w.seen.issuer)
		}
	}
}

// crowded puts so many other clients before it.
func crowded(before int) change { return func(w *world) { w.seen.crowd.before = before } }

// registered alters the Secret that holds the registration.
func registered(alter func(*corev1.Secret)) change {
	return func(w *world) { alter(w.seen.registration) }
}

// credentialsHeld alters the Secret that holds the credentials.
func credentialsHeld(alter func(*corev1.Secret)) change {
	return func(w *world) { alter(w.seen.credentials) }
}

func garbled(s *corev1.Secret)     { s.Data[registration.DataKey] = []byte("{") }
func heldByOther(s *corev1.Secret) { s.Annotations[v1alpha1.OwnerAnnotation] = "other/shop" }
func unlabelled(s *corev1.Secret)  { delete(s.Labels, v1alpha1.ClientLabel) }
func unowned(s *corev1.Secret)     { s.OwnerReferences = nil }
func disowned(s *corev1.Secret)    { unlabelled(s); unowned(s) }
func letGone(s *corev1.Secret) {
	unowned(s)
	s.Annotations = map[string]string{v1alpha1.LetGoAnnotation: "uid-former"}
}
func holding(secret string) func(*corev1.Secret) {
	return func(s *corev1.Secret) { s.Data[keyClientSecret] = []byte(secret) }
}

// succeeded makes another object of the client's name out of it.
func succeeded(w *world) { w.oc.UID = "uid-successor" }

// TestReasons is the table of all reasons that a pass over an OAuthClient can give.
func TestReasons(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	for _, tc := range []struct {
		name      string
		world     *world
		condition string
		status    metav1.ConditionStatus
		reason    string
		says      []string // what the message must name
	}{
		{"well", running(), v1alpha1.Ready, yes, v1alpha1.ReasonReady, nil},
		{"known to the issuer", running(), v1alpha1.Registered, yes, v1alpha1.ReasonRegistered, nil},
		{"credentials in the Secret", running(), v1alpha1.CredentialsReady, yes, v1alpha1.ReasonSecretReady, []string{"web-oauth"}},
		{"all granted", running(), v1alpha1.PolicyCompliant, yes, v1alpha1.ReasonCompliant, nil},

		{"no issuer", running(noIssuer), v1alpha1.Registered, no, v1alpha1.ReasonIssuerNotFound, []string{"system/default", "without issuerRef", "apply it"}},
		{"no issuer of that name", running(noIssuer, wishing(build.Of("system/default"))), v1alpha1.Registered, no, v1alpha1.ReasonIssuerNotFound,
			[]string{"system/default", "the right name in issuerRef"}},
		{"an issuer that is not served", running(noIssuer, elsewhere), v1alpha1.Registered, no, v1alpha1.ReasonIssuerNotFound,
			[]string{"system/default", "--issuer-namespaces"}},
		{"no namespace of the issuer", running(noIssuer, placed(placeGone)), v1alpha1.Registered, no, v1alpha1.ReasonIssuerNotFound,
			[]string{"namespace system is not there", "TokenIssuer default", "can make both (again)"}},
		{"the issuer's namespace ends", running(noIssuer, placed(placeEnding)), v1alpha1.Registered, no, v1alpha1.ReasonNamespaceTerminating,
			[]string{"namespace system is being deleted", "TokenIssuer default", "or delete this client"}},
		{"not admitted", running(issuer(build.OwnNamespaceOnly())), v1alpha1.Registered, no, v1alpha1.ReasonNamespaceNotAdmitted,
			[]string{"namespace apps", "its own namespace alone", "clientNamespaces.from"}},
		{"not selected", running(issuer(build.AdmitNamespaces(map[string]string{"tier": "prod", "team": "a"})), namespaceLabels("team", "b")), v1alpha1.Registered, no,
			v1alpha1.ReasonNamespaceNotAdmitted, []string{"it wants team=a, the namespace has team=b", "it wants tier=prod, the namespace has no label tier"}},
		{"more labels than are kept", running(wishing(manyLabels)), v1alpha1.Registered, no, v1alpha1.ReasonTooManyLabels,
			[]string{"4096", "remove"}},
		{"a new client of an issuer whose selector is none", anew(issuer(brokenSelector)), v1alpha1.Registered, no, v1alpha1.ReasonInvalidSelector,
			[]string{"system/default", "clientNamespaces.selector"}},
		{"a registered client of one", running(issuer(brokenSelector)), v1alpha1.PolicyCompliant, no, v1alpha1.ReasonInvalidSelector,
			[]string{"system/default", "clientNamespaces.selector"}},
		{"no policy", running(govern()), v1alpha1.Registered, no, v1alpha1.ReasonNoPolicy, []string{"namespace system"}},
		{"a local policy only", running(govern(build.TokenPolicy("apps/own"))), v1alpha1.Registered, no, v1alpha1.ReasonNoPolicy, nil},
		{"a new client beside a local policy that was never accepted", anew(neverAccepted), v1alpha1.Registered, no, v1alpha1.ReasonPolicyNotAccepted,
			[]string{"apps/broken"}},
		{"a registered client beside one", running(neverAccepted), v1alpha1.PolicyCompliant, no,
			v1alpha1.ReasonPolicyNotAccepted, []string{"apps/broken"}},
		{"a client beside one that lacks something too", running(govern(build.TokenPolicy("system/p", build.AllowScopes("a"))), neverAccepted),
			v1alpha1.PolicyCompliant, no, v1alpha1.ReasonPolicyNotAccepted, []string{"apps/broken", "scopes b", "system/p"}},
		{"a client under no root policy but one that was never accepted", anew(govern(), rootNeverAccepted), v1alpha1.Registered, no,
			v1alpha1.ReasonPolicyNotAccepted, []string{"system/broken"}},
		{"a client beside a root policy that was never accepted", running(rootNeverAccepted), v1alpha1.PolicyCompliant, yes, v1alpha1.ReasonCompliant, nil},
		{"a Secret that somebody else changes back", running(credentialsHeld(holding(madeUp)), contested), v1alpha1.CredentialsReady, no,
			v1alpha1.ReasonSecretContested, []string{"web-oauth", "2026-03-01T12:05:00Z"}},
		{"that client is registered all the same", running(credentialsHeld(holding(madeUp)), contested), v1alpha1.Registered, yes, v1alpha1.ReasonRegistered, nil},
		{"a foreign prefix", anew(wishing(build.ClientID("other.web"))), v1alpha1.Registered, no, v1alpha1.ReasonClientIDNotAllowed,
			[]string{"other.web", `"apps."`, "namespace system", "clientIDs: {allowed: [other.web]}"}},
		{"not among the listed", anew(wishing(build.ClientID("legacy")), govern(build.TokenPolicy("system/ids", build.AllowClientIDs("x")))),
			v1alpha1.Registered, no, v1alpha1.ReasonClientIDNotAllowed, []string{"legacy", "system/ids"}},
		{"listed by a local policy", anew(wishing(build.ClientID("legacy")),
			govern(build.TokenPolicy("system/root"), build.TokenPolicy("apps/own", build.AllowClientIDs("legacy")))),
			v1alpha1.Registered, no, v1alpha1.ReasonClientIDNotAllowed, []string{"clientIDs: {allowed: [legacy]}"}},
		{"held by another", running(registered(heldByOther)), v1alpha1.Registered, no, v1alpha1.ReasonClientIDTaken,
			[]string{"apps.web", "other/shop"}},
		{"too many before it", anew(issuer(build.MaxClients(5)), crowded(5)), v1alpha1.Registered, no, v1alpha1.ReasonTooManyClients,
			[]string{"system/default", "at most 5", "namespace apps", "5 are before", "clientNamespaces.maxClients"}},

		{"no registration, no credentials", running(govern()), v1alpha1.CredentialsReady, no, v1alpha1.ReasonNotRegistered, nil},
		{"no registration, nothing in force", running(govern()), v1alpha1.PolicyCompliant, no, v1alpha1.ReasonNotRegistered, nil},
		{"not our Secret", running(credentialsHeld(disowned)), v1alpha1.CredentialsReady, no, v1alpha1.ReasonSecretNotOwned,
			[]string{"web-oauth", "secretName"}},

		{"a scope beyond", running(govern(build.TokenPolicy("system/p", build.AllowScopes("a")))), v1alpha1.PolicyCompliant, no,
			v1alpha1.ReasonBeyondPolicy, []string{"scopes b", "system/p"}},
		{"an audience beyond", running(govern(build.TokenPolicy("system/p", build.AllowAudiences("https://x.example")))),
			v1alpha1.PolicyCompliant, no, v1alpha1.ReasonBeyondPolicy, []string{"audiences " + build.API, "system/p"}},
		{"a grant type beyond", running(govern(build.TokenPolicy("system/p", build.AllowGrantTypes()))), v1alpha1.PolicyCompliant, no,
			v1alpha1.ReasonBeyondPolicy, []string{"grantTypes client_credentials", "system/p"}},
		{"a resource that nobody gave", running(wishing(build.Guards("https://own.example"))), v1alpha1.PolicyCompliant, no,
			v1alpha1.ReasonBeyondPolicy, []string{"resourceServer.audiences https://own.example", "namespace system", "resourceServers: {allowed: [https://own.example]}"}},
		{"a default scope beyond", running(wishing(build.DefaultScopes("b")), govern(build.TokenPolicy("system/p", build.AllowScopes("a")))),
			v1alpha1.PolicyCompliant, no, v1alpha1.ReasonBeyondPolicy, []string{"defaultScopes b"}},
		{"the local policy decides too", running(govern(build.TokenPolicy("system/root"), build.TokenPolicy("apps/own", build.AllowScopes("b")))),
			v1alpha1.PolicyCompliant, no, v1alpha1.ReasonBeyondPolicy, []string{"scopes a", "apps/own"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := desire(tc.world.oc, tc.world.seen)
			conditions := want.conditions(applied{})
			got := meta.FindStatusCondition(conditions, tc.condition)
			if got == nil || got.Status != tc.status || got.Reason != tc.reason {
				t.Fatalf("%s is %v, want %s/%s", tc.condition, got, tc.status, tc.reason)
			}
			for _, part := range tc.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("the message %q does not name %q", got.Message, part)
				}
			}
			ready := meta.FindStatusCondition(conditions, v1alpha1.Ready)
			if tc.status == no && (ready.Status != no || !meta.IsStatusConditionTrue(conditions, v1alpha1.Stalled)) {
				t.Errorf("Ready is %s and Stalled %t, although %s is not", ready.Status,
					meta.IsStatusConditionTrue(conditions, v1alpha1.Stalled), tc.condition)
			}
		})
	}
}

// TestWriteFailed says of a pass that decided well what the API server made of it: what is true in spite of that stays true,
// and only a user is waited for who can help.
func TestWriteFailed(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "web-oauth", errQuota)
	for _, tc := range []struct {
		name               string
		was                applied
		registered         metav1.ConditionStatus
		reason, who, whoIs string
	}{
		{"the registration may be written later", applied{registration: errQuota}, no, v1alpha1.ReasonWriteFailed, v1alpha1.Reconciling, v1alpha1.Stalled},
		{"the Secret may be written later", applied{credentials: errQuota}, yes, v1alpha1.ReasonWriteFailed, v1alpha1.Reconciling, v1alpha1.Stalled},
		{"the registration is refused", applied{registration: refused}, no, v1alpha1.ReasonWriteRefused, v1alpha1.Stalled, v1alpha1.Reconciling},
		{"the Secret is refused", applied{credentials: refused}, yes, v1alpha1.ReasonWriteRefused, v1alpha1.Stalled, v1alpha1.Reconciling},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := running(noSecret)
			want := desire(w.oc, w.seen)
			conditions := want.conditions(tc.was)
			if got := meta.FindStatusCondition(conditions, v1alpha1.Registered); got.Status != tc.registered {
				t.Errorf("%v, want %s", got, tc.registered)
			}
			for _, kind := range []string{v1alpha1.Ready, v1alpha1.CredentialsReady} {
				got := meta.FindStatusCondition(conditions, kind)
				if got.Status != no || got.Reason != tc.reason || !strings.Contains(got.Message, "quota") {
					t.Errorf("%v, want %s and the cause", got, tc.reason)
				}
			}
			if got := meta.FindStatusCondition(conditions, tc.who); got == nil || got.Reason != tc.reason || meta.FindStatusCondition(conditions, tc.whoIs) != nil {
				t.Errorf("%v, want %s alone, with %s", conditions, tc.who, tc.reason)
			}
		})
	}
}

// TestRefusalsQuoteNoSecret: an admission policy may write into its message what it refuses.
func TestRefusalsQuoteNoSecret(t *testing.T) {
	w := running(noSecret)
	want := desire(w.oc, w.seen)
	quoted := fmt.Errorf("refused: client-secret %s, base64 %s", unused.secret, base64.StdEncoding.EncodeToString([]byte(unused.secret)))
	got := meta.FindStatusCondition(want.conditions(applied{credentials: quoted}), v1alpha1.CredentialsReady).Message
	if got != "refused: client-secret [redacted], base64 [redacted]" {
		t.Errorf("the message is %q", got)
	}
}

// TestDecisions says what a pass does: to the registration, to the Secret, and which credentials count then.
func TestDecisions(t *testing.T) {
	kept := fresh{id: "in-use", secret: inUse.secret}
	for _, tc := range []struct {
		name         string
		world        *world
		registration verb
		credentials  verb
		active       fresh    // the zero value: none
		retiring     []string // ids
	}{
		{"a new client", anew(), create, create, unused, nil},
		{"a client that is well", running(), leave, leave, kept, nil},

		// What admission refuses.
		{"no issuer", running(noIssuer), leave, leave, fresh{}, nil},
		{"not admitted", running(issuer(build.OwnNamespaceOnly())), remove, leave, fresh{}, nil},
		{"more labels than are kept", running(wishing(manyLabels)), remove, leave, fresh{}, nil},
		{"no policy", running(govern()), remove, leave, fresh{}, nil},
		{"no policy, and ungoverned clients allowed", running(govern(), issuer(build.AllowUngoverned())), leave, leave, kept, nil},
		{"client_id no longer allowed", legacy(govern(build.TokenPolicy("system/root"))), remove, leave, fresh{}, nil},
		{"client_id allowed", legacy(), leave, leave, kept, nil},
		{"client_id held by another", running(registered(heldByOther)), leave, leave, fresh{}, nil},
		{"the last place", anew(issuer(build.MaxClients(5)), crowded(4)), create, create, unused, nil},
		{"no place left", anew(issuer(build.MaxClients(5)), crowded(5)), leave, leave, fresh{}, nil},
		{"no place left, and registered", running(issuer(build.MaxClients(5)), crowded(9)), leave, leave, kept, nil},
		{"no place left, and the registration is garbled", running(issuer(build.MaxClients(5)), crowded(9), registered(garbled)), update, leave,
			fresh{id: "fresh", secret: inUse.secret}, nil},
		{"no place left for a successor", running(issuer(build.MaxClients(5)), crowded(5), succeeded), remove, leave, fresh{}, nil},
		{"no bound", anew(crowded(9)), create, create, unused, nil},
		{"refused, with nothing registered", anew(govern()), leave, leave, fresh{}, nil},

		// What a policy without an accepted version does.
		{"a local one", running(neverAccepted), leave, leave, kept, nil},
		{"a local one, and the client wants less", running(neverAccepted, wishing(build.Scopes("a"))), update, update, kept, nil},
		{"a local one, and the root policies allow less", running(govern(build.TokenPolicy("system/root", build.AllowScopes("a"))), neverAccepted),
			update, update, kept, nil},
		{"a local one, and no root policy is left", running(govern(), neverAccepted), remove, leave, fresh{}, nil},
		{"a local one, and the client_id is no longer allowed", legacy(govern(build.TokenPolicy("system/root")), neverAccepted), remove, leave, fresh{}, nil},
		{"a local one, and not admitted any more", running(neverAccepted, issuer(build.OwnNamespaceOnly())), remove, leave, fresh{}, nil},
		{"a local one, and the Secret is gone", running(neverAccepted, noSecret), update, create, unused, []string{"in-use"}},
		{"a local one, and the registration is gone", running(neverAccepted, noRegistration), leave, leave, fresh{}, nil},
		{"a local one, and the registration is garbled", running(neverAccepted, registered(garbled)), leave, leave, fresh{}, nil},
		{"a local one, and the registration was a predecessor's", running(neverAccepted, succeeded), remove, leave, fresh{}, nil},
		{"a local one, and the client_id is another's", running(neverAccepted, registered(heldByOther)), leave, leave, fresh{}, nil},
		{"a root one", running(rootNeverAccepted), leave, leave, kept, nil},
		{"a root one, and a new client", anew(rootNeverAccepted), create, create, unused, nil},
		{"a root one, and the others allow less", running(govern(build.TokenPolicy("system/root", build.AllowScopes("a"))), rootNeverAccepted),
			update, update, kept, nil},
		{"a root one, and no other is left", running(govern(), rootNeverAccepted), remove, leave, fresh{}, nil},

		// What a mistake in the issuer's spec does.
		{"a registered client", running(issuer(brokenSelector)), leave, leave, kept, nil},
		{"a registered client, and the policies allow less", running(govern(build.TokenPolicy("system/root", build.AllowScopes("a"))), issuer(brokenSelector)),
			update, update, kept, nil},
		{"a new client", anew(issuer(brokenSelector)), leave, leave, fresh{}, nil},

		// What happens when somebody undoes what is written.
		{"Secret altered, and contested", running(credentialsHeld(holding(madeUp)), contested), leave, leave, kept, nil},
		{"contested, and the policies allow less", running(credentialsHeld(holding(madeUp)), contested,
			govern(build.TokenPolicy("system/root", build.AllowScopes("a")))), update, leave, kept, nil},
		{"Secret altered, and the last pass could not store a new one", running(refusedOnce, credentialsHeld(holding(madeUp))), leave, update, unused, []string{"in-use"}},

		// What happens to Secrets.
		{"Secret gone", running(noSecret), update, create, unused, []string{"in-use"}},
		{"Secret altered", running(credentialsHeld(holding(madeUp))), update, update, unused, []string{"in-use"}},
		{"Secret emptied", running(credentialsHeld(holding(""))), update, update, unused, []string{"in-use"}},
		{"Secret without our label", running(credentialsHeld(unlabelled)), leave, update, kept, nil},
		{"Secret without our label and without an owner", running(credentialsHeld(disowned)), leave, leave, kept, nil},
		{"Secret of another type", running(credentialsHeld(func(s *corev1.Secret) { s.Type = corev1.SecretTypeOpaque })), leave, leave, kept, nil},
		{"Secret of another controller", running(credentialsHeld(func(s *corev1.Secret) { s.OwnerReferences[0].UID = "other" })),
			leave, leave, kept, nil},
		{"Secret without an owner", running(credentialsHeld(unowned)), leave, update, kept, nil},
		{"Secret with a wrong client_id", running(credentialsHeld(func(s *corev1.Secret) { s.Data[keyClientID] = nil })), leave, update, kept, nil},
		{"Secret moved", running(wishing(build.SecretName("elsewhere")), noSecret), update, create, unused, []string{"in-use"}},
		{"a foreign Secret before the first pass", anew(foreignSecret), create, leave, fresh{}, nil},

		// What happens to registrations.
		{"registration gone", running(noRegistration), create, leave, fresh{id: "fresh", secret: inUse.secret}, nil},
		{"registration garbled", running(registered(garbled)), update, leave, fresh{id: "fresh", secret: inUse.secret}, nil},
		{"registration without a label", running(registered(func(s *corev1.Secret) { s.Labels = nil })), update, leave, kept, nil},
		{"registration gone, Secret made up", running(noRegistration, credentialsHeld(holding("hunter2"))), create, update, unused, nil},
		{"registration gone, Secret let go by a former client", running(noRegistration, credentialsHeld(letGone)), create, update, unused, nil},
		{"both gone", anew(), create, create, unused, nil},
		{"a predecessor's registration", running(succeeded, noSecret), update, create, unused, nil},
		{"a predecessor's registration, and its Secret", running(succeeded), update, leave, fresh{}, nil},
		{"a predecessor's registration, and its orphaned Secret", running(succeeded,
			credentialsHeld(unowned)), update, update, fresh{id: "fresh", secret: inUse.secret}, nil},

		// What wishes and rules do.
		{"wants less", running(wishing(build.Scopes("a"))), update, update, kept, nil},
		{"may do less", running(govern(build.TokenPolicy("system/root", build.AllowScopes("a")))), update, update, kept, nil},
		{"gets shorter tokens", running(govern(build.TokenPolicy("system/root", build.MaxLifetime("1m")))), update, leave, kept, nil},
		{"the issuer moved", running(issuer(func(ti *v1alpha1.TokenIssuer) { ti.Spec.URL = "https://new.example" })), leave, update, kept, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := desire(tc.world.oc, tc.world.seen)
			if got := verbOf(want.registration, want.remove); got != tc.registration {
				t.Errorf("registration: %s, want %s", got, tc.registration)
			}
			if got := verbOf(want.credentials, nil); got != tc.credentials {
				t.Errorf("credentials: %s, want %s", got, tc.credentials)
			}
			var after *registration.Registration
			switch {
			case want.registration != nil:
				after = decode(want.registration)
			case want.registered.Status == metav1.ConditionTrue:
				after = decode(tc.world.seen.registration)
			}
			checkCredentials(t, after, tc.active, tc.retiring)
			if want.credentials != nil && string(want.credentials.Data[keyClientSecret]) != tc.active.secret {
				t.Error("the Secret would hold another secret than the active one")
			}
		})
	}
}

// refusedOnce is what a pass leaves whose new credential was registered and could not be stored.
func refusedOnce(w *world) {
	altered := w.seen
	altered.credentials = altered.credentials.DeepCopy()
	holding("")(altered.credentials)
	stored(desire(w.oc, altered).registration, "9")(w)
}

// legacy is a client with a client_id of its own that a policy lists; then come the changes.
func legacy(changes ...change) *world {
	w := running()
	w.oc.Spec.ClientID = "legacy"
	w.seen.registration, w.seen.credentials, w.seen.fresh = nil, nil, inUse
	govern(build.TokenPolicy("system/root", build.AllowClientIDs("legacy")))(w)
	first := desire(w.oc, w.seen)
	stored(first.registration, "7")(w)
	stored(first.credentials, "8")(w)
	w.seen.fresh = unused
	for _, change := range changes {
		change(w)
	}
	return w
}

func foreignSecret(w *world) {
	w.seen.credentials = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "apps", Name: "web-oauth", ResourceVersion: "5"}}
}

func checkCredentials(t *testing.T, r *registration.Registration, active fresh, retiring []string) {
	t.Helper()
	if r == nil {
		r = new(registration.Registration)
	}
	var ids []string
	var got fresh
	for _, c := range r.Credentials {
		if c.Retiring() {
			ids = append(ids, c.ID)
			if end := noon.Add(Overlap); !c.NotAfter.Equal(end) {
				t.Errorf("credential %s retires at %v, want %v", c.ID, c.NotAfter, end)
			}
			continue
		}
		if got.id != "" {
			t.Errorf("%s is active beside %s", c.ID, got.id)
		}
		got = fresh{id: c.ID, secret: base64.StdEncoding.EncodeToString(c.SecretHash)}
	}
	wantHash := ""
	if active.secret != "" {
		wantHash = base64.StdEncoding.EncodeToString(registration.HashSecret(active.secret))
	}
	if got.id != active.id || got.secret != wantHash || !slices.Equal(ids, retiring) {
		t.Errorf("active is %q (the right secret: %t), retiring %q; want %q, %q", got.id, got.secret == wantHash, ids, active.id, retiring)
	}
}

// verb is what becomes of a Secret.
type verb string

const (
	leave  verb = "left alone"
	create verb = "created"
	update verb = "updated"
	remove verb = "removed"
)

func verbOf(next *corev1.Secret, removed []metav1.Object) verb {
	switch {
	case next != nil && next.ResourceVersion == "":
		return create
	case next != nil:
		return update
	case len(removed) > 0:
		return remove
	default:
		return leave
	}
}

// TestStraysAreRemoved holds for clients that are registered and for those that are refused.
func TestStraysAreRemoved(t *testing.T) {
	stray := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: "system", Name: "former-client-1"}}
	for _, w := range []*world{running(), running(noIssuer), anew()} {
		w.seen.strays = []metav1.PartialObjectMetadata{stray}
		want := desire(w.oc, w.seen)
		if len(want.remove) != 1 || want.remove[0].GetName() != stray.Name {
			t.Errorf("removes %v, want the stray registration", want.remove)
		}
	}
}

// TestStaleVersions holds what makes a stale cache cost a conflict: all that is written bears the version that was seen.
func TestStaleVersions(t *testing.T) {
	w := running(noSecret)
	if got := desire(w.oc, w.seen).registration.ResourceVersion; got != "7" {
		t.Errorf("the registration is written over version %q, want 7", got)
	}
	w = running(credentialsHeld(holding("")))
	if got := desire(w.oc, w.seen).credentials.ResourceVersion; got != "8" {
		t.Errorf("the Secret is written over version %q, want 8", got)
	}
}

// TestRecheck says when a pass wants the next one though nothing happens.
func TestRecheck(t *testing.T) {
	later := func(d time.Duration) change { return func(w *world) { w.seen.now = noon.Add(d) } }
	for _, tc := range []struct {
		name  string
		world *world
		want  time.Duration
	}{
		{"a client that is well", running(), 0},
		{"a client that is refused", running(govern()), 0},
		{"a credential that retires", running(noSecret), Overlap},
		{"a foreign Secret in the way", running(credentialsHeld(disowned)), recheckForeign},
		{"one that retires, half-way", rotated(later(Overlap / 2)), Overlap / 2},
		{"one that retires, at the end", rotated(later(Overlap - time.Millisecond)), time.Second},
		{"one that has retired", rotated(later(Overlap)), 0},
		{"one that retires soon, with a foreign Secret", rotated(later(Overlap-time.Second), credentialsHeld(disowned)), time.Second},
		{"one that retires late, with a foreign Secret", rotated(credentialsHeld(disowned)), recheckForeign},
	} {
		if got := desire(tc.world.oc, tc.world.seen).recheckAfter; got != tc.want {
			t.Errorf("%s: look again after %v, want %v", tc.name, got, tc.want)
		}
	}
}

// rotated is a client whose Secret was deleted at noon and written anew; then come the changes.
func rotated(changes ...change) *world {
	w := running(noSecret)
	next := desire(w.oc, w.seen)
	stored(next.registration, "9")(w)
	stored(next.credentials, "10")(w)
	w.seen.fresh = fresh{id: "unwanted", secret: madeUp}
	for _, change := range changes {
		change(w)
	}
	return w
}

// TestLifetimeIsPrepared says when the key ring must be raised before anything is registered.
func TestLifetimeIsPrepared(t *testing.T) {
	long := govern(build.TokenPolicy("system/root", build.MaxLifetime("12h")))
	for _, tc := range []struct {
		name  string
		world *world
		raise bool
	}{
		{"as long as the built-in longest", running(wishing(build.Lifetime("1h"))), false},
		{"longer", running(wishing(build.Lifetime("12h")), long), true},
		{"longer, and prepared", running(wishing(build.Lifetime("12h")), long, func(w *world) { w.seen.prepared.signed = 12 * time.Hour }), false},
		{"no ring yet", anew(func(w *world) { w.seen.prepared = lifetimes{} }), true},
	} {
		want := desire(tc.world.oc, tc.world.seen)
		raise := want.lifetimes.signed > want.prepared.signed || want.lifetimes.sealed > want.prepared.sealed
		if raise != tc.raise {
			t.Errorf("%s: %v, prepared for %v; raised: %t, want %t", tc.name, want.lifetimes, want.prepared, raise, tc.raise)
		}
	}
}

// TestStatus says what people are told: where the credentials are, and of each what may be told.
func TestStatus(t *testing.T) {
	w := running(noSecret)
	got := desire(w.oc, w.seen).status
	got.Effective = nil
	want := v1alpha1.OAuthClientStatus{
		ObservedGeneration: 3, ClientID: "apps.web", Binding: &v1alpha1.Binding{Name: "web-oauth"},
		Credentials: []v1alpha1.CredentialStatus{
			{ID: "fresh", State: v1alpha1.CredentialActive, CreatedAt: metav1.NewTime(noon)},
			{ID: "in-use", State: v1alpha1.CredentialRetiring, CreatedAt: metav1.NewTime(noon), ExpiresAt: new(metav1.NewTime(noon.Add(Overlap)))},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

// TestCredentialsSecret holds what applications read (Service Binding specification for workloads).
func TestCredentialsSecret(t *testing.T) {
	w := anew()
	got := map[string]string{}
	for key, value := range desire(w.oc, w.seen).credentials.Data {
		got[key] = string(value)
	}
	want := map[string]string{
		"type": "oauth2", "provider": "tokenwright", "client-id": "apps.web", "client-secret": unused.secret,
		"issuer-uri": build.URL, "token-uri": build.URL + "/token", "jwk-set-uri": build.URL + "/jwks", "scope": "a,b",
		"scopes": "a b", "authorization-grant-type": "client_credentials", "client-authentication-method": "client_secret_basic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the Secret's data (-want +got):\n%s", diff)
	}
}

// TestAccumulatedCredentials keeps the one in use, however often a Secret is lost, and never more than the API takes.
func TestAccumulatedCredentials(t *testing.T) {
	w := running(noSecret)
	for i := range 20 {
		w.seen.fresh = fresh{id: string(rune('a' + i)), secret: registration.NewSecret(registration.Entropy{byte(10 + i)})}
		stored(desire(w.oc, w.seen).registration, "9")(w)
	}
	held := decode(w.seen.registration)
	if _, ok := held.Match(inUse.secret, noon); !ok || len(held.Credentials) > 8 {
		t.Errorf("%d credentials, the one in use among them: %t; want at most 8, and it", len(held.Credentials), ok)
	}
}
