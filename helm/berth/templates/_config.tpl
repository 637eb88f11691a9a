{{/* The configuration file: what the chart knows, and the caller's settings over it. Secrets come as variables. */}}
{{- define "berth.config" -}}
{{- $publicUrl := printf "http://%s.%s.svc:%d" (include "berth.fullname" .) .Release.Namespace (int .Values.service.port) -}}
{{- if .Values.ingress.enabled -}}
{{- $publicUrl = printf "https://%s" .Values.ingress.host -}}
{{- end -}}
{{- $own := dict
      "server" (dict "listen" "0.0.0.0:8080" "metrics_listen" "0.0.0.0:9090" "public_url" $publicUrl)
      "cluster" (dict "service_account" (printf "%s:%s" .Release.Namespace (include "berth.fullname" .)))
      "templates" (dict "path" "/usr/share/berth/templates")
-}}
{{- mergeOverwrite $own (deepCopy .Values.config) | toToml -}}
{{- end -}}
