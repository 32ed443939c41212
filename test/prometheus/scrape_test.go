package prometheus

import (
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v2"
)

// job is what of a scrape configuration decides which Pods are scraped and what they are called.
type job struct {
	Name      string            `yaml:"job_name"`
	Relabeled []*relabel.Config `yaml:"relabel_configs"`
}

// TestScrapeConfiguration lets Prometheus choose among the ports of our Pods by the configuration that docs/metrics.md
// shows.
func TestScrapeConfiguration(t *testing.T) {
	var shown struct {
		Jobs []job `yaml:"scrape_configs"`
	}
	block := regexp.MustCompile("(?s)```yaml\n(scrape_configs:.*?)```").FindStringSubmatch(string(read(t, "docs", "metrics.md")))
	if block == nil {
		t.Fatal("docs/metrics.md shows no scrape_configs")
	}
	if err := yaml.Unmarshal([]byte(block[1]), &shown); err != nil {
		t.Fatal(err)
	}
	const issuer, operator = `job="tokenwright/issuer", namespace="n", issuer="main", pod="p"`, `job="tokenwright/operator", namespace="n", pod="p"`
	for _, tc := range []struct{ name, component, instance, port, want string }{
		{"tokenwright", "issuer", "main", "operations", issuer},
		{"tokenwright", "issuer", "main", "endpoints", ""},
		{"tokenwright", "operator", "", "metrics", operator},
		{"tokenwright", "operator", "", "health", ""},
		{"another", "issuer", "main", "operations", ""},
	} {
		var got []string
		for _, job := range shown.Jobs {
			pod := labels.NewBuilder(labels.FromStrings("job", job.Name, "__meta_kubernetes_namespace", "n", "__meta_kubernetes_pod_name", "p",
				"__meta_kubernetes_pod_label_app_kubernetes_io_name", tc.name,
				"__meta_kubernetes_pod_label_app_kubernetes_io_component", tc.component,
				"__meta_kubernetes_pod_label_app_kubernetes_io_instance", tc.instance,
				"__meta_kubernetes_pod_container_port_name", tc.port))
			for _, config := range job.Relabeled {
				if err := config.Validate(model.UTF8Validation); err != nil {
					t.Fatal(err)
				}
			}
			if relabel.ProcessBuilder(pod, job.Relabeled...) {
				got = append(got, pod.Labels().DropReserved(func(name string) bool { return strings.HasPrefix(name, "__") }).String())
			}
		}
		if len(got) > 1 || strings.Join(got, "") != sorted(tc.want) {
			t.Errorf("%+v: %q, want %s", tc, got, tc.want)
		}
	}
}

// sorted writes labels as Prometheus does; nothing stays nothing.
func sorted(text string) string {
	if text == "" {
		return ""
	}
	set, err := expressions.ParseMetric("{" + text + "}")
	if err != nil {
		panic(err)
	}
	return set.String()
}
