package prometheus

import (
	"encoding/json"
	"log/slog"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"sigs.k8s.io/yaml"
)

// TestMonitors reads the manifests by the types of the Prometheus Operator, without a field that it does not know.
func TestMonitors(t *testing.T) {
	service, pods := new(monitoringv1.ServiceMonitor), new(monitoringv1.PodMonitor)
	for file, into := range map[string]any{"operator.yaml": service, "issuers.yaml": pods} {
		if err := yaml.UnmarshalStrict(read(t, "config", "prometheus", file), into); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, endpoint := range service.Spec.Endpoints {
		if err := endpoint.Validate(); err != nil {
			t.Errorf("operator.yaml: %v", err)
		}
	}
	for _, endpoint := range pods.Spec.PodMetricsEndpoints {
		if err := endpoint.Validate(); err != nil {
			t.Errorf("issuers.yaml: %v", err)
		}
	}
}

// TestRules lets Prometheus load the rules of each manifest as it would a file of them.
func TestRules(t *testing.T) {
	for _, file := range ruleFiles {
		var rule struct{ Spec json.RawMessage }
		if err := yaml.Unmarshal(read(t, "config", "prometheus", file), &rule); err != nil {
			t.Fatal(err)
		}
		_, errs := rulefmt.Parse(rule.Spec, false, model.UTF8Validation, expressions, slog.New(slog.DiscardHandler))
		for _, err := range errs {
			t.Errorf("%s: %v", file, err)
		}
	}
}
