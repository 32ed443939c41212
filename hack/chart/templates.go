package main

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"tokenwright.dev/hack/dev/stack"
)

// file is one file of the chart.
type file struct {
	name    string // below the chart's folder
	content string
}

// templates makes one file of each object, in the order of kustomize.
func templates(everywhere, somewhere []object) ([]file, error) {
	var files []file
	for _, o := range everywhere {
		content, err := template(o, somewhere)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		if content != "" {
			files = append(files, file{fileName(o), content})
		}
	}
	for _, o := range somewhere {
		if o.GetNamespace() != watched {
			continue
		}
		content, err := text(inEach(o))
		if err != nil {
			return nil, err
		}
		files = append(files, file{fileName(o), when("$.Values.watchNamespaces", forEach("clientNamespaces", content))})
	}
	return files, nil
}

// template is what the chart makes of one object of config/default.
func template(o object, somewhere []object) (string, error) {
	switch o.GetKind() {
	case "Namespace":
		return "", nil // helm's own business
	case "CustomResourceDefinition":
		content, err := text(kept(o))
		return when("$.Values.crds.install", content), err
	case "Role", "RoleBinding":
		content, err := text(inEach(o))
		return forEach("systemNamespaces", content), err
	case "Deployment":
		return deploymentTemplate(o)
	}
	content, err := text(o)
	if err != nil {
		return "", err
	}
	if o.GetKind() == "ClusterRole" && o.GetName() == issuerRole {
		return when("$.Values.issuerRole.install", content), nil
	}
	other := twin(o, somewhere)
	if other == nil || same(o, other) {
		return content, nil
	}
	narrow, err := text(other)
	return "{{- if $.Values.watchNamespaces }}\n" + narrow + "{{- else }}\n" + content + "{{- end }}\n", err
}

// issuerRole is what the operator binds for issuers, by this name in every cluster.
const issuerRole = "tokenwright-issuer"

func when(condition, content string) string {
	return "{{- if " + condition + " }}\n" + content + "{{- end }}\n"
}

// forEach repeats an object for each namespace of a list in _helpers.tpl.
func forEach(list, content string) string {
	return "{{- range include \"tokenwright." + list + "\" $ | fromJsonArray }}\n---\n" + content + "{{- end }}\n"
}

// inEach is an object whose namespace is the one of a range.
func inEach(o object) object {
	out := o.DeepCopy()
	out.SetNamespace(eachNamespace)
	return out
}

// kept is a CRD that outlives the release: deleting it would delete every object of its kind.
func kept(o object) object {
	out := o.DeepCopy()
	annotations := out.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["helm.sh/resource-policy"] = "keep"
	out.SetAnnotations(annotations)
	return out
}

// What stands in an object until it is text, where a template could not stand.
const (
	eachNamespace = "EACH-NAMESPACE"
	releaseName   = "RELEASE-NAME"
)

// inTemplates names, in the words of a template, what config/ names after itself.
var inTemplates = strings.NewReplacer(
	": "+eachNamespace+"\n", ": {{ . | quote }}\n",
	": "+stack.Namespace+"\n", ": {{ $.Release.Namespace | quote }}\n",
	": "+releaseName+"\n", ": {{ $.Release.Name | quote }}\n",
	": tokenwright-operator", ": {{ $.Release.Name }}-operator",
)

// text is an object as a template. Braces that mean nothing to Helm are kept from it.
func text(o object) (string, error) {
	if o.GetKind() == "CustomResourceDefinition" {
		content, err := yaml.Marshal(o.Object)
		return strings.ReplaceAll(string(content), "{{", `{{ "{{" }}`), err
	}
	content, err := yaml.Marshal(ofRelease(o).Object)
	return inTemplates.Replace(strings.ReplaceAll(string(content), "{{", `{{ "{{" }}`)), err
}

// ofRelease is an object that can be told from the same one of another release, by its labels and by those that it selects.
func ofRelease(o object) object {
	out := o.DeepCopy()
	label(out.Object)
	return out
}

// ownLabels are those by which a set of labels is known to be of the project.
var ownLabels = []string{"app.kubernetes.io/name", "app.kubernetes.io/part-of", "oauth.tokenwright.dev/role"}

// label adds the release to every set of labels in an object.
func label(value any) {
	switch value := value.(type) {
	case map[string]any:
		if slices.ContainsFunc(ownLabels, func(name string) bool { return value[name] != nil }) {
			value["app.kubernetes.io/instance"] = releaseName
		}
		for _, field := range value {
			label(field)
		}
	case []any:
		for _, item := range value {
			label(item)
		}
	}
}

// fileName tells an object by its kind and by what it is called after the project's name.
func fileName(o object) string {
	name := strings.TrimPrefix(strings.TrimSuffix(o.GetName(), ".oauth.tokenwright.dev"), "tokenwright-")
	return "templates/" + strings.ToLower(o.GetKind()) + "-" + name + ".yaml"
}
