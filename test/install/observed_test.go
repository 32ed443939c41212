package install

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

// observed are the objects that the components for metrics add.
var observed = []key{
	{"ClusterRole", "", "tokenwright-metrics-reader"},
	{"ClusterRole", "", "tokenwright-operator-metrics"},
	{"ClusterRoleBinding", "", "tokenwright-operator-metrics"},
	{"ConfigMap", stack.Namespace, "tokenwright-dashboard"},
	{"PodMonitor", stack.Namespace, "tokenwright-issuers"},
	{"PrometheusRule", stack.Namespace, "tokenwright"},
	{"PrometheusRule", stack.Namespace, "tokenwright-operator"},
	{"Service", stack.Namespace, "tokenwright-operator-metrics"},
	{"ServiceMonitor", stack.Namespace, "tokenwright-operator"},
}

// TestComponents renders the components for metrics with either base: they add these objects and one argument, and
// change nothing else.
func TestComponents(t *testing.T) {
	for _, namespaces := range []string{"", "team-orders"} {
		_, without := render(t, image, namespaces)
		_, with := render(t, image, namespaces, "metrics,prometheus")
		before, after := plain(without), plain(with)
		for _, added := range observed {
			if _, there := before[added]; there || after[added] == nil {
				t.Errorf("%q: %+v is there before: %v, and after: %v", namespaces, added, there, after[added] != nil)
			}
			delete(after, added)
		}
		args := container(t, with)["args"].([]any)
		if !slices.Contains(args, any("--metrics-bind-address=:8082")) {
			t.Errorf("%q: arguments %v", namespaces, args)
		}
		for _, o := range with { // which is what uninstalling by label stands on
			if o.GetLabels()[partOf] != "tokenwright" {
				t.Errorf("%s %s has the labels %v, want %s among them", o.GetKind(), o.GetName(), o.GetLabels(), partOf)
			}
		}
		operator := keyOf(operatorOf(t, with))
		delete(before, operator)
		delete(after, operator)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%q: (-without +with):\n%.2000s", namespaces, diff)
		}
	}
}

const openAll = "metrics.open=true,prometheus.monitors=true,prometheus.rules=true,prometheus.dashboard=true"

// TestChartIsTheComponents compares what Helm makes of the chart with all values for metrics with what kustomize makes.
func TestChartIsTheComponents(t *testing.T) {
	archive := chart(t)
	_, want := render(t, image, "", "metrics,prometheus")
	got := template(t, archive, "tokenwright", stack.Namespace, "--set="+openAll)
	wanted, found := plain(want), plain(got)
	delete(wanted, key{"Namespace", "", stack.Namespace})
	if diff := cmp.Diff(wanted, found); diff != "" {
		t.Errorf("(-kustomize +helm):\n%.3000s", diff)
	}
}

// TestChartOfMetrics says which objects a value brings.
func TestChartOfMetrics(t *testing.T) {
	archive := chart(t)
	for _, tc := range []struct{ set, want string }{
		{"metrics.open=false", ""},
		{"metrics.open=true", "ClusterRole/metrics-reader ClusterRole/r-operator-metrics ClusterRoleBinding/r-operator-metrics Service/r-operator-metrics"},
		{"metrics.open=true,issuerRole.install=false", "ClusterRole/r-operator-metrics ClusterRoleBinding/r-operator-metrics Service/r-operator-metrics"},
		{"prometheus.monitors=true", "PodMonitor/issuers"},
		{"prometheus.monitors=true,issuerNamespaces={east,west}", "PodMonitor/issuers" + " PodMonitor/issuers"},
		{"prometheus.rules=true", "PrometheusRule/tokenwright"},
		{"prometheus.dashboard=true", "ConfigMap/dashboard"},
	} {
		usual := plain(template(t, archive, "r", "system"))
		var got []string
		for _, o := range template(t, archive, "r", "system", "--set="+tc.set) {
			kind := o.GetKind()
			if _, there := usual[keyOf(o)]; !there && kind != "Role" && kind != "RoleBinding" && o.GetName() != "tokenwright-issuer" {
				got = append(got, kind+"/"+strings.TrimPrefix(o.GetName(), "tokenwright-"))
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tc.want {
			t.Errorf("--set %s brings %v, want %s", tc.set, got, tc.want)
		}
	}
}

// TestLabelsOfPrometheus lets a value say by which labels Prometheus picks, and leaves selectors of issuers alone.
func TestLabelsOfPrometheus(t *testing.T) {
	objects := template(t, chart(t), "r", "system", "--set="+openAll+",prometheus.labels.release=stack,metrics.certSecret=operator-tls")
	for _, o := range objects {
		if strings.HasPrefix(o.GetAPIVersion(), "monitoring.coreos.com/") != (o.GetLabels()["release"] == "stack") {
			t.Errorf("%s %s has the labels %v", o.GetKind(), o.GetName(), o.GetLabels())
		}
		if _, found, _ := unstructured.NestedMap(o.Object, "spec", "selector", "matchLabels"); found && o.GetKind() == "PodMonitor" {
			t.Error("the release is no label of issuers, whose instance is their TokenIssuer")
		}
	}
	mounts, _ := container(t, objects)["volumeMounts"].([]any)
	if len(mounts) != 1 || !slices.Contains(container(t, objects)["args"].([]any), any("--metrics-cert-dir=/etc/tokenwright/metrics")) {
		t.Errorf("the certificate is not mounted: %v", container(t, objects))
	}
}
