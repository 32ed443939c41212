package rights

import (
	"maps"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

const (
	// image is what the operator's Pod runs.
	image = "registry.example/tokenwright:audited"
	// managed is the TokenIssuer that the operator runs, as far as it can without nodes.
	managed = stack.Namespace + "/managed"
	// defaultIssuer is the TokenIssuer that the stack serves.
	defaultIssuer = stack.Namespace + "/" + stack.DefaultIssuer
)

// anotherLeads ends the operator, and starts one that finds its image in its Pod and talks as one does to an older API
// server.
func anotherLeads(t *testing.T, in *live.Installation) {
	pod := operatorPod()
	create(t, in, pod)
	t.Setenv("POD_NAMESPACE", pod.Namespace)
	t.Setenv("POD_NAME", pod.Name)
	talkAsBefore(t)
	if err := in.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := in.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func operatorPod() *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "operator"}}
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	pod.Spec.Containers = []corev1.Container{{Name: "operator", Image: image, SecurityContext: &corev1.SecurityContext{
		AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}}}
	return pod
}

// clientComesAndGoes takes a client through all that happens to its Secret.
func clientComesAndGoes(t *testing.T, in *live.Installation) {
	oc := build.OAuthClient("team-orders/visitor", build.Scopes("orders:read"), build.Audiences("https://orders.example"))
	create(t, in, oc)
	oc = live.AwaitReady(t, in, oc)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: oc.Namespace, Name: oc.Status.Binding.Name}}
	first := live.Await(t, in, secret, "to be there", func(*corev1.Secret) bool { return true })
	change(t, in, secret, func(s *corev1.Secret) { delete(s.Data, "client-secret") })
	live.Await(t, in, secret, "to hold another secret", func(s *corev1.Secret) bool {
		return len(s.Data["client-secret"]) > 0 && string(s.Data["client-secret"]) != string(first.Data["client-secret"])
	})
	remove(t, in, oc)
	live.AwaitGone(t, in, oc)
}

// policyComesAndGoes leaves no accepted version behind.
func policyComesAndGoes(t *testing.T, in *live.Installation) {
	versions := func(want int) {
		live.AwaitAll(t, in, &corev1.ConfigMapList{}, "the accepted versions", func(all live.Objects[*corev1.ConfigMap]) bool {
			return len(all) == want
		}, client.InNamespace(stack.Namespace), client.HasLabels{v1alpha1.PolicyLabel})
	}
	var all v1alpha1.TokenPolicyList
	if err := in.Client.List(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	tp := build.TokenPolicy("team-orders/visitor", build.MaxLifetime("5m"))
	create(t, in, tp)
	live.AwaitReady(t, in, tp)
	change(t, in, tp, build.MaxLifetime("4m"))
	live.AwaitReady(t, in, tp)
	versions(len(all.Items) + 1)
	remove(t, in, tp)
	versions(len(all.Items))
}

// issuerNobodyServes stands where the operator may do no more than say so.
func issuerNobodyServes(t *testing.T, in *live.Installation) {
	ti := build.TokenIssuer("team-orders/astray")
	create(t, in, ti)
	live.AwaitReason(t, in, ti, v1alpha1.ReasonNamespaceNotServed)
}

// issuerIsManaged lets the operator run an issuer, heal what others did to it, and stop running it.
func issuerIsManaged(t *testing.T, in *live.Installation) {
	kinds, err := stack.Manifests("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Apply(t.Context(), kinds...); err != nil {
		t.Fatal(err)
	}
	ti := build.TokenIssuer(managed, build.Signs("720h", "ES256", "RS256"), build.RunHere(v1alpha1.Deployment{
		Autoscaling: &v1alpha1.Autoscaling{MaxReplicas: 3},
	}), exposed)
	create(t, in, ti)
	deployment := new(appsv1.Deployment)
	deployment.Namespace, deployment.Name = ti.Namespace, registration.ServiceName(ti.Name)
	live.Await(t, in, deployment, "to run the operator's image", runsImage)
	change(t, in, deployment, func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].Image = "another" })
	live.Await(t, in, deployment, "to run the operator's image again", runsImage)
	t.Run("two keys begin to sign at once", func(t *testing.T) { keysBeginToSign(t, in) })
	change(t, in, ti, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Exposure, ti.Spec.Deployment = nil, &v1alpha1.Deployment{Management: v1alpha1.External}
	})
	live.AwaitGone(t, in, deployment) // the last to go
	route := new(unstructured.Unstructured)
	route.SetGroupVersionKind(workload.RouteKind)
	err = in.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), route)
	if !apierrors.IsNotFound(err) {
		t.Errorf("the route of an issuer that runs elsewhere: %v, want it gone", err)
	}
}

// exposed makes an issuer known outside in every way that there is.
func exposed(ti *v1alpha1.TokenIssuer) {
	ti.Spec.Exposure = &v1alpha1.Exposure{
		Ingress:   &v1alpha1.IngressExposure{},
		HTTPRoute: &v1alpha1.HTTPRouteExposure{ParentRefs: []v1alpha1.GatewayReference{{Name: "public"}}},
	}
}

func runsImage(d *appsv1.Deployment) bool { return d.Spec.Template.Spec.Containers[0].Image == image }

// keysBeginToSign makes the operator tell of two keys at once. Two Events about one version of an object become a series,
// which is a patch of the first.
func keysBeginToSign(t *testing.T, in *live.Installation) {
	for _, phase := range []struct {
		from  time.Duration
		state v1alpha1.KeyState
	}{{time.Hour, v1alpha1.KeyPublished}, {-time.Hour, v1alpha1.KeyActive}} {
		ring := new(corev1.Secret)
		ring.Namespace, ring.Name = stack.Namespace, registration.SigningRingName("managed")
		change(t, in, ring, func(secret *corev1.Secret) { secret.Data[registration.RingDataKey] = from(t, secret, phase.from) })
		live.Await(t, in, build.TokenIssuer(managed), "to have keys that are "+string(phase.state), func(ti *v1alpha1.TokenIssuer) bool {
			return len(ti.Status.Keys) > 1 && !slices.ContainsFunc(ti.Status.Keys[:2], func(k v1alpha1.KeyStatus) bool {
				return k.State != phase.state
			})
		})
	}
	live.AwaitAll(t, in, &eventsv1.EventList{}, "a series of Events", func(all live.Objects[*eventsv1.Event]) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(all)), func(e *eventsv1.Event) bool {
			return e.Reason == "KeyActive" && e.Series != nil
		})
	}, client.InNamespace(stack.Namespace))
}

// from is the ring in secret with keys that sign from a moment, as seen from now.
func from(t *testing.T, secret *corev1.Secret, moment time.Duration) []byte {
	t.Helper()
	ring, err := keys.DecodeRing(secret.Data[registration.RingDataKey])
	if err != nil {
		t.Fatal(err)
	}
	for i := range ring.Keys {
		ring.Keys[i].SignFrom = time.Now().Add(moment).UTC().Truncate(time.Second)
	}
	ring.Revision++
	encoded, err := keys.EncodeRing(ring)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// replicaIsForgotten leaves the report of a replica that ended without a word.
func replicaIsForgotten(t *testing.T, in *live.Installation) {
	report := build.Report("default-lost", defaultIssuer, time.Now().Add(-2*time.Hour), 1, 1)
	create(t, in, report)
	live.AwaitGone(t, in, report)
}

func create(t *testing.T, in *live.Installation, object client.Object) {
	t.Helper()
	live.Create(t, in.Client, object)
}

func remove(t *testing.T, in *live.Installation, object client.Object) {
	t.Helper()
	live.Remove(t, in.Client, object)
}

// change changes an object as it is now, whoever else writes to it.
func change[T client.Object](t *testing.T, in *live.Installation, object T, by func(T)) {
	t.Helper()
	live.Change(t, in.Client, object, by)
}
