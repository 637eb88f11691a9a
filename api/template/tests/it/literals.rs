//! Literals against the schemas of the kinds that every cluster has.

use berth_template::{Kind, Schemas, compile, compile_with};
use serde_json::json;

use crate::sample::HEAD;

fn messages(object: &str) -> Vec<(String, String, String)> {
    let text = format!("{HEAD}  resources:\n    - id: it\n      onDelete: delete\n      object:\n{object}");
    let found = match compile(&text, &()) {
        Ok(compilation) => compilation.warnings,
        Err(findings) => findings,
    };
    found
        .into_iter()
        .map(|finding| {
            let path = finding.path.trim_start_matches("spec.resources[0].object.").to_owned();
            (finding.message, path, finding.suggestion.unwrap_or_default())
        })
        .collect()
}

/// A CronJob whose container and whose spec have something more.
fn cron_job(container: &str, spec: &str) -> String {
    format!(
        "        apiVersion: batch/v1
        kind: CronJob
        metadata: {{name: it}}
        spec:
          schedule: '* * * * *'{spec}
          jobTemplate:
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: it
                      image: it{container}
"
    )
}

#[test]
fn literals_that_fit_have_no_findings() {
    let container = "
                      args: [a, 'b ${env.name}']
                      ports: [{containerPort: 80, name: http}]
                      resources: {requests: {cpu: 100m, memory: 1Gi}, limits: {cpu: 1}}
                      livenessProbe: {tcpSocket: {port: http}, periodSeconds: 5}
                      securityContext: {runAsNonRoot: true, capabilities: {drop: [ALL]}}
                      env:
                        - {name: A, value: 'x'}
                        - {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}";
    assert_eq!(
        messages(&cron_job(
            container,
            "\n          suspend: false\n          successfulJobsHistoryLimit: 3"
        )),
        []
    );
}

/// What is added to the container, what to the spec, what is found, where (in the container, when that is where it was
/// added), and what is suggested.
#[rustfmt::skip]
const BAD: &[(&str, &str, &str, &str, &str)] = &[
    ("imgae: x", "", "unknown field `imgae`", "imgae", "did you mean `image`?"),
    ("comand: [x]", "", "unknown field `comand`", "comand", "did you mean `command`?"),
    ("args: x", "", "`args` must be a list of texts, not text", "args", ""),
    ("args: [1]", "", "must be text, not a number", "args[0]", "quote it"),
    ("env: [{name: A, value: true}]", "", "`value` must be text, not a boolean", "env[0].value", "quote it"),
    ("env: [{value: a}]", "", "`name` is missing", "env[0]", ""),
    ("env: {A: b}", "", "`env` must be a list of maps, not a mapping", "env", ""),
    ("ports: [{containerPort: '80'}]", "", "`containerPort` must be an integer, not text", "ports[0].containerPort", "write it without quotes"),
    ("ports: [{containerPort: 80.5}]", "", "`containerPort` must be an integer, not a number", "ports[0].containerPort", ""),
    ("resources: {limits: {memory: 1GB}}", "", "`memory` must be a quantity", "resources.limits.memory", "write a number with a unit"),
    ("resources: {limit: {memory: 1G}}", "", "unknown field `limit`", "resources.limit", "did you mean `limits`?"),
    ("stdin: 'yes'", "", "`stdin` must be a boolean, not text", "stdin", ""),
    ("livenessProbe: [x]", "", "`livenessProbe` must be a map, not a list", "livenessProbe", ""),
    ("", "\n          suspend: 1", "`suspend` must be a boolean, not a number", "spec.suspend", ""),
    ("", "\n          schedul: x", "unknown field `schedul`", "spec.schedul", "did you mean `schedule`?"),
    ("", "\n          successfulJobsHistoryLimit: three", "`successfulJobsHistoryLimit` must be an integer, not text", "spec.successfulJobsHistoryLimit", ""),
];

#[test]
fn unknown_and_mistyped_fields_are_errors_with_their_place() {
    let deep = "spec.jobTemplate.spec.template.spec.containers[0].";
    for (container, spec, message, path, suggestion) in BAD {
        let (container, path) = if container.is_empty() {
            (String::new(), (*path).to_owned())
        } else {
            (format!("\n                      {container}"), format!("{deep}{path}"))
        };
        let found = messages(&cron_job(&container, spec));
        assert_eq!(found.len(), 1, "{container}{spec}: {found:?}");
        assert_eq!(
            (found[0].0.as_str(), &found[0].1),
            (*message, &path),
            "{container}{spec}"
        );
        assert!(found[0].2.starts_with(suggestion), "{container}{spec}: {found:?}");
    }
}

#[test]
fn what_is_missing_is_said_where_it_is_missing() {
    let bare = "        apiVersion: apps/v1\n        kind: Deployment\n        metadata: {name: it}\n        spec: {replicas: 1}\n";
    let found = messages(bare);
    let missing: Vec<_> = found.iter().map(|row| (row.0.as_str(), row.1.as_str())).collect();
    assert_eq!(
        missing,
        [("`selector` is missing", "spec"), ("`template` is missing", "spec")]
    );
    let top = "        apiVersion: v1\n        kind: ConfigMap\n        metadata: {name: it}\n        dta: {a: b}\n        immutable: 'no'\n";
    let found = messages(top);
    assert_eq!(
        found[0],
        (
            "unknown field `dta`".to_owned(),
            "dta".to_owned(),
            "did you mean `data`?".to_owned()
        )
    );
    assert_eq!(found[1].0, "`immutable` must be a boolean, not text");
}

#[test]
fn kinds_of_a_cluster_are_known_by_its_documents() {
    let group = json!({"components": {"schemas": {"dev.example.v1.Route": {
    "type": "object", "required": ["spec"],
    "x-kubernetes-group-version-kind": [{"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"}],
    "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
        "spec": {"type": "object", "required": ["host"], "properties": {
            "host": {"type": "string"}, "weight": {"x-kubernetes-int-or-string": true},
            "mode": {"type": "string", "enum": ["open", "closed"]},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}},
    }}}}});
    let schemas = Schemas::none().with(&[group]);
    let kind = Kind {
        api_version: "networking.k8s.io/v1".to_owned(),
        kind: "Ingress".to_owned(),
    };
    assert!(schemas.knows(&kind) && schemas.kinds() == [kind]);
    let compiled = |spec: &str| {
        let text = format!(
            "{HEAD}  resources:\n    - id: it\n      object: {{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: it}}, \
             spec: {spec}}}\n"
        );
        compile_with(&text, &(), &schemas)
            .map(|_| ())
            .map_err(|found| found[0].message.clone())
    };
    assert_eq!(compiled("{host: a, weight: 5, free: {any: [1]}, mode: open}"), Ok(()));
    assert_eq!(compiled("{host: a, weight: '5%'}"), Ok(()));
    assert_eq!(compiled("{weight: 5}"), Err("`host` is missing".to_owned()));
    assert_eq!(
        compiled("{host: a, mode: opn}"),
        Err("`mode` must be one of open, closed".to_owned())
    );
    let unknown = format!(
        "{HEAD}  resources:\n    - id: it\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: it}}, anything: 1}}\n"
    );
    let unchecked = compile_with(&unknown, &(), &schemas).unwrap().unchecked;
    assert_eq!(unchecked[0].kind, "ConfigMap", "what was not checked is said");
}

#[test]
fn every_cluster_has_the_kinds_that_templates_may_make() {
    let built_in = Schemas::built_in();
    for (api_version, kind) in [
        ("v1", "ConfigMap"),
        ("v1", "PersistentVolumeClaim"),
        ("apps/v1", "StatefulSet"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("batch/v1", "CronJob"),
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("policy/v1", "PodDisruptionBudget"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ] {
        let kind = Kind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
        };
        assert!(built_in.knows(&kind), "{kind:?}");
    }
}
