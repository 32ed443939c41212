package main

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	gotemplate "text/template"

	"sigs.k8s.io/yaml"
)

// static holds what no object decides. values.yaml is a template, of another program than Helm: this one.
//
//go:embed files
var static embed.FS

// defaults are the values that config/ decides.
type defaults struct {
	Version, AppVersion string
	Repository, Tag     string
	Replicas            any
	Resources           string
}

// surroundings are the files of a chart besides the templates of objects.
func surroundings(everywhere []object, version string) ([]file, error) {
	o, err := deployment(everywhere)
	if err != nil {
		return nil, err
	}
	container, err := containerOf(o)
	if err != nil {
		return nil, err
	}
	resources, err := yaml.Marshal(container["resources"])
	if err != nil {
		return nil, err
	}
	spec, _ := o.Object["spec"].(map[string]any)
	known := defaults{Version: chartVersion(version), AppVersion: version, Replicas: spec["replicas"]}
	known.Repository, known.Tag = splitImage(fmt.Sprint(container["image"]))
	known.Resources = strings.ReplaceAll(strings.TrimSpace(string(resources)), "\n", "\n  ")
	var files []file
	for name, source := range map[string]string{
		"Chart.yaml": "Chart.yaml", "values.yaml": "values.yaml", "values.schema.json": "values.schema.json",
		"templates/_helpers.tpl": "helpers.tpl", "templates/NOTES.txt": "NOTES.txt",
	} {
		content, err := static.ReadFile("files/" + source)
		if err != nil {
			return nil, err
		}
		var out strings.Builder
		if err := gotemplate.Must(gotemplate.New(name).Delims("<<", ">>").Parse(string(content))).Execute(&out, known); err != nil {
			return nil, err
		}
		files = append(files, file{name, out.String()})
	}
	return files, nil
}

// splitImage tells the name of an image from its tag, or from its digest, which then stands for the tag.
func splitImage(image string) (repository, tag string) {
	if name, digest, ok := strings.Cut(image, "@"); ok {
		return name, digest
	}
	if colon := strings.LastIndex(image, ":"); colon > strings.LastIndex(image, "/") {
		return image[:colon], image[colon+1:]
	}
	return image, ""
}

// semantic is a version that Helm takes (https://semver.org), after the "v" of a git tag.
var semantic = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

// chartVersion is the version of the chart: that of the program, or a pre-release of nothing for one without a tag.
func chartVersion(version string) string {
	if plain := strings.TrimPrefix(version, "v"); semantic.MatchString(plain) {
		return plain
	}
	return "0.0.0-g" + strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, version)
}
