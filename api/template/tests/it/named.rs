//! `let`: values with a name, evaluated once, and what flows through them.

use std::fmt::Write as _;

use berth_template::{Live, NodeState};
use serde_json::json;

use crate::rendered::{node, object, render, template};
use crate::sample::{HEAD, finds};

#[test]
fn names_may_use_each_other_in_any_order_and_keep_their_type() {
    let template = template(
        r#"
  parameters: {type: object, properties: {replicas: {type: integer, default: 2}}}
  let:
    url: ${'https://' + host}
    host: ${env.name + '-' + env.team + '.' + platform.domain}
    labels: {app: "${env.name}", part: web}
    many: ${params.replicas > 1}
  resources:
    - id: web
      includeWhen: ["${many}"]
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: web, labels: "${labels}"}, data: {url: "${url}"}}
"#,
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    let web = object(&rendered, "web");
    assert_eq!(web["data"]["url"], "https://preview-shop.example.com");
    assert_eq!(web["metadata"]["labels"], json!({"app": "preview", "part": "web"}));
    let rendered = render(&template, &json!({"replicas": 1}), &Live::new()).unwrap();
    assert!(matches!(node(&rendered, "web").state, NodeState::Excluded { .. }));
}

#[test]
fn a_name_made_of_a_resource_orders_and_waits() {
    let template = template(
        r#"
  let: {address: "${service.status.ip}", title: "${service.metadata.name + '!'}"}
  resources:
    - id: first
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: first}, data: {ip: "${address}"}}
    - id: second
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: second}, data: {title: "${title}"}}
    - id: service
      object: {apiVersion: v1, kind: Service, metadata: {name: svc}}
"#,
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert!(
        matches!(&node(&rendered, "first").state, NodeState::Waiting { on, path } if on == "service" && path == "status.ip")
    );
    assert_eq!(object(&rendered, "second")["data"]["title"], "svc!");
    assert_eq!(node(&rendered, "second").dependencies, ["service"]);
}

#[test]
fn a_secret_parameter_is_followed_through_names() {
    let good = r#"
  parameters: {type: object, properties: {key: {type: string, writeOnly: true}}}
  let: {header: "${'Bearer ' + params.key}", twice: "${header + header}"}
  resources:
    - id: login
      secret: {name: login, data: {header: "${twice}", given: "${has(params.key) ? 'yes' : 'no'}"}}
    - id: shown
      includeWhen: ["${has(params.key)}"]
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: shown}}
"#;
    let rendered = render(&template(good), &json!({"key": "s3cret"}), &Live::new()).unwrap();
    assert!(matches!(&node(&rendered, "login").state, NodeState::Object(object) if object.sensitive));
    for leak in [
        "data: {x: \"${twice}\"}",
        "data: {x: \"${digest(header)}\"}",
        "metadata: {name: shown, labels: {x: \"${params.key}\"}}",
        "data: {x: \"${string(params.size())}\"}",
    ] {
        let (before, after) = good.split_once("metadata: {name: shown}").unwrap();
        let leak = if leak.starts_with("data") {
            format!("metadata: {{name: shown}}, {leak}")
        } else {
            leak.to_owned()
        };
        let text = format!("{HEAD}{}", format!("{before}{leak}{after}").trim_start_matches('\n'));
        finds(
            &text,
            "a `writeOnly` parameter can only be used in the content of a Secret",
            "",
        );
    }
}

#[test]
fn a_secret_anywhere_in_the_schema_is_followed() {
    for (schema, read) in [
        (
            "{keys: {type: object, additionalProperties: {type: string, writeOnly: true}}}",
            "params.keys['a']",
        ),
        (
            "{keys: {type: array, items: {type: string, writeOnly: true}}}",
            "params.keys[0]",
        ),
        (
            "{keys: {type: array, items: {type: string, writeOnly: true}}}",
            "params.keys.map(k, k)[0]",
        ),
        (
            "{keys: {type: object, properties: {a: {type: string, writeOnly: true}}}}",
            "string(params.keys.size())",
        ),
        (
            "{keys: {anyOf: [{type: string, writeOnly: true}, {type: integer}]}}",
            "string(params.keys)",
        ),
    ] {
        let text = format!(
            "{HEAD}  parameters: {{type: object, properties: {schema}}}\n  resources:\n    - id: shown\n      object: \
             {{apiVersion: v1, kind: ConfigMap, metadata: {{name: shown}}, data: {{x: \"${{{read}}}\"}}}}\n"
        );
        finds(
            &text,
            "a `writeOnly` parameter can only be used in the content of a Secret",
            "",
        );
    }
}

#[test]
fn what_is_wrong_with_a_name_is_found_when_it_is_compiled() {
    let text = |names: &str, use_of: &str| {
        format!(
            "{HEAD}  let: {names}\n  resources:\n    - id: shown\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: \
             {{name: shown}}, data: {{x: \"${{{use_of}}}\"}}}}\n"
        )
    };
    for (names, read, message, suggestion) in [
        (
            "{a: \"${b}\", b: \"${c}\", c: \"${a}\"}",
            "a",
            "names are made of each other in a circle: a → b → c → a",
            "",
        ),
        (
            "{host: \"${env.name}\"}",
            "hots",
            "unknown name `hots`",
            "did you mean `host`?",
        ),
        ("{host: \"${env.name}\"}", "env.name", "the name `host` is not used", ""),
        ("{Host: \"${env.name}\"}", "Host", "a name must be lowerCamelCase", ""),
        ("{env: x}", "env.name", "`env` means something else in expressions", ""),
        ("{shown: x}", "shown", "`shown` is the id of a resource too", ""),
        (
            "[a]",
            "env.name",
            "must be a mapping of names to values, not a list",
            "",
        ),
    ] {
        let found = crate::sample::findings(&text(names, read));
        assert!(
            found.iter().any(|finding| finding.message.contains(message)
                && finding.suggestion.as_deref().unwrap_or_default().contains(suggestion)),
            "{message}: {found:#?}"
        );
    }
}

#[test]
fn the_longest_chain_of_names_that_is_allowed_can_be_evaluated() {
    let chain = |length: usize| {
        let mut names = "  let:\n    n0: ${env.name}\n".to_owned();
        for n in 1..length {
            writeln!(names, "    n{n}: \"${{n{} + '.'}}\"", n - 1).unwrap();
        }
        format!(
            "{names}  resources:\n    - id: web\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: web}}, data: {{x: \
             \"${{n{}}}\"}}}}\n",
            length - 1
        )
    };
    let template = template(&chain(200));
    let rendered = std::thread::Builder::new()
        .stack_size(16 * 1024 * 1024)
        .spawn(move || render(&template, &json!({}), &Live::new()).unwrap())
        .unwrap()
        .join()
        .unwrap();
    assert!(
        object(&rendered, "web")["data"]["x"]
            .as_str()
            .unwrap()
            .ends_with("....")
    );
    finds(
        &format!("{HEAD}{}", chain(201)),
        "there may be 200 names; these are 201",
        "",
    );
}
