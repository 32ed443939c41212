package gitops

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// look judges an object as it is now, and holds testdata/<what>-<want>.yaml to what the judges saw of it.
func look(t *testing.T, s *stage.Stage, object client.Object, what string, want verdict) {
	t.Helper()
	live := read(t, s, object)
	t.Log(what)
	judged(t, live, want)
	golden(t, filepath.Join("testdata", what+"-"+string(want)+".yaml"), record(t, s, live))
}

// read reads an object as tools do, without its Go type.
func read(t *testing.T, s *stage.Stage, object client.Object) *unstructured.Unstructured {
	t.Helper()
	kind, err := apiutil.GVKForObject(object, s.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	live := new(unstructured.Unstructured)
	live.SetGroupVersionKind(kind)
	if err := s.Client.Get(t.Context(), client.ObjectKeyFromObject(object), live); err != nil {
		t.Fatal(err)
	}
	return live
}

// record is what judges see of an object, with names in the place of what differs from one recording to the next.
func record(t *testing.T, s *stage.Stage, live *unstructured.Unstructured) string {
	t.Helper()
	metadata := map[string]any{"namespace": live.GetNamespace(), "name": live.GetName(), "generation": live.GetGeneration()}
	if live.GetDeletionTimestamp() != nil {
		metadata["deletionTimestamp"] = "2026-03-01T12:00:00Z"
	}
	seen := map[string]any{"apiVersion": live.GetAPIVersion(), "kind": live.GetKind(), "metadata": metadata}
	if status, ok := live.Object["status"].(map[string]any); ok {
		kept := map[string]any{"observedGeneration": status["observedGeneration"]}
		if status["conditions"] != nil {
			kept["conditions"] = status["conditions"]
		}
		seen["status"] = kept
	}
	out, err := yaml.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(s.System, "tokenwright-system", s.Apps, "team-shop").Replace(string(out))
}

// TestStoryOfAClient leads a client through all of its states.
func TestStoryOfAClient(t *testing.T) {
	s := stage.New(t)
	operator := s.OAuthClients()
	shop := build.OAuthClient(s.Apps + "/shop")
	s.Create(t, shop)
	look(t, s, shop, "oauthclient-unseen", wait)

	s.Reconcile(t, operator, shop)
	look(t, s, shop, "oauthclient-without-issuer", broken)

	s.Serve(t, build.AllowUngoverned())
	full := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "shop-oauth", errors.New("exceeded quota"))
	s.Refuse("create credentials", full)
	if result := s.Reconcile(t, operator, shop); result.RequeueAfter == 0 {
		t.Error("nobody tries again to write what was refused")
	}
	look(t, s, shop, "oauthclient-over-quota", broken)

	s.Refuse("create credentials", nil)
	s.Clock.SetTime(s.Clock.Now().Add(time.Minute))
	s.Reconcile(t, operator, shop)
	look(t, s, shop, "oauthclient-ready", well)

	stage.Change(t, s, shop, func(oc *v1alpha1.OAuthClient) { oc.Spec.DisplayName = "Shop" })
	look(t, s, shop, "oauthclient-changed", wait)

	s.Reconcile(t, operator, shop)
	judged(t, read(t, s, shop), well)

	s.Delete(t, shop)
	look(t, s, shop, "oauthclient-deleted", wait)

	s.Reconcile(t, operator, shop)
	if !s.Gone(t, shop) {
		t.Error("the client is still there")
	}
}

// TestStoryOfAPolicy leads a policy through all of its states. It has no finalizer, so there is none while it is deleted.
func TestStoryOfAPolicy(t *testing.T) {
	s := stage.New(t)
	s.Serve(t)
	operator := s.TokenPolicies()
	policy := build.TokenPolicy(s.Apps + "/own")
	s.Create(t, policy)
	look(t, s, policy, "tokenpolicy-unseen", wait)

	s.Reconcile(t, operator, policy)
	look(t, s, policy, "tokenpolicy-ready", well)

	stage.Change(t, s, policy, build.SelectNamespaces(map[string]string{"tier": "any"}))
	look(t, s, policy, "tokenpolicy-changed", wait)

	s.Reconcile(t, operator, policy)
	look(t, s, policy, "tokenpolicy-for-root-only", broken)
}

// TestStoryOfAnIssuer leads an issuer that the operator runs through all of its states, with a server of this test in the
// place of its Pods.
func TestStoryOfAnIssuer(t *testing.T) {
	s := stage.New(t)
	operator := s.TokenIssuers()
	operator.Image = workload.Image{Name: "tokenwright:a"}
	server := httptest.NewServer(issuertest.New(t).Handler)
	t.Cleanup(server.Close)
	operator.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	issuer := build.TokenIssuer(s.Issuer().String(), build.RunHere(v1alpha1.Deployment{}))
	s.Create(t, issuer)
	look(t, s, issuer, "tokenissuer-unseen", wait)

	s.Reconcile(t, operator, issuer)
	look(t, s, issuer, "tokenissuer-without-certificate", broken)

	stage.Change(t, s, issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.TLS = &v1alpha1.TLS{Termination: v1alpha1.TLSAtProxy} })
	look(t, s, issuer, "tokenissuer-changed", wait)

	s.Reconcile(t, operator, issuer)
	look(t, s, issuer, "tokenissuer-starting", wait)

	deployed(t, s)
	s.Reconcile(t, operator, issuer)
	look(t, s, issuer, "tokenissuer-ready", well)

	replica(t, s)
	stage.Change(t, s, issuer, build.Signs("720h", "ES256", "RS256"))
	s.Reconcile(t, operator, issuer)
	look(t, s, issuer, "tokenissuer-with-a-new-key", wait)
}

// TestStoryOfAForeignIssuer is about one in a namespace where nobody serves it.
func TestStoryOfAForeignIssuer(t *testing.T) {
	s := stage.New(t)
	issuer := build.TokenIssuer(s.Apps + "/own")
	s.Create(t, issuer)
	s.Reconcile(t, s.TokenIssuers(), issuer)
	look(t, s, issuer, "tokenissuer-not-served", broken)
}

// deployed says of the issuer's Deployment what the cluster would once its Pods serve.
func deployed(t *testing.T, s *stage.Stage) {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: registration.ServiceName("default")}}
	s.Read(t, d)
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
	if err := s.Client.Status().Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// replica is one that lives, and knows the keys as they are now: a new one has to wait for it.
func replica(t *testing.T, s *stage.Stage) {
	t.Helper()
	s.Create(t, build.Report("one", s.Issuer().String(), s.Clock.Now(),
		revision(t, s, registration.SigningRingName("default")), revision(t, s, registration.SealingRingName("default"))))
}

func revision(t *testing.T, s *stage.Stage, name string) int64 {
	t.Helper()
	held := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: name}}
	s.Read(t, held)
	ring, err := keys.DecodeRing(held.Data[registration.RingDataKey])
	if err != nil {
		t.Fatal(err)
	}
	return ring.Revision
}
