package main

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// setting is a field that a value of the chart decides.
type setting struct{ path, expression string }

// settings are those of the Deployment; of its container, those that start with "container.".
var settings = []setting{
	{"spec.replicas", "{{ $.Values.replicas }}"},
	{"spec.template.metadata.annotations", "{{- toYaml $.Values.podAnnotations | nindent 8 }}"},
	{"spec.template.spec.imagePullSecrets", "{{- toYaml $.Values.image.pullSecrets | nindent 8 }}"},
	{"spec.template.spec.nodeSelector", "{{- toYaml $.Values.nodeSelector | nindent 8 }}"},
	{"spec.template.spec.tolerations", "{{- toYaml $.Values.tolerations | nindent 8 }}"},
	{"spec.template.spec.affinity", "{{- toYaml $.Values.affinity | nindent 8 }}"},
	{"spec.template.spec.volumes", `{{- include "tokenwright.volumes" $ | nindent 8 }}`},
	{"container.volumeMounts", `{{- include "tokenwright.volumeMounts" $ | nindent 10 }}`},
	{"container.image", `{{ include "tokenwright.image" $ | quote }}`},
	{"container.imagePullPolicy", "{{ $.Values.image.pullPolicy }}"},
	{"container.resources", "{{- toYaml $.Values.resources | nindent 10 }}"},
}

// arguments are those that values decide, by their flag, each with its lines in the template.
var arguments = []struct{ flag, lines string }{
	{"--issuer-namespaces=", `- --issuer-namespaces={{ include "tokenwright.issuerNamespaces" $ | fromJsonArray | join "," }}`},
	{"--log-level=", "- --log-level={{ $.Values.logLevel }}"},
	{"--default-issuer=", "{{- with $.Values.defaultIssuer }}\n        - --default-issuer={{ . }}\n        {{- end }}"},
	{"--metrics-bind-address=", "{{- if $.Values.metrics.open }}\n        - --metrics-bind-address=:8082\n        {{- end }}"},
	{"--metrics-cert-dir=", "{{- if and $.Values.metrics.open $.Values.metrics.certSecret }}\n" +
		"        - --metrics-cert-dir=/etc/tokenwright/metrics\n        {{- end }}"},
	{"--watch-namespaces=", "{{- with $.Values.watchNamespaces }}\n        - --watch-namespaces={{ join \",\" . }}\n        {{- end }}"},
}

// deploymentTemplate is the Deployment with the values of the chart in it. Until it is text, names of their own stand where
// the template's expressions will.
func deploymentTemplate(o object) (string, error) {
	out := o.DeepCopy()
	container, err := containerOf(out)
	if err != nil {
		return "", err
	}
	var replace []string
	for i, s := range settings {
		blank := fmt.Sprintf("SETTING-%d-", i)
		replace = append(replace, blank, s.expression)
		if field, ok := strings.CutPrefix(s.path, "container."); ok {
			container[field] = blank
		} else if err := unstructured.SetNestedField(out.Object, blank, strings.Split(s.path, ".")...); err != nil {
			return "", err
		}
	}
	args := fixed(container["args"])
	for i, argument := range arguments {
		blank := fmt.Sprintf("ARGUMENT-%d-", i)
		replace = append(replace, "- "+blank, argument.lines)
		args = append(args, blank)
	}
	container["args"] = args
	content, err := text(out)
	return strings.NewReplacer(replace...).Replace(content), err
}

// fixed are the arguments that no value decides.
func fixed(args any) []any {
	var out []any
	all, _ := args.([]any)
	for _, arg := range all {
		decided := false
		for _, argument := range arguments {
			decided = decided || strings.HasPrefix(fmt.Sprint(arg), argument.flag)
		}
		if !decided {
			out = append(out, arg)
		}
	}
	return out
}

// containerOf is the Deployment's one container, to be changed in place.
func containerOf(o object) (map[string]any, error) {
	spec, _, err := unstructured.NestedFieldNoCopy(o.Object, "spec", "template", "spec")
	if err != nil {
		return nil, err
	}
	fields, _ := spec.(map[string]any)
	containers, _ := fields["containers"].([]any)
	if len(containers) != 1 {
		return nil, errors.New("the Deployment has not one container")
	}
	container, ok := containers[0].(map[string]any)
	if !ok {
		return nil, errors.New("the container is no object")
	}
	return container, nil
}
