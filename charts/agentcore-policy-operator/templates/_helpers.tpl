{{/* The chart's name, or what takes its place. */}}
{{- define "operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of every object: the release's name followed by the chart's, unless it holds it already. */}}
{{- define "operator.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "operator.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "operator.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "operator.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "operator.claimName" -}}
{{- default (include "operator.fullname" .) .Values.local.persistence.existingClaim -}}
{{- end -}}

{{/* The plural names of the kinds, as the CRDs in files/crds have them. */}}
{{- define "operator.kinds" -}}
{{- $kinds := list -}}
{{- range $path, $_ := .Files.Glob "files/crds/*.yaml" -}}
{{- $kinds = append $kinds ($.Files.Get $path | fromYaml).spec.names.plural -}}
{{- end -}}
{{- join " " $kinds -}}
{{- end -}}

{{/* What the operator may do to the objects of the namespaces it watches. Its own name for them is one
place; the two modes differ in where the rules hold. */}}
{{- define "operator.objectRules" -}}
{{- $kinds := splitList " " (include "operator.kinds" .) -}}
- apiGroups: [agentcore.dev]
  resources: [{{ join ", " $kinds }}]
  verbs: [get, list, watch, patch]
- apiGroups: [agentcore.dev]
  resources: [{{ join "/status, " $kinds }}/status]
  verbs: [patch]
# Who may refer into a namespace, where the cluster has the Gateway API.
- apiGroups: [gateway.networking.k8s.io]
  resources: [referencegrants]
  verbs: [list, watch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# What a PolicyGeneration has written, in full: NAME-assets, which it owns.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, create, patch]
{{- end -}}
