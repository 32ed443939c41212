package tokenissuer_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// managed is a story whose issuer the operator runs.
func managed(t *testing.T, deployment v1alpha1.Deployment) *story {
	t.Helper()
	s := begin(t, build.RunHere(deployment))
	s.reconciler.Image = workload.Image{Name: "tokenwright:a"}
	s.Clock.SetTime(time.Now()) // certificates are made, and checked by TLS, by the real one
	return s
}

// named gives an object the name that everything has that runs the issuer.
func named[T client.Object](s *story, object T) T {
	object.SetNamespace(s.System)
	object.SetName("default-issuer")
	return object
}

// serves lets the Deployment's Pods serve: there is no kubelet here.
func (s *story) serves(t *testing.T) {
	t.Helper()
	d := named(s, new(appsv1.Deployment))
	s.Read(t, d)
	n := *d.Spec.Replicas
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
	if err := s.Client.Status().Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// certify makes the Secret with a certificate for a host.
func (s *story) certify(t *testing.T, host string) tls.Certificate {
	t.Helper()
	certificate, key, err := certutil.GenerateSelfSignedCertKey(host, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Create(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.System, Name: "default-issuer-tls"},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key},
	})
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// answers lets a real issuer stand behind the Service.
func (s *story) answers(t *testing.T, pair tls.Certificate, options ...issuertest.Option) (asked *[]string) {
	t.Helper()
	server := httptest.NewUnstartedServer(issuertest.New(t, options...).Handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	asked = new([]string)
	s.reconciler.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		*asked = append(*asked, address)
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return asked
}

func TestOperatorRunsTheIssuer(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	s.pass(t)
	want := []string{
		"create signing keys", "create sealing keys", "create configuration",
		"apply ServiceAccount", "apply RoleBinding", "apply NetworkPolicy", "apply PodDisruptionBudget", "apply Service",
		"apply Deployment", "apply TokenIssuer status",
	}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonCertificateMissing)
	if got := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(got, "create secret tls default-issuer-tls") {
		t.Errorf("Ready says %q, want what to do", got)
	}
	asked := s.answers(t, s.certify(t, "issuer.example"))
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonProgressing)
	s.WantCondition(t, s.issuer, v1alpha1.Answering, metav1.ConditionFalse, v1alpha1.ReasonNotAnswering)
	s.serves(t)
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if *s.issuer.Status.Replicas != 2 || *s.issuer.Status.AvailableReplicas != 2 || s.issuer.Status.Endpoints.Token != build.URL+"/token" {
		t.Errorf("status %+v", s.issuer.Status)
	}
	if service := "default-issuer." + s.System + ".svc:443"; !slices.Equal(*asked, []string{service}) {
		t.Errorf("asked %q, want %q once", *asked, service)
	}
	for _, object := range []client.Object{
		new(corev1.ServiceAccount), new(rbacv1.RoleBinding), new(networkingv1.NetworkPolicy), new(policyv1.PodDisruptionBudget),
		new(corev1.Service), new(appsv1.Deployment),
	} {
		s.Read(t, named(s, object))
		if !metav1.IsControlledBy(object, s.issuer) {
			t.Errorf("%T does not belong to the TokenIssuer", object)
		}
	}
	s.Writes()
	s.pass(t)
	if writes := s.Writes(); len(writes) != 0 {
		t.Errorf("a pass over an issuer that is well wrote %q", writes)
	}
}

// TestReadyNeedsTheRightAnswer: who answers must be this issuer, with a certificate for its host.
func TestReadyNeedsTheRightAnswer(t *testing.T) {
	for _, tc := range []struct {
		name, host, url, answering, reason, says string
	}{
		{"this issuer", "issuer.example", issuertest.URL, v1alpha1.ReasonAnswering, v1alpha1.ReasonReady, "the issuer serves"},
		{"another issuer", "issuer.example", "https://other.example", v1alpha1.ReasonNotAnswering, v1alpha1.ReasonNotAnswering, `it says that it is "https://other.example"`},
		{"another host's certificate", "other.example", issuertest.URL, v1alpha1.ReasonNotAnswering, v1alpha1.ReasonCertificateInvalid, "is not for issuer.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := managed(t, v1alpha1.Deployment{})
			s.answers(t, s.certify(t, tc.host), issuertest.AtURL(tc.url))
			s.pass(t)
			s.serves(t)
			s.pass(t)
			s.WantCondition(t, s.issuer, v1alpha1.Ready, truth(tc.reason == v1alpha1.ReasonReady), tc.reason)
			s.WantCondition(t, s.issuer, v1alpha1.Answering, truth(tc.answering == v1alpha1.ReasonAnswering), tc.answering)
			if got := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(got, tc.says) {
				t.Errorf("Ready says %q, want %q in it", got, tc.says)
			}
		})
	}
}

func truth(holds bool) metav1.ConditionStatus {
	if holds {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

// TestDriftIsHealed: what is ours of an object goes back, what others add to it stays.
func TestDriftIsHealed(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	s.pass(t)
	s.Writes()
	stage.Change(t, s.Stage, named(s, new(appsv1.Deployment)), func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].Image = "evil:latest"
		d.Spec.Template.Spec.ServiceAccountName = "default"
		metav1.SetMetaDataAnnotation(&d.ObjectMeta, "team.example/note", "mine")
	})
	s.Delete(t, named(s, new(corev1.Service)))
	s.Delete(t, named(s, new(rbacv1.RoleBinding)))
	s.pass(t)
	want := []string{"apply RoleBinding", "apply Service", "apply Deployment"}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	d := named(s, new(appsv1.Deployment))
	s.Read(t, d)
	pod := d.Spec.Template.Spec
	if pod.Containers[0].Image != "tokenwright:a" || pod.ServiceAccountName != "default-issuer" || d.Annotations["team.example/note"] != "mine" {
		t.Errorf("image %s, account %s, annotations %v", pod.Containers[0].Image, pod.ServiceAccountName, d.Annotations)
	}
}

// TestNewAccountReplacesThePods: the Pods of a ServiceAccount that was deleted have a token that is refused.
func TestNewAccountReplacesThePods(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	s.pass(t)
	s.Writes()
	s.Delete(t, named(s, new(corev1.ServiceAccount)))
	s.pass(t)
	if diff := cmp.Diff([]string{"apply ServiceAccount", "apply Deployment"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	account, deployment := named(s, new(corev1.ServiceAccount)), named(s, new(appsv1.Deployment))
	s.Read(t, account)
	s.Read(t, deployment)
	if got := deployment.Spec.Template.Annotations[v1alpha1.AccountAnnotation]; got != string(account.UID) {
		t.Errorf("the Pods are of account %q, want %q", got, account.UID)
	}
}

// TestOthersObjectsAreLeftAlone: an object that has the issuer's name and is not ours is not taken over, nor removed.
func TestOthersObjectsAreLeftAlone(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	theirs := named(s, &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1}}}})
	s.Create(t, theirs)
	version := theirs.ResourceVersion
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.DeploymentReady, metav1.ConditionFalse, v1alpha1.ReasonNameTaken)
	stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Deployment = &v1alpha1.Deployment{Management: v1alpha1.External}
	})
	s.pass(t)
	if s.Read(t, theirs); theirs.ResourceVersion != version {
		t.Error("the Service was touched")
	}
}

// TestRefusedTemplateLeavesThePods: a patch that is not allowed changes nothing, and one that is does.
func TestRefusedTemplateLeavesThePods(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	s.pass(t)
	s.Writes()
	patch := func(text string) {
		stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
			ti.Spec.Deployment.PodTemplate = &runtime.RawExtension{Raw: []byte(text)}
		})
		s.pass(t)
	}
	patch(`{"spec": {"serviceAccountName": "default"}}`)
	s.WantCondition(t, s.issuer, v1alpha1.DeploymentReady, metav1.ConditionFalse, v1alpha1.ReasonPodTemplateNotAllowed)
	if diff := cmp.Diff([]string{"apply TokenIssuer status"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	patch(`{"spec": {"nodeSelector": {"pool": "issuers"}, "containers": [{"name": "issuer", "resources": {"limits": {"memory": "1000Mi"}}}]}}`)
	d := named(s, new(appsv1.Deployment))
	s.Read(t, d)
	pod := d.Spec.Template.Spec
	if pod.NodeSelector["pool"] != "issuers" || pod.Containers[0].Resources.Limits.Memory().String() != "1000Mi" {
		t.Errorf("the patch is not in %+v", pod)
	}
	s.Writes()
	s.pass(t)
	if writes := s.Writes(); len(writes) != 0 {
		t.Errorf("the next pass wrote %q", writes)
	}
}

// TestAutoscalerOwnsReplicas: the number stays when the autoscaler comes, is its own from then on, and comes back when it
// goes.
func TestAutoscalerOwnsReplicas(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{Replicas: new(int32(3))})
	s.pass(t)
	s.Writes()
	replicas := func() int32 {
		d := named(s, new(appsv1.Deployment))
		s.Read(t, d)
		return *d.Spec.Replicas
	}
	change := func(deployment v1alpha1.Deployment, want ...string) {
		t.Helper()
		stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.Deployment = &deployment })
		s.pass(t)
		if diff := cmp.Diff(append(want, "apply TokenIssuer status"), s.Writes()); diff != "" {
			t.Errorf("writes (-want +got):\n%s", diff)
		}
	}
	change(v1alpha1.Deployment{Autoscaling: &v1alpha1.Autoscaling{MaxReplicas: 9}}, "apply HorizontalPodAutoscaler")
	if got := replicas(); got != 3 {
		t.Errorf("%d replicas when the autoscaler came, want 3 as before", got)
	}
	scale := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: 7}}
	if err := s.Client.SubResource("scale").Update(t.Context(), named(s, new(appsv1.Deployment)), client.WithSubResourceBody(scale)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.pass(t)
	}
	if got := replicas(); got != 7 || slices.Contains(s.Writes(), "apply HorizontalPodAutoscaler") {
		t.Errorf("%d replicas, want the autoscaler's 7", got)
	}
	change(v1alpha1.Deployment{}, "delete HorizontalPodAutoscaler", "apply Deployment")
	if got := replicas(); got != 2 {
		t.Errorf("%d replicas without the autoscaler, want 2", got)
	}
	if !s.Gone(t, named(s, new(autoscalingv2.HorizontalPodAutoscaler))) {
		t.Error("the autoscaler is still there")
	}
}

// TestMemoryNeedsOnePod: what is kept in memory must not be asked of another Pod; and back again.
func TestMemoryNeedsOnePod(t *testing.T) {
	s := managed(t, v1alpha1.Deployment{})
	s.pass(t)
	for _, tc := range []struct {
		storage  v1alpha1.StorageType
		replicas int32
		strategy appsv1.DeploymentStrategyType
	}{
		{v1alpha1.StorageMemory, 1, appsv1.RecreateDeploymentStrategyType},
		{v1alpha1.StorageKubernetes, 2, appsv1.RollingUpdateDeploymentStrategyType},
	} {
		stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) { ti.Spec.Storage = &v1alpha1.Storage{Type: tc.storage} })
		s.pass(t)
		d := named(s, new(appsv1.Deployment))
		s.Read(t, d)
		if *d.Spec.Replicas != tc.replicas || d.Spec.Strategy.Type != tc.strategy {
			t.Errorf("%s: %d Pods, %s; want %d, %s", tc.storage, *d.Spec.Replicas, d.Spec.Strategy.Type, tc.replicas, tc.strategy)
		}
	}
}

// TestIssuerMovesElsewhere: with management: External nothing stays here, whichever write a crash follows.
func TestIssuerMovesElsewhere(t *testing.T) {
	for crash := range 8 {
		s := managed(t, v1alpha1.Deployment{})
		s.pass(t)
		stage.Change(t, s.Stage, s.issuer, func(ti *v1alpha1.TokenIssuer) {
			ti.Spec.Deployment = &v1alpha1.Deployment{Management: v1alpha1.External}
		})
		if crash > 0 {
			s.CrashAt(crash, stage.After)
			_, _ = s.Try(t, s.reconciler, s.issuer)
			s.Restart()
		}
		s.pass(t)
		for _, object := range []client.Object{
			new(corev1.ServiceAccount), new(rbacv1.RoleBinding), new(networkingv1.NetworkPolicy), new(policyv1.PodDisruptionBudget),
			new(corev1.Service), new(appsv1.Deployment),
		} {
			if !s.Gone(t, named(s, object)) {
				t.Errorf("after a crash at write %d: %T is still there", crash, object)
			}
		}
		s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
		if s.issuer.Status.Replicas != nil {
			t.Errorf("status counts %d replicas", *s.issuer.Status.Replicas)
		}
	}
}

// TestWhatIsAskedForAndCannotBe tells of it.
func TestWhatIsAskedForAndCannotBe(t *testing.T) {
	for _, tc := range []struct {
		name, image, reason string
		change              func(*v1alpha1.TokenIssuer)
	}{
		{"no image", "", v1alpha1.ReasonImageUnknown, func(*v1alpha1.TokenIssuer) {}},
		{"no Gateway API", "tokenwright:a", v1alpha1.ReasonGatewayAPIMissing, func(ti *v1alpha1.TokenIssuer) {
			ti.Spec.Exposure = &v1alpha1.Exposure{HTTPRoute: &v1alpha1.HTTPRouteExposure{ParentRefs: []v1alpha1.GatewayReference{{Name: "public"}}}}
		}},
		{"no such resource", "tokenwright:a", v1alpha1.ReasonDeploymentFailed, func(ti *v1alpha1.TokenIssuer) {
			ti.Spec.Deployment.PodTemplate = &runtime.RawExtension{Raw: []byte(`{"spec": {"restartPolicy": "Never"}}`)}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := managed(t, v1alpha1.Deployment{})
			s.reconciler.Image.Name = tc.image
			stage.Change(t, s.Stage, s.issuer, tc.change)
			s.pass(t)
			s.WantCondition(t, s.issuer, v1alpha1.DeploymentReady, metav1.ConditionFalse, tc.reason)
		})
	}
}
