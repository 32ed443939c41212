package install

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

// helmPath is the variable that holds the path of Helm; make install-test sets it.
const helmPath = "HELM"

// chart is the packed chart for image, with the install.yaml beside it.
func chart(t *testing.T) (archive string) {
	t.Helper()
	if os.Getenv(helmPath) == "" {
		t.Skip("run `make install-test`, which builds Helm")
	}
	out := t.TempDir()
	if text, err := script(t, []string{"VERSION=v1.2.3"}, "release.sh", image, out); err != nil {
		t.Fatalf("release: %v\n%s", err, text)
	}
	return filepath.Join(out, "tokenwright-1.2.3.tgz")
}

func TestReleaseIsDeterministic(t *testing.T) {
	read := func() (manifest, archive string) {
		out := t.TempDir()
		if text, err := script(t, []string{"VERSION=v1.2.3"}, "release.sh", image, out); err != nil {
			t.Fatalf("release: %v\n%s", err, text)
		}
		first, err := os.ReadFile(filepath.Join(out, "install.yaml"))
		second, also := os.ReadFile(filepath.Join(out, "tokenwright-1.2.3.tgz"))
		if err != nil || also != nil {
			t.Fatal(err, also)
		}
		return string(first), string(second)
	}
	manifest, archive := read()
	if manifestAgain, archiveAgain := read(); manifest != manifestAgain || archive != archiveAgain {
		t.Error("the same sources made other bytes")
	}
}

func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Getenv(helmPath), args...)
	home := t.TempDir()
	command.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	out, err := command.CombinedOutput()
	return string(out), err
}

func template(t *testing.T, archive, release, namespace string, values ...string) []object {
	t.Helper()
	text, err := helm(t, append([]string{"template", release, archive, "--namespace=" + namespace}, values...)...)
	if err != nil {
		t.Fatalf("helm template %v: %v\n%s", values, err, text)
	}
	objects, err := stack.Decode([]byte(text))
	if err != nil {
		t.Fatalf("helm template %v: %v\n%s", values, err, text)
	}
	return objects
}

// TestChartIsTheManifests compares what Helm makes of the chart with what kustomize makes of config/: all fields of all
// objects, names and CRDs among them.
func TestChartIsTheManifests(t *testing.T) {
	archive := chart(t)
	for _, tc := range []struct{ name, namespaces, values string }{
		{"everywhere", "", "logLevel=info"},
		{"in some namespaces", "team-orders,team-billing", "watchNamespaces={team-orders,team-billing}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, want := render(t, image, tc.namespaces)
			got := template(t, archive, "tokenwright", stack.Namespace, "--set="+tc.values)
			wanted, found := plain(want), plain(got)
			delete(wanted, key{"Namespace", "", stack.Namespace}) // which Helm makes, or finds
			all := maps.Clone(wanted)
			maps.Copy(all, found)
			for key := range all {
				if diff := cmp.Diff(wanted[key], found[key]); diff != "" {
					t.Errorf("%+v (-kustomize +helm):\n%.3000s", key, diff)
				}
			}
		})
	}
}

// plain takes away what the two say in different words.
func plain(objects []object) map[key]map[string]any {
	out := map[key]map[string]any{}
	for _, o := range objects {
		o = o.DeepCopy()
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations", "helm.sh/resource-policy")
		all := prune(o.Object).(map[string]any)
		if o.GetKind() == "Deployment" {
			container := all["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
			container["args"] = plainArgs(container["args"].([]any))
			delete(container, "imagePullPolicy")
		}
		out[keyOf(o)] = all
	}
	return out
}

// prune takes away empty maps and lists, and the name of the release.
func prune(value any) any {
	switch value := value.(type) {
	case map[string]any:
		delete(value, "app.kubernetes.io/instance")
		for name, field := range value {
			if isEmpty(field) {
				delete(value, name)
				continue
			}
			value[name] = prune(field)
		}
	case []any:
		for i := range value {
			value[i] = prune(value[i])
		}
	case int:
		return int64(value)
	case float64:
		return int64(value)
	}
	return value
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

// plainArgs writes the name of the operator's own namespace out, and each watched namespace as a flag of its own.
func plainArgs(args []any) []any {
	out := []any{}
	for _, arg := range args {
		flag, value, _ := strings.Cut(strings.ReplaceAll(arg.(string), "$(POD_NAMESPACE)", stack.Namespace), "=")
		if flag != "--watch-namespaces" {
			out = append(out, flag+"="+value)
			continue
		}
		for namespace := range strings.SplitSeq(value, ",") {
			if namespace != stack.Namespace { // which is watched anyway
				out = append(out, flag+"="+namespace)
			}
		}
	}
	return out
}

// TestTwoReleases installs two operators in one cluster, each for namespaces of its own.
func TestTwoReleases(t *testing.T) {
	archive := chart(t)
	first := template(t, archive, "one", "system-one", "--set=watchNamespaces={a}")
	second := template(t, archive, "two", "system-two", "--set=watchNamespaces={b},crds.install=false,issuerRole.install=false")
	third := template(t, archive, "three", "system-two", "--set=watchNamespaces={b},crds.install=false,issuerRole.install=false")
	seen := map[key]bool{}
	for _, o := range slices.Concat(first, second, third) {
		if seen[keyOf(o)] {
			t.Errorf("two releases have %+v", keyOf(o))
		}
		seen[keyOf(o)] = true
	}
}

// TestIssuersElsewhere gives the operator its Role in every namespace of issuers, and in its own.
func TestIssuersElsewhere(t *testing.T) {
	objects := template(t, chart(t), "tokenwright", "system", "--set=issuerNamespaces={east,west},watchNamespaces={team}")
	var got []key
	for _, o := range objects {
		if o.GetKind() == "Role" {
			got = append(got, keyOf(o))
		}
	}
	want := []key{
		{"Role", "east", "tokenwright-operator-clients"}, {"Role", "west", "tokenwright-operator-clients"},
		{"Role", "team", "tokenwright-operator-clients"}, {"Role", "system", "tokenwright-operator"},
		{"Role", "east", "tokenwright-operator"}, {"Role", "west", "tokenwright-operator"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(key{})); diff != "" {
		t.Errorf("Roles (-want +got):\n%s", diff)
	}
	args := container(t, objects)["args"].([]any)
	if !slices.Contains(args, any("--issuer-namespaces=east,west")) {
		t.Errorf("arguments %v, want both namespaces of issuers", args)
	}
}

// values are the files that lint and template are tried with.
var values = map[string]string{
	"nothing":   "",
	"namespace": "watchNamespaces: [a, b]\nissuerNamespaces: [issuers]\ndefaultIssuer: issuers/main\n",
	"digits":    "watchNamespaces: ['123']\npodAnnotations: {checked: 'true', count: '1'}\n",
	"scheduled": "nodeSelector: {a: b}\ntolerations: [{key: x, operator: Exists}]\naffinity: {nodeAffinity: {}}\nreplicas: 3\n",
	"image": "image: {repository: r.example/t, tag: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',\n" +
		"  pullPolicy: Always, pullSecrets: [{name: r}]}\nlogLevel: debug\ncrds: {install: false}\nresources: {}\n",
}

func TestLint(t *testing.T) {
	archive := chart(t)
	for name, content := range values {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "values.yaml")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := helm(t, "lint", "--strict", archive, "--values="+file); err != nil {
				t.Errorf("helm lint: %v\n%s", err, out)
			}
			for _, o := range template(t, archive, "r", "123", "--values="+file) {
				if o.GetName() == "" || o.GetKind() == "" {
					t.Errorf("no object: %v", o.Object)
				}
			}
		})
	}
}

func TestWrongValues(t *testing.T) {
	archive := chart(t)
	for _, tc := range []struct{ set, want string }{
		{"replica=3", "replica"},
		{"logLevel=loud", "logLevel"},
		{"defaultIssuer=main", "defaultIssuer"},
		{"watchNamespaces={Team}", "watchNamespaces"},
		{"image.pullPolicy=Sometimes", "pullPolicy"},
		{"image.repository=", "repository"},
	} {
		out, err := helm(t, "template", archive, "--set="+tc.set)
		if err == nil || !strings.Contains(out, tc.want) {
			t.Errorf("--set %s: %v, want %q in\n%.500s", tc.set, err, tc.want, out)
		}
	}
}
