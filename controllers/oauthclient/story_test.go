package oauthclient_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/oauthclient"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// story is a stage with an issuer that signs, a root policy that selects every client, and the reconciler under test.
type story struct {
	*stage.Stage
	reconciler *oauthclient.Reconciler
	root       *v1alpha1.TokenPolicy
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{Stage: stage.New(t)}
	s.Serve(t)
	s.root = build.TokenPolicy(s.System+"/root", build.MaxLifetime("1h"))
	s.Create(t, s.root)
	s.reconciler = s.OAuthClients()
	return s
}

// client makes a client in the application's namespace, as yet unseen by the reconciler.
func (s *story) client(t *testing.T, name string, options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	t.Helper()
	oc := build.OAuthClient(s.Apps+"/"+name, options...)
	s.Create(t, oc)
	return oc
}

// registered makes a client and reconciles it, and forgets what that wrote and told.
func (s *story) registered(t *testing.T, name string, options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	t.Helper()
	oc := s.client(t, name, options...)
	s.pass(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	s.Writes()
	s.Told()
	return oc
}

// pass reconciles a client once.
func (s *story) pass(t *testing.T, oc *v1alpha1.OAuthClient) ctrl.Result {
	t.Helper()
	return s.Reconcile(t, s.reconciler, oc)
}

// settle reconciles a client until a pass writes nothing, three times at most.
func (s *story) settle(t *testing.T, oc *v1alpha1.OAuthClient) {
	t.Helper()
	s.Writes()
	for range 3 {
		if _, err := s.Try(t, s.reconciler, oc); err != nil {
			t.Logf("a pass failed: %v", err)
			continue
		}
		if len(s.Writes()) == 0 {
			return
		}
	}
	t.Errorf("%s does not come to rest", oc.Name)
}

func (s *story) registrationSecret(oc *v1alpha1.OAuthClient) *corev1.Secret {
	return secret(s.System, registration.SecretName("default", policy.ClientID(oc)))
}

func (s *story) credentialsSecret(oc *v1alpha1.OAuthClient) *corev1.Secret {
	return secret(oc.Namespace, oc.Name+"-oauth")
}

func secret(namespace, name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// registration reads what the issuer would know of a client.
func (s *story) registration(t *testing.T, oc *v1alpha1.OAuthClient) *registration.Registration {
	t.Helper()
	held := s.registrationSecret(oc)
	s.Read(t, held)
	r, err := registration.Decode(held.Data[registration.DataKey])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// clientSecret reads what an application would send.
func (s *story) clientSecret(t *testing.T, oc *v1alpha1.OAuthClient) string {
	t.Helper()
	held := s.credentialsSecret(oc)
	s.Read(t, held)
	return string(held.Data["client-secret"])
}

// accepts tells whether the issuer accepts a secret of a client now.
func (s *story) accepts(t *testing.T, oc *v1alpha1.OAuthClient, secret string) bool {
	t.Helper()
	_, ok := s.registration(t, oc).Match(secret, s.Clock.Now())
	return ok
}

// active lists the credentials that do not retire.
func active(r *registration.Registration) []registration.Credential {
	var out []registration.Credential
	for _, c := range r.Credentials {
		if !c.Retiring() {
			out = append(out, c)
		}
	}
	return out
}

// wantSound wants what holds at every rest: the credential in the Secret is the one that is active, and there is one
// registration.
func (s *story) wantSound(t *testing.T, oc *v1alpha1.OAuthClient) {
	t.Helper()
	var list corev1.SecretList
	if err := s.Client.List(t.Context(), &list, client.InNamespace(s.System)); err != nil {
		t.Fatal(err)
	}
	var registrations int
	for i := range list.Items {
		if list.Items[i].Annotations[v1alpha1.OwnerAnnotation] == oc.Namespace+"/"+oc.Name {
			registrations++
		}
	}
	r := s.registration(t, oc)
	matched, ok := r.Match(s.clientSecret(t, oc), s.Clock.Now())
	if !ok || matched.Retiring() || len(active(r)) != 1 || registrations != 1 {
		t.Errorf("the Secret's credential is accepted: %t (retiring: %t); %d are active, in %d registrations; want one of each",
			ok, matched.Retiring(), len(active(r)), registrations)
	}
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}
