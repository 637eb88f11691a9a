//! The type checker: what could not be evaluated, or does not fit where it stands, is found when a template is compiled.

use berth_template::{Finding, Severity, compile};

use crate::sample::HEAD;

const PARAMETERS: &str = "
  parameters:
    type: object
    required: [image]
    properties:
      image: {type: string}
      size: {type: string, enum: [small, large], default: small}
      replicas: {type: integer, default: 2}
      share: {type: number, default: 0.5}
      on: {type: boolean, default: true}
      hosts: {type: array, items: {type: string}, default: []}
      ports: {type: array, items: {type: object, required: [number], properties: {number: {type: integer}, name: {type: string}}}, default: []}
      env: {type: object, additionalProperties: {type: string}, default: {}}
      note: {type: string}
";

/// A Deployment with the usual, a Service, and one expression more.
fn document(expression: &str) -> String {
    format!(
        "{}{}  resources:
    - id: web
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: web}}
        spec:
          selector: {{matchLabels: {{app: web}}}}
          template:
            metadata: {{labels: {{app: web}}}}
            spec: {{containers: [{{name: web, image: \"${{params.image}}\"}}]}}
    - id: service
      object: {{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}
    - id: shown
      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: shown}}}}
  outputs:
    out: {{value: \"${{{expression}}}\"}}
",
        HEAD,
        PARAMETERS.trim_start_matches('\n')
    )
}

/// Findings about types; that a parameter is not used here is none of them.
fn found(text: &str) -> Vec<Finding> {
    let all = match compile(text, &()) {
        Ok(compilation) => compilation.warnings,
        Err(findings) => findings,
    };
    all.into_iter()
        .filter(|finding| !finding.message.contains("is not used"))
        .collect()
}

#[test]
fn expressions_whose_types_fit_have_no_findings() {
    for good in [
        "params.replicas * 2 + 1",
        "params.share * 2",
        "params.share < 0.9 && params.replicas > 1",
        "params.image + ':' + params.size",
        "params.size == 'large' ? params.replicas : 1",
        "params.hosts.map(h, h + '.example.com').join(',')",
        "params.hosts.filter(h, h.startsWith('a')).size()",
        "params.ports.all(p, p.number > 1024)",
        "params.ports.map(p, p.number)[0] + 1",
        "params.env.map(k, k + '=' + params.env[k]).join(' ')",
        "params.env['A'].lowerAscii()",
        "has(params.note) ? params.note : 'none'",
        "params.?note.orValue('none')",
        "params.?note.hasValue()",
        "web.status.availableReplicas + 1",
        "web.spec.template.spec.containers[0].image.lowerAscii()",
        "service.spec.clusterIP + ':' + string(service.spec.ports[0].port)",
        "has(service.status.loadBalancer.ingress) ? service.status.loadBalancer.ingress[0].ip : ''",
        "web.metadata.labels['app'] == 'web'",
        "env.name + '-' + env.team + string(env.revision)",
        "env.labels.map(k, k).size() > 0",
        "env.?source.?ref.orValue('main')",
        "platform.domain + '.' + platform.anything.at.all",
        "int(params.image.size()) / 2",
        "[1, 2] + [3]",
        "{'a': 1}.a + 1",
        "1 in [1, 2] && 'a' in {'a': 1}",
        "math.greatest(params.replicas, 3)",
        "timestamp('2026-01-01T00:00:00Z') + duration('1h')",
        "base64.encode(bytes('a'))",
        "service.spec.ports[0].targetPort",
        "dyn(params.replicas) == 'a'",
        "params.hosts == [] || params.hosts[0] != ''",
    ] {
        assert_eq!(found(&document(good)), [], "{good}");
    }
}

#[rustfmt::skip]
const BAD: &[(&str, u32, &str, &str)] = &[
    ("params.replicas + 'a'", 37, "`+` does not work on an integer and text", "make it text with string(…)"),
    ("'a' + params.replicas", 25, "`+` does not work on text and an integer", "make it text with string(…)"),
    ("params.replicas * 2.5", 37, "`*` does not work on an integer and a number", "make both integers with int(…), or neither with double(…)"),
    ("params.hosts + 'a'", 34, "`+` does not work on a list of texts and text", ""),
    ("params.image < 3", 34, "`<` does not work on text and an integer", ""),
    ("params.on && params.replicas", 40, "a boolean is wanted; this is an integer", ""),
    ("!params.image", 28, "a boolean is wanted; this is text", ""),
    ("params.replicas ? 1 : 2", 27, "a boolean is wanted; this is an integer", ""),
    ("-params.image", 21, "text cannot be negated", ""),
    ("params.replicas == 'two'", 37, "`==` does not work on an integer and text", ""),
    ("params.size == 'huge'", 33, "this is one of small, large, never `huge`", ""),
    ("params.image.first", 33, "text has no field `first`", ""),
    ("params.hosts.first", 33, "a list has no field `first`", "take one item, [0], or go through them with .map(one, …)"),
    ("params.hosts['a'].x", 33, "a list has no field `a`", ""),
    ("params.hosts[params.image]", 33, "a list is indexed with an integer, not with text", ""),
    ("params.replicas[0]", 36, "an integer cannot be indexed", ""),
    ("params.replicas.map(x, x)", 40, "cannot go through an integer", ""),
    ("params.ports.map(p, p.nubmer)", 42, "`p` has no field `nubmer`", "did you mean `number`?"),
    ("params.replicas.startsWith('a')", 47, "`startsWith` needs text; this is an integer, text", ""),
    ("params.replicas.lowerAscii()", 47, "`lowerAscii` needs text; this is an integer", ""),
    ("params.image.join(',')", 38, "`join` needs a list of texts; this is text, text", ""),
    ("size(params.replicas)", 25, "`size` needs text, a list or a map; this is an integer", ""),
    ("params.?note + 'x'", 34, "`+` does not work on text that may be missing and text", "add .orValue(…)"),
    ("params.?note.lowerAscii()", 44, "`lowerAscii` needs text; this is text that may be missing", "add .orValue(…)"),
    ("params.image.orValue('x')", 41, "`orValue` needs a value that may be missing; this is text, text", ""),
    ("web.status.availabelReplicas", 31, "`web.status` has no field `availabelReplicas`", "did you mean `availableReplicas`?"),
    ("web.sepc.replicas", 24, "`web` has no field `sepc`", "did you mean `spec`?"),
    ("service.status.loadBalancer.ingress.ip", 56, "a list has no field `ip`", "take one item"),
    ("web.status.availableReplicas + 'x'", 50, "`+` does not work on an integer and text", "make it text with string(…)"),
    ("service.spec.ports[0].port + ''", 48, "`+` does not work on an integer and text", "make it text"),
    ("has(web.status.conditons)", 24, "`web.status` has no field `conditons`", "did you mean `conditions`?"),
    ("env.naem", 24, "`env` has no field `naem`", "did you mean `name`?"),
    ("env.source.branch", 31, "`env.source` has no field `branch`", ""),
    ("env.revision + '-1'", 34, "`+` does not work on an integer and text", ""),
    ("1 in 2", 23, "`in` needs a list or a map, not an integer", ""),
];

#[test]
fn what_could_not_be_evaluated_is_found_with_its_reason_and_its_place() {
    let (mut placed, mut wanted) = (Vec::new(), Vec::new());
    // The expression begins in column 21 of its line.
    for &(bad, column, message, suggestion) in BAD {
        let found = found(&document(bad));
        let [finding] = found.as_slice() else {
            panic!("{bad}: {found:#?}")
        };
        assert_eq!(finding.severity, Severity::Error, "{bad}");
        assert_eq!(finding.message, message, "{bad}");
        assert!(
            finding
                .suggestion
                .as_deref()
                .unwrap_or_default()
                .starts_with(suggestion),
            "{bad}: {finding:?}"
        );
        assert_eq!(finding.path, "spec.outputs.out.value", "{bad}");
        placed.push((bad, finding.column));
        wanted.push((bad, column));
    }
    assert_eq!(placed, wanted);
}

#[test]
fn a_parameter_that_may_be_missing_is_warned_about_where_nobody_asked_for_it() {
    let found = found(&document("params.note"));
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(
        found[0].message,
        "`params.note` may be missing: it is neither required nor has it a default"
    );
    let asked = document("'x'").replace(
        "    - id: shown\n      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: shown}}",
        "    - id: shown\n      includeWhen: [\"${has(params.note)}\"]\n      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: \
         shown}, data: {n: \"${params.note}\"}}",
    );
    assert_eq!(self::found(&asked), [], "the condition asked for it");
}

/// One field of an object, and what is found when it is set to that.
fn field(of: &str, value: &str) -> Vec<(String, String)> {
    let (pod, spec, service) = match of.split_once('.') {
        Some(("pod", field)) => (format!(", {field}: {value}"), String::new(), String::new()),
        Some(("spec", field)) => (String::new(), format!("\n          {field}: {value}"), String::new()),
        Some(("service", field)) => (String::new(), String::new(), format!(", {field}: {value}")),
        _ => panic!("{of}"),
    };
    let text = document("'x'")
        .replace(
            "image: \"${params.image}\"",
            &format!("image: \"${{params.image}}\"{pod}"),
        )
        .replace(
            "matchLabels: {app: web}}",
            &format!("matchLabels: {{app: web}}}}{spec}"),
        )
        .replace("ports: [{port: 80}]", &format!("ports: [{{port: 80}}]{service}"));
    found(&text)
        .into_iter()
        .map(|finding| (finding.message, finding.path))
        .collect()
}

#[rustfmt::skip]
const FITTING: &[(&str, &str)] = &[
    ("spec.replicas", "\"${params.replicas}\""),
    ("spec.replicas", "\"${params.on ? 1 : null}\""),
    ("spec.paused", "\"${!params.on}\""),
    ("pod.args", "\"${params.hosts}\""),
    ("pod.args", "[\"--n=${params.replicas}\", \"${params.image}\"]"),
    ("pod.env", "\"${params.env.map(k, {'name': k, 'value': params.env[k]})}\""),
    ("pod.resources", "{limits: {cpu: \"${params.replicas}\", memory: \"${string(params.replicas) + 'Mi'}\"}}"),
    ("pod.readinessProbe", "{httpGet: {path: /, port: \"${params.replicas}\"}}"),
    ("service.type", "\"${params.on ? 'ClusterIP' : 'NodePort'}\""),
    ("service.clusterIP", "\"${params.?note}\""),
];

#[rustfmt::skip]
const MISFITS: &[(&str, &str, &str, &str)] = &[
    ("spec.replicas", "\"${params.image}\"", "`replicas` must be an integer; this expression is text", "spec.resources[0].object.spec.replicas"),
    ("spec.replicas", "\"${params.on}\"", "`replicas` must be an integer; this expression is a boolean", "spec.resources[0].object.spec.replicas"),
    ("spec.replicas", "\"${params.replicas}0\"", "`replicas` must be an integer; this is text", "spec.resources[0].object.spec.replicas"),
    ("spec.replicas", "\"${params.share * 2.0 > 1.0 ? 1.5 : 2.5}\"", "`replicas` must be an integer; this expression is a number", "spec.resources[0].object.spec.replicas"),
    ("spec.paused", "\"${params.replicas}\"", "`paused` must be a boolean; this expression is an integer", "spec.resources[0].object.spec.paused"),
    ("pod.args", "\"${params.image}\"", "`args` must be a list of texts; this expression is text", "spec.resources[0].object.spec.template.spec.containers[0].args"),
    ("pod.args", "[\"${params.replicas}\"]", "must be text; this expression is an integer", "spec.resources[0].object.spec.template.spec.containers[0].args[0]"),
    ("pod.args", "\"${[1, 2]}\"", "`args[…]` must be text; this expression is an integer", "spec.resources[0].object.spec.template.spec.containers[0].args"),
    ("pod.env", "\"${params.env}\"", "`env` must be a list of maps; this expression is a map of texts", "spec.resources[0].object.spec.template.spec.containers[0].env"),
    ("pod.env", "\"${[{'name': 1}]}\"", "`env[…].name` must be text; this expression is an integer", "spec.resources[0].object.spec.template.spec.containers[0].env"),
    ("pod.env", "\"${[{'nmae': 'x'}]}\"", "`env[…]` unknown field `nmae`, did you mean `name`?", "spec.resources[0].object.spec.template.spec.containers[0].env"),
    ("pod.env", "\"${[{'value': 'x'}]}\"", "`env[…]` `name` is missing", "spec.resources[0].object.spec.template.spec.containers[0].env"),
    ("pod.env", "[{name: A, value: \"${params.replicas}\"}]", "`value` must be text; this expression is an integer", "spec.resources[0].object.spec.template.spec.containers[0].env[0].value"),
    ("pod.workingDir", "\"a${params.hosts}\"", "a list of texts cannot be a part of text", "spec.resources[0].object.spec.template.spec.containers[0].workingDir"),
    ("service.ports", "\"${params.ports.map(p, {'port': string(p.number)})}\"", "`ports[…].port` must be an integer; this expression is text", "spec.resources[1].object.spec.ports"),
];

#[test]
fn what_an_expression_comes_to_must_fit_its_field() {
    for (of, value) in FITTING {
        assert_eq!(field(of, value), [], "{of}: {value}");
    }
    for (of, value, message, path) in MISFITS {
        let found = if *of == "service.ports" {
            let document = document("'x'").replace("ports: [{port: 80}]", &format!("ports: {value}"));
            found(&document).into_iter().map(|f| (f.message, f.path)).collect()
        } else {
            field(of, value)
        };
        assert_eq!(found, [((*message).to_owned(), (*path).to_owned())], "{of}: {value}");
    }
}

#[test]
fn conditions_ranges_and_names_are_typed_too() {
    let with = |before: &str, after: &str| document("'x'").replace(before, after);
    let shown = "    - id: shown\n";
    for (text, message) in [
        (
            with(shown, "    - id: shown\n      includeWhen: [\"${params.replicas}\"]\n"),
            "a condition must be a boolean; this is an integer",
        ),
        (
            with(shown, "    - id: shown\n      includeWhen: [\"${'x'}\"]\n"),
            "a condition must be a boolean; this is text",
        ),
        (
            with(shown, "    - id: shown\n      readyWhen: [\"${self.data}\"]\n"),
            "a condition must be a boolean; this is a map of texts",
        ),
        (
            with(shown, "    - id: shown\n      readyWhen: [\"${self.dta.x == 'a'}\"]\n"),
            "`self` has no field `dta`",
        ),
        (
            with(
                "    - id: web\n",
                "    - id: web\n      readyWhen: [\"${self.status.availableReplica == 1}\"]\n",
            ),
            "`self.status` has no field `availableReplica`",
        ),
        (
            with(
                "metadata: {name: shown}",
                "metadata: {name: shown, labels: {n: \"${params.replicas}\"}}",
            ),
            "`n` must be text; this expression is an integer",
        ),
        (
            with(shown, "    - id: shown\n      forEach: [{p: \"${params.replicas}\"}]\n")
                .replace("{name: shown}", "{name: \"${string(each.p)}\"}"),
            "`forEach` goes through a list or a map; this is an integer",
        ),
        (
            with(shown, "    - id: shown\n      forEach: [{p: \"${params.ports}\"}]\n")
                .replace("{name: shown}", "{name: \"p${each.p.numbr}\"}"),
            "`each.p` has no field `numbr`",
        ),
        (
            with(shown, "    - id: shown\n      forEach: [{p: \"${params.ports}\"}]\n")
                .replace("{name: shown}", "{name: \"p${each.p}\"}"),
            "a map cannot be a part of text",
        ),
        (
            with(
                "  resources:\n",
                "  let: {double: \"${params.replicas * 2}\", said: \"${double + 'x'}\"}\n  resources:\n",
            )
            .replace("${'x'}", "${said}"),
            "`+` does not work on an integer and text",
        ),
        (
            with(
                "  resources:\n",
                "  rules: [{rule: \"${params.replicas > 'a'}\", message: too many}]\n  resources:\n",
            ),
            "`>` does not work on an integer and text",
        ),
    ] {
        let found = found(&text);
        assert!(
            found.len() == 1 && found[0].message == message,
            "{message}: {found:#?}\n{text}"
        );
    }
}

#[test]
fn outputs_of_composed_templates_keep_their_types() {
    let child = compile(
        &format!("{HEAD}  resources:\n    - id: c\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}}}\n  outputs:\n    port: {{value: 5432}}\n    host: {{value: db}}\n").replace("name: test", "name: child"),
        &(),
    );
    let library = vec![child.unwrap().template];
    let parent = |expression: &str| {
        format!(
            "{HEAD}  resources:\n    - id: db\n      use: {{template: child, version: ^1}}\n    - id: shown\n      object: {{apiVersion: \
             v1, kind: ConfigMap, metadata: {{name: shown}}, data: {{x: \"${{{expression}}}\"}}}}\n"
        )
    };
    assert!(compile(&parent("db.outputs.host + ':' + string(db.outputs.port)"), &library).is_ok());
    let refused = compile(&parent("db.outputs.host + db.outputs.port"), &library).unwrap_err();
    assert_eq!(refused[0].message, "`+` does not work on text and an integer");
}
