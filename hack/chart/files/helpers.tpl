{{- /* The namespaces whose TokenIssuers are served, as JSON. */}}
{{- define "tokenwright.issuerNamespaces" -}}
{{- .Values.issuerNamespaces | default (list .Release.Namespace) | toJson -}}
{{- end }}

{{- /* The namespaces that the operator works in: its own, and those of issuers, as JSON. */}}
{{- define "tokenwright.systemNamespaces" -}}
{{- concat (list .Release.Namespace) .Values.issuerNamespaces | uniq | toJson -}}
{{- end }}

{{- /* The namespaces whose clients and policies are served, where these are not all, as JSON. */}}
{{- define "tokenwright.clientNamespaces" -}}
{{- concat (include "tokenwright.issuerNamespaces" . | fromJsonArray) .Values.watchNamespaces | uniq | toJson -}}
{{- end }}

{{- /* The image, by tag or by digest. */}}
{{- define "tokenwright.image" -}}
{{- .Values.image.repository -}}
{{- with .Values.image.tag }}{{ if hasPrefix "sha256:" . }}@{{ else }}:{{ end }}{{ . }}{{ end -}}
{{- end }}

{{- /* The certificate of the operator's metrics, as volumes and where they are mounted. */}}
{{- define "tokenwright.volumes" -}}
{{- if and .Values.metrics.open .Values.metrics.certSecret -}}
- name: metrics-certificate
  secret: {secretName: {{ .Values.metrics.certSecret | quote }}}
{{- else -}}
[]
{{- end -}}
{{- end }}

{{- define "tokenwright.volumeMounts" -}}
{{- if and .Values.metrics.open .Values.metrics.certSecret -}}
- {name: metrics-certificate, mountPath: /etc/tokenwright/metrics, readOnly: true}
{{- else -}}
[]
{{- end -}}
{{- end }}
