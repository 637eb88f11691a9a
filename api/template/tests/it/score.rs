//! Score workloads as parameters of the catalog's templates, and what of a workload has no counterpart.

use std::path::Path;
use std::sync::Arc;

use berth_template::interchange::score::Workload;
use berth_template::{Compiled, compile};
use serde_json::{Value, json};

fn template(name: &str) -> Arc<Compiled> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let read = |name: &str| std::fs::read_to_string(catalog.join(name).join("template.yaml")).unwrap();
    let postgres = compile(&read("postgres"), &()).unwrap().template;
    compile(&read(name), &vec![postgres]).unwrap().template
}

/// The template's name and its parameters; or every pointer with what is said about it.
fn parameters(document: &str) -> Result<(String, Value), Vec<String>> {
    let words = |found: Vec<berth_template::ParameterFinding>| {
        found
            .into_iter()
            .map(|f| format!("{}: {}", f.pointer, f.detail))
            .collect::<Vec<_>>()
    };
    let workload = Workload::read(document).map_err(words)?;
    let template = template(workload.annotation("template").unwrap_or(workload.template()));
    let request = workload.parameters(&template).map_err(words)?;
    template.check_parameters(&request.parameters).map_err(words)?;
    Ok((template.name().to_owned(), request.parameters))
}

const HEAD: &str = "apiVersion: score.dev/v1b1\nmetadata:\n  name: shop\n";

#[test]
fn a_workload_that_listens_is_a_web_service() {
    let document = format!(
        "{HEAD}  annotations: {{berth.dev/parameter.replicas: \"3\", berth.dev/parameter.database.size: medium, k8s.score.dev/kind: Deployment}}
service: {{ports: {{www: {{port: 80, targetPort: 9000}}}}}}
containers:
  web:
    image: shop/web:1
    variables:
      GREETING: Hello from ${{metadata.name}}, $${{x}} costs $$5
      DATABASE_URL: postgresql://${{resources.db.username}}:${{resources.db.password}}@${{resources.db.host}}:${{resources.db.port}}/${{resources.db.name}}
    readinessProbe: {{httpGet: {{path: /ready, port: 9000}}}}
resources:
  db: {{type: postgres, class: default, params: {{storage: 10Gi}}}}
"
    );
    let expected = json!({
        "image": "shop/web:1", "port": 9000, "healthPath": "/ready", "replicas": 3,
        "env": {"GREETING": "Hello from shop, ${x} costs $5"},
        "database": {"enabled": true, "storage": "10Gi", "size": "medium"},
    });
    assert_eq!(parameters(&document), Ok(("web-service".to_owned(), expected)));
    let workload = Workload::read(&document).unwrap();
    let request = workload.parameters(&template("web-service")).unwrap();
    let origin = |pointer: &str| {
        request
            .origins
            .iter()
            .find(|(p, _)| p == pointer)
            .map(|(_, o)| o.as_str())
    };
    assert_eq!(origin("/env/GREETING"), Some("/containers/web/variables/GREETING"));
    assert_eq!(origin("/port"), Some("/service/ports/www/targetPort"));
    assert_eq!(origin("/database/enabled"), Some("/resources/db"));
    assert_eq!(
        origin("/replicas"),
        Some("/metadata/annotations/berth.dev~1parameter.replicas")
    );
}

#[test]
fn one_that_does_not_listen_is_a_worker_without_what_it_does_not_ask_for() {
    let document = format!(
        "{HEAD}containers:\n  main:\n    image: shop/mailer:2\n    command: [/bin/mailer]\n    args: [--queue, mail]\n    livenessProbe: {{exec: {{command: [/bin/alive]}}}}\n"
    );
    let expected = json!({
        "image": "shop/mailer:2", "command": ["/bin/mailer"], "args": ["--queue", "mail"],
        "healthCommand": ["/bin/alive"], "database": {"enabled": false},
    });
    assert_eq!(parameters(&document), Ok(("worker".to_owned(), expected)));
}

const PORT: &str = "service: {ports: {www: {port: 8080}}}\n";

/// What is added to the container, what to the document, and what is said.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "command: [a]",
        "",
        "/containers/web/command: has no counterpart: `web-service` has no parameter `command` (line 8)",
    ),
    (
        "files: [{target: /a, content: b}]",
        "",
        "/containers/web/files: has no counterpart: `web-service` has no files (line 8)",
    ),
    (
        "volumes: [{source: a, target: /b}]",
        "",
        "/containers/web/volumes: has no counterpart",
    ),
    (
        "resources: {limits: {cpu: 100m}}",
        "",
        "choose a size with the annotation `berth.dev/parameter.size` (line 8)",
    ),
    (
        "livenessProbe: {httpGet: {path: /, port: 8080}}",
        "",
        "/containers/web/livenessProbe: has no counterpart",
    ),
    (
        "readinessProbe: {httpGet: {path: /, port: 8081}}",
        "",
        "/containers/web/readinessProbe/httpGet/port: has no counterpart",
    ),
    (
        "readinessProbe: {httpGet: {path: /, port: 8080, scheme: HTTPS}}",
        "",
        "/readinessProbe/httpGet/scheme: has no counterpart",
    ),
    (
        "readinessProbe: {exec: {command: [a]}}",
        "",
        "/containers/web/readinessProbe: has no counterpart",
    ),
    (
        "variables: {A: \"${resources.db.host}\"}",
        "resources: {db: {type: postgres}}",
        "/containers/web/variables/A: `${resources.db.host}` has no counterpart",
    ),
    (
        "variables: {A: 1}",
        "",
        "/containers/web/variables/A: must be text, not a number (line 8)",
    ),
    ("variables: {\"A-B\": x}", "", "/env: "),
    (
        "imag: a",
        "",
        "/containers/web/imag: is not a known field; did you mean `image`? (line 8)",
    ),
    (
        "",
        "resources: {cache: {type: redis}}",
        "/resources/cache/type: `redis` has no counterpart: `web-service` takes postgres",
    ),
    (
        "",
        "resources: {a: {type: postgres}, b: {type: postgres}}",
        "/resources/b: has no counterpart: an environment of this template has one, and `a` is it",
    ),
    (
        "",
        "resources: {db: {type: postgres, class: large}}",
        "/resources/db/class: has no counterpart",
    ),
    (
        "",
        "resources: {db: {type: postgres, params: {version: 17}}}",
        "/resources/db/params/version: has no counterpart",
    ),
    ("", "resources: {db: {}}", "/resources/db/type: is required"),
    (
        "",
        "  side: {image: a}",
        "/containers/side: has no counterpart: an environment of this template has one container (line 8)",
    ),
    ("", "extra: {}", "/extra: is not a known field"),
];

#[test]
fn what_has_no_counterpart_is_named_with_its_place() {
    for (container, document, expected) in REFUSED {
        let line = |text: &str, before: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{before}{text}\n")
            }
        };
        let text = format!(
            "{HEAD}{PORT}containers:\n  web:\n    image: a\n{}{}",
            line(container, "    "),
            line(document, "")
        );
        let found = parameters(&text).unwrap_err();
        let [only] = found.as_slice() else {
            panic!("{expected}: {found:#?}")
        };
        assert!(only.contains(expected), "{only}\nis not\n{expected}");
    }
}

#[test]
fn ports_and_annotations_that_have_no_counterpart_are_named() {
    for (annotations, ports, expected) in [
        (
            "",
            "{a: {port: 80}, b: {port: 81}}",
            "/service/ports/b: has no counterpart",
        ),
        (
            "",
            "{a: {port: 443, targetPort: 8080}}",
            "/service/ports/a/port: has no counterpart",
        ),
        (
            "",
            "{a: {port: 8080, protocol: UDP}}",
            "/service/ports/a/protocol: has no counterpart",
        ),
        ("", "[8080]", "/service/ports: must be a mapping, not a list"),
        ("", "{a: {targetPort: 8080}}", "/service/ports/a/port: is required"),
        (
            "berth.dev/parameter.port: \"1\"",
            "{a: {port: 8080}}",
            "an annotation sets the parameter `port` as well",
        ),
        (
            "berth.dev/parameter.colour: red",
            "{a: {port: 8080}}",
            "`web-service` has no parameter `colour`",
        ),
        (
            "berth.dev/parameter.replicas: \"[\"",
            "{a: {port: 8080}}",
            "must be a value in YAML",
        ),
        (
            "berth.dev/templat: worker",
            "{a: {port: 8080}}",
            "is not a known annotation",
        ),
        (
            "berth.dev/template: worker",
            "{a: {port: 8080}}",
            "/service/ports/a: has no counterpart: `worker` has no parameter `port`",
        ),
    ] {
        let text = format!(
            "{HEAD}  annotations: {{{annotations}}}\nservice: {{ports: {ports}}}\ncontainers: {{web: {{image: a}}}}\n"
        );
        let found = parameters(&text).unwrap_err();
        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{found:#?}\nis not\n{expected}"
        );
    }
}

#[test]
fn what_is_no_workload_is_refused() {
    for (text, expected) in [
        ("", ": line 1, column 1: the document is empty"),
        ("a: 1\na: 2", "duplicate key `a`"),
        ("[]", ": must be a mapping, not a list"),
        (
            "apiVersion: score.dev/v1\nmetadata: {name: a}\n",
            "/apiVersion: must be `score.dev/v1b1`",
        ),
        ("apiVersion: score.dev/v1b1\n", "/metadata/name: is required"),
        (HEAD, "/containers: is required"),
        (
            &format!("{HEAD}containers: {{web: {{image: .}}}}\n"),
            "`.` is one that is yet to be built",
        ),
        (
            &format!("{HEAD}containers: {{web: []}}\n"),
            "/containers/web: must be a mapping",
        ),
    ] {
        let found = parameters(text).unwrap_err();
        assert!(
            found.iter().any(|found| found.contains(expected)),
            "{found:#?}\nis not\n{expected}"
        );
    }
}
