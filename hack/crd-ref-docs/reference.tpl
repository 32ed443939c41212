{{- /* The API reference: kinds first, then the types that they are made of. A table cell keeps to one line. */ -}}

{{- define "cell" -}}
{{ . | trim | replace "|" "\\|" | replace "\n" " " | replace "<" "&lt;" }}
{{- end -}}

{{- define "rules" -}}
{{- range index . "kubebuilder:validation:XValidation" }}<br />{{ template "cell" .Message }}.{{ end -}}
{{- end -}}

{{- define "bounds" -}}
{{- range . -}}
{{- if hasPrefix "Required" . }}<br />**Required.**
{{- else if not (hasPrefix "Optional" .) }}<br />`{{ . | replace "`" "" | replace "|" "\\|" }}`{{ end -}}
{{- end -}}
{{- end -}}

{{- define "type" -}}
### {{ .Name }}
{{ if .IsAlias }}
Underlying type: {{ markdownRenderTypeLink .UnderlyingType }}
{{ end }}
{{ replace "<" "&lt;" .Doc }}
{{ with .Validation }}
{{ range . }}- `{{ replace "`" "" . }}`
{{ end }}{{ end }}
{{- with index .Markers "kubebuilder:validation:XValidation" }}
{{ range . }}- {{ .Message }}.
{{ end }}{{ end }}
{{- with .SortedReferences }}
Used by {{ range $i, $r := . }}{{ if $i }}, {{ end }}{{ markdownRenderTypeLink $r }}{{ end }}.
{{ end }}
{{- with .Members }}
| Field | Meaning and bounds |
| --- | --- |
{{ if $.GVK }}| `apiVersion` string | `{{ $.GVK.Group }}/{{ $.GVK.Version }}` |
| `kind` string | `{{ $.GVK.Kind }}` |
{{ end -}}
{{ range . }}| `{{ .Name }}` {{ markdownRenderType .Type }} | {{ if and $.GVK (eq .Name "metadata") }}As for every Kubernetes object.{{ else -}}
{{ template "cell" .Doc }}{{ template "rules" .Markers }}{{ template "bounds" .Validation }}{{ end }} |
{{ end }}{{ end }}
{{- with .EnumValues }}
| Value | Meaning |
| --- | --- |
{{ range . }}| `{{ .Name }}` | {{ template "cell" .Doc }} |
{{ end }}{{ end }}
{{- end -}}

{{- define "gvList" -}}
# API reference

Generated from the Go types by `make generate`. `kubectl explain` says the same.
{{ range . }}
## {{ .GroupVersionString }}

{{ .Doc | trim | replace "<" "&lt;" }}
{{ range .SortedTypes }}{{ if .GVK }}
{{ template "type" . }}{{ end }}{{ end }}
{{- range .SortedTypes }}{{ if and (not .GVK) (markdownShouldRenderType .) }}
{{ template "type" . }}{{ end }}{{ end }}
{{- end }}
{{- end -}}
