{{/* What no schema can say: combinations that cannot work, each refused with what to do instead. */}}
{{- define "berth.check" -}}
{{- $sqlite := eq .Values.database.type "sqlite" -}}
{{- if and $sqlite (gt (int .Values.replicas) 1) -}}
{{- fail (printf "Berth on SQLite runs as one replica, because the database file belongs to one process. Set database.type to postgresql for %d replicas." (int .Values.replicas)) -}}
{{- end -}}
{{- if and (not $sqlite) (not .Values.database.postgresql.url) (not .Values.database.postgresql.existingSecret) -}}
{{- fail "PostgreSQL needs a connection string: set database.postgresql.existingSecret to the Secret that holds it, or database.postgresql.url." -}}
{{- end -}}
{{- if and (not .Values.auth.keyEncryptionKey) (not .Values.auth.existingSecret) -}}
{{- fail "Berth needs a key to encrypt what it stores: set auth.existingSecret to the Secret that holds it, or auth.keyEncryptionKey to the output of 'head -c 32 /dev/urandom | base64'." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "The ingress needs the name under which developers reach Berth: set ingress.host." -}}
{{- end -}}
{{- if hasKey (default dict .Values.config.database) "url" -}}
{{- fail "config.database.url would show the password in a ConfigMap: use database.postgresql.existingSecret or database.postgresql.url." -}}
{{- end -}}
{{- if hasKey (default dict .Values.config.auth) "key_encryption_key" -}}
{{- fail "config.auth.key_encryption_key would show the key in a ConfigMap: use auth.existingSecret or auth.keyEncryptionKey." -}}
{{- end -}}
{{- end -}}
