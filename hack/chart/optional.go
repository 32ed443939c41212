package main

import (
	"errors"
	"fmt"
	"strings"
)

// extraLabels stands in the labels of what Prometheus chooses by labels.
const extraLabels = "EXTRA-LABELS"

// optionals makes a file of each object that only the components bring, to be rendered where a value asks for it.
func optionals(everywhere, observed []object) ([]file, error) {
	var files []file
	for _, o := range observed {
		if twin(o, everywhere) != nil {
			continue
		}
		content, err := optional(o)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		files = append(files, file{fileName(o), content})
	}
	return files, nil
}

// optional is what the chart makes of one object of config/metrics or config/prometheus.
func optional(o object) (string, error) {
	const open, monitors, rules = "$.Values.metrics.open", "$.Values.prometheus.monitors", "$.Values.prometheus.rules"
	switch o.GetKind() {
	case "ClusterRole":
		content, err := text(o)
		if o.GetName() == readerRole {
			return when("and "+open+" $.Values.issuerRole.install", content), err
		}
		return when(open, content), err
	case "ClusterRoleBinding", "Service":
		content, err := text(o)
		return when(open, content), err
	case "ServiceMonitor":
		content, err := chosen(o)
		return when("and "+open+" "+monitors, content), err
	case "PodMonitor": // each scrapes its own namespace
		content, err := chosen(inEach(o))
		return when(monitors, forEach("issuerNamespaces", content)), err
	case "PrometheusRule":
		content, err := chosen(o)
		if o.GetName() == operatorRules { // without its metrics they would say that it is gone
			return when("and "+open+" "+rules, content), err
		}
		return when(rules, content), err
	case "ConfigMap":
		content, err := text(o)
		return when("$.Values.prometheus.dashboard", content), err
	}
	return "", errors.New("no value decides whether it is there")
}

// operatorRules are the alerts that the operator's metrics are needed for.
const operatorRules = "tokenwright-operator"

// readerRole is what those have who scrape, by this name in every cluster.
const readerRole = "tokenwright-metrics-reader"

// chosen is an object that Prometheus chooses by labels, as a template: those of a value are among them.
func chosen(o object) (string, error) {
	out := o.DeepCopy()
	labels := out.GetLabels()
	labels[extraLabels] = "x"
	out.SetLabels(labels)
	content, err := text(out)
	const lines = "{{- with $.Values.prometheus.labels }}{{ toYaml . | nindent 4 }}{{ end }}"
	return strings.Replace(content, "\n    "+extraLabels+": x", lines, 1), err
}
