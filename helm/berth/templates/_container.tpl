{{/* What the migration and the server have in common: image, settings, volumes and the restricted profile. */}}
{{- define "berth.container" -}}
{{- $name := include "berth.fullname" . -}}
image: {{ include "berth.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  - name: BERTH_CONFIG
    value: /etc/berth/berth.toml
  - name: BERTH_AUTH__KEY_ENCRYPTION_KEY
    valueFrom:
      secretKeyRef:
        {{- if .Values.auth.existingSecret }}
        {name: {{ .Values.auth.existingSecret }}, key: {{ .Values.auth.existingSecretKey }}}
        {{- else }}
        {name: {{ $name }}, key: key}
        {{- end }}
  - name: BERTH_DATABASE__URL
    {{- if eq .Values.database.type "sqlite" }}
    value: sqlite:///var/lib/berth/berth.db
    {{- else }}
    valueFrom:
      secretKeyRef:
        {{- if .Values.database.postgresql.existingSecret }}
        {name: {{ .Values.database.postgresql.existingSecret }}, key: {{ .Values.database.postgresql.existingSecretKey }}}
        {{- else }}
        {name: {{ $name }}, key: url}
        {{- end }}
    {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  - {name: config, mountPath: /etc/berth, readOnly: true}
  - {name: temporary, mountPath: /tmp}
  {{- if eq .Values.database.type "sqlite" }}
  - {name: data, mountPath: /var/lib/berth}
  {{- end }}
{{- end -}}
