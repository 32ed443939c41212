package workload

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	certutil "k8s.io/client-go/util/cert"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// issuer reads the spec of a TokenIssuer from YAML.
func issuer(t *testing.T, spec string) *v1alpha1.TokenIssuer {
	t.Helper()
	ti := build.TokenIssuer("tokenwright-system/default")
	ti.UID, ti.Spec = "1", v1alpha1.TokenIssuerSpec{URL: build.URL}
	if err := yaml.UnmarshalStrict([]byte(spec), &ti.Spec); err != nil {
		t.Fatal(err)
	}
	return ti
}

// text is an apply configuration as JSON, without what all objects have alike.
func text(t *testing.T, want any) string {
	t.Helper()
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	spec, err := json.Marshal(out["spec"])
	if err != nil {
		t.Fatal(err)
	}
	return string(spec)
}

func TestArguments(t *testing.T) {
	base := []string{
		"issuer", "--namespace=tokenwright-system", "--name=default", "--listen=:8443", "--ops-listen=:8081", "--drain-delay=5s",
		"--state-dir=/var/lib/tokenwright", "--sealing-keys-file=/etc/tokenwright/sealing-keys/ring.json",
	}
	for _, tc := range []struct {
		spec string
		want []string
	}{
		{"{}", []string{"--max-staleness=24h"}},
		{"deployment: {maxStaleness: 1h}", []string{"--max-staleness=1h"}},
		{"tls: {termination: Proxy}", []string{"--max-staleness=24h", "--plain-http"}},
		{"url: http://127.0.0.1:8080", []string{"--max-staleness=24h", "--plain-http"}},
		{"deployment: {trustedProxies: [10.0.0.0/8, 'fd00::/8']}", []string{"--max-staleness=24h", "--trusted-proxies=10.0.0.0/8,fd00::/8"}},
	} {
		if diff := cmp.Diff(slices.Concat(base, tc.want), arguments(issuer(t, tc.spec))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.spec, diff)
		}
	}
}

// TestPodIsRestricted holds the Pod to the restricted Pod Security Standard and to a file system that cannot be written.
func TestPodIsRestricted(t *testing.T) {
	pod := podOf(t, issuer(t, "{}"))
	container := pod.Containers[0]
	for what, holds := range map[string]bool{
		"not root":                 *pod.SecurityContext.RunAsNonRoot && *pod.SecurityContext.RunAsUser == 65532,
		"seccomp":                  pod.SecurityContext.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"no escalation":            !*container.SecurityContext.AllowPrivilegeEscalation,
		"no capabilities":          slices.Equal(container.SecurityContext.Capabilities.Drop, []corev1.Capability{"ALL"}),
		"read-only root":           *container.SecurityContext.ReadOnlyRootFilesystem,
		"no token for neighbours":  !*pod.AutomountServiceAccountToken,
		"requests":                 container.Resources.Requests.Cpu().String() == "100m" && container.Resources.Requests.Memory().String() == "64Mi",
		"a limit":                  container.Resources.Limits.Memory().String() == "256Mi",
		"probes":                   container.StartupProbe != nil && container.LivenessProbe != nil && container.ReadinessProbe != nil,
		"time to leave":            container.Lifecycle.PreStop.Sleep.Seconds == 5 && *pod.TerminationGracePeriodSeconds == 30,
		"spread over nodes, zones": len(pod.TopologySpreadConstraints) == 2,
		"the runtime's limit":      container.Env[1].Name == "GOMEMLIMIT" && container.Env[1].Value == "$(MEMORY_LIMIT_MIB)000000",
	} {
		if !holds {
			t.Errorf("the Pod lacks: %s", what)
		}
	}
}

// TestShape reads the specs of what stands around the Pods.
func TestShape(t *testing.T) {
	labels := `{"app.kubernetes.io/component":"issuer","app.kubernetes.io/instance":"default","app.kubernetes.io/name":"tokenwright"}`
	backend := `{"service":{"name":"default-issuer","port":{"name":"http"}}}`
	for _, tc := range []struct {
		name, spec string
		of         func(*v1alpha1.TokenIssuer) any
		want       string
	}{
		{"Service", "{}", func(ti *v1alpha1.TokenIssuer) any { return service(ti) },
			`{"ports":[{"appProtocol":"https","name":"https","port":443,"protocol":"TCP","targetPort":"endpoints"}],"selector":` + labels + `,"type":"ClusterIP"}`},
		{"Service without TLS", "{tls: {termination: Proxy}, exposure: {service: {type: LoadBalancer}}}", func(ti *v1alpha1.TokenIssuer) any { return service(ti) },
			`{"ports":[{"appProtocol":"http","name":"http","port":80,"protocol":"TCP","targetPort":"endpoints"}],"selector":` + labels + `,"type":"LoadBalancer"}`},
		{"PodDisruptionBudget", "{}", func(ti *v1alpha1.TokenIssuer) any { return disruptionBudget(ti) },
			`{"maxUnavailable":1,"selector":{"matchLabels":` + labels + `},"unhealthyPodEvictionPolicy":"AlwaysAllow"}`},
		{"NetworkPolicy", "{}", func(ti *v1alpha1.TokenIssuer) any { return networkPolicy(ti) },
			`{"ingress":[{"ports":[{"port":8443,"protocol":"TCP"}]}],"podSelector":{"matchLabels":` + labels + `},"policyTypes":["Ingress"]}`},
		{"NetworkPolicy with a peer", "deployment: {networkPolicy: {metricsFrom: [{namespaceSelector: {matchLabels: {a: b}}, podSelector: {matchExpressions: [{key: c, operator: Exists}]}}]}}",
			func(ti *v1alpha1.TokenIssuer) any { return networkPolicy(ti) },
			`{"ingress":[{"ports":[{"port":8443,"protocol":"TCP"}]},{"from":[{"namespaceSelector":{"matchLabels":{"a":"b"}},"podSelector":{"matchExpressions":[{"key":"c","operator":"Exists"}]}}],` +
				`"ports":[{"port":8081,"protocol":"TCP"}]}],"podSelector":{"matchLabels":` + labels + `},"policyTypes":["Ingress"]}`},
		{"HorizontalPodAutoscaler", "deployment: {autoscaling: {maxReplicas: 5}}", func(ti *v1alpha1.TokenIssuer) any { return autoscaler(ti) },
			`{"maxReplicas":5,"metrics":[{"resource":{"name":"cpu","target":{"averageUtilization":70,"type":"Utilization"}},"type":"Resource"}],"minReplicas":2,` +
				`"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"default-issuer"}}`},
		{"Ingress", "{tls: {termination: Proxy}, exposure: {ingress: {className: nginx, tlsSecretName: public}}}", func(ti *v1alpha1.TokenIssuer) any { return ingress(ti) },
			`{"ingressClassName":"nginx","rules":[{"host":"issuer.example","http":{"paths":[{"backend":` + backend + `,"path":"/","pathType":"Prefix"}]}}],` +
				`"tls":[{"hosts":["issuer.example"],"secretName":"public"}]}`},
		{"Ingress for an address with a path", "{url: 'https://[::1]/a', tls: {termination: Proxy}, exposure: {ingress: {}}}", func(ti *v1alpha1.TokenIssuer) any { return ingress(ti) },
			`{"rules":[{"http":{"paths":[{"backend":` + backend + `,"path":"/a","pathType":"Prefix"},` +
				`{"backend":` + backend + `,"path":"/.well-known/oauth-authorization-server/a","pathType":"Prefix"},` +
				`{"backend":` + backend + `,"path":"/.well-known/openid-configuration/a","pathType":"Prefix"}]}}]}`},
		{"HTTPRoute", "exposure: {httpRoute: {parentRefs: [{name: public, namespace: gateways, sectionName: https}]}}", func(ti *v1alpha1.TokenIssuer) any { return Route(ti) },
			`{"hostnames":["issuer.example"],"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"public","namespace":"gateways","sectionName":"https"}],` +
				`"rules":[{"backendRefs":[{"group":"","kind":"Service","name":"default-issuer","port":443,"weight":1}],"matches":[{"path":{"type":"PathPrefix","value":"/"}}]}]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, text(t, tc.of(issuer(t, tc.spec)))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.spec, diff)
			}
		})
	}
}

// TestNothingThatIsNotAskedFor: what a TokenIssuer does not ask for is not there.
func TestNothingThatIsNotAskedFor(t *testing.T) {
	var there []string
	for _, object := range Around(issuer(t, "deployment: {networkPolicy: {management: External}}")) {
		if object.Want != nil {
			there = append(there, *object.Want.(interface{ GetKind() *string }).GetKind())
		}
	}
	if diff := cmp.Diff([]string{"ServiceAccount", "RoleBinding", "PodDisruptionBudget", "Service"}, there); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if Route(issuer(t, "{}")) != nil {
		t.Error("there is a route")
	}
}

func TestReplicas(t *testing.T) {
	scaled := func(replicas int32, manager string) *appsv1.Deployment {
		return &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{
				{Manager: manager, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`)},
				{Manager: "other", FieldsV1: metav1.NewFieldsV1(`{"f:metadata":{}}`)},
			}},
			Spec: appsv1.DeploymentSpec{Replicas: &replicas},
		}
	}
	for _, tc := range []struct {
		name, spec string
		live       *appsv1.Deployment
		want       *int32
	}{
		{"nothing is said", "{}", &appsv1.Deployment{}, new(int32(2))},
		{"one remembers", "storage: {type: Memory}", &appsv1.Deployment{}, new(int32(1))},
		{"a number", "deployment: {replicas: 5}", scaled(3, "kubectl"), new(int32(5))},
		{"a new one with an autoscaler", "deployment: {autoscaling: {minReplicas: 3, maxReplicas: 9}}", &appsv1.Deployment{}, new(int32(3))},
		{"the autoscaler comes", "deployment: {autoscaling: {maxReplicas: 9}}", scaled(5, Manager), new(int32(5))},
		{"below its bounds", "deployment: {autoscaling: {minReplicas: 3, maxReplicas: 9}}", scaled(1, Manager), new(int32(3))},
		{"above its bounds", "deployment: {autoscaling: {maxReplicas: 4}}", scaled(5, Manager), new(int32(4))},
		{"it has chosen", "deployment: {autoscaling: {maxReplicas: 9}}", scaled(7, "kube-controller-manager"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Replicas(issuer(t, tc.spec), tc.live)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStrategy(t *testing.T) {
	for _, tc := range []struct{ spec, want string }{
		{"{}", `{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":0,"maxSurge":1}}`},
		{"storage: {type: Memory}", `{"type":"Recreate"}`},
	} {
		got, err := json.Marshal(strategy(issuer(t, tc.spec)))
		if err != nil || string(got) != tc.want {
			t.Errorf("%s: %s (%v), want %s", tc.spec, got, err, tc.want)
		}
	}
}

func TestCertificate(t *testing.T) {
	certificate, key, err := certutil.GenerateSelfSignedCertKey("issuer.example", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string][]byte{corev1.TLSCertKey: certificate, corev1.TLSPrivateKeyKey: key}
	now := time.Now()
	for _, tc := range []struct {
		name, spec   string
		secret       map[string][]byte
		now          time.Time
		reason, says string
	}{
		{"well", "{}", good, now, v1alpha1.ReasonCertificateValid, "for issuer.example and valid until"},
		{"no Secret", "{tls: {secretName: mine}}", nil, now, v1alpha1.ReasonCertificateMissing, "kubectl -n tokenwright-system create secret tls mine"},
		{"an empty Secret", "{}", map[string][]byte{}, now, v1alpha1.ReasonCertificateMissing, "tls.crt and tls.key"},
		{"no key", "{}", map[string][]byte{corev1.TLSCertKey: certificate}, now, v1alpha1.ReasonCertificateMissing, "tls.crt and tls.key"},
		{"another host", "{url: 'https://other.example'}", good, now, v1alpha1.ReasonCertificateInvalid, "not for other.example"},
		{"too early", "{}", good, now.Add(-48 * time.Hour), v1alpha1.ReasonCertificateInvalid, "valid only from"},
		{"too late", "{}", good, now.Add(2 * 365 * 24 * time.Hour), v1alpha1.ReasonCertificateInvalid, "expired"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var secret *corev1.Secret
			if tc.secret != nil {
				secret = &corev1.Secret{Data: tc.secret}
			}
			got := Certificate(issuer(t, tc.spec), secret, tc.now)
			if got.Reason != tc.reason || !strings.Contains(got.Message, tc.says) || strings.Contains(got.Message, "PRIVATE") {
				t.Errorf("%s: %s, want %s: %s", got.Reason, got.Message, tc.reason, tc.says)
			}
		})
	}
}
