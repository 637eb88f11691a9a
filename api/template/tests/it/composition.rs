//! Composition when it is rendered: flattened under an id, left out as a whole, given parameters, asked for outputs.

use std::sync::Arc;

use berth_template::{Compiled, Live, NodeState, OnDelete, Output, compile};
use serde_json::json;

use crate::rendered::{inputs, live, node, object, render, template_with};

fn database() -> Arc<Compiled> {
    template_with(
        "db",
        "
  parameters: {type: object, required: [size], properties: {size: {type: integer, maximum: 9}, name: {type: string, default: db}}}
  resources:
    - id: login
      secret: {name: \"${params.name}-login\", generate: {password: {length: 32}}}
    - id: server
      onDelete: retain
      object: {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: \"${params.name}\"}, spec: {replicas: \"${params.size}\", login: \"${login.metadata.name}\"}}
      readyWhen: [\"${self.status.readyReplicas == params.size}\"]
  outputs:
    host: {value: \"${params.name}.svc\"}
    address: {value: \"${server.status.address}\"}
    login: {secret: {name: \"${login.metadata.name}\", key: password}}
",
        &[],
    )
}

const COMPOSED: &str = "
  parameters: {type: object, properties: {size: {type: integer, default: 2}, with: {type: boolean, default: true}}}
  resources:
    - id: settings
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: main}}
    - id: database
      includeWhen: [\"${params.with}\"]
      onDelete: delete
      use: {template: db, version: ^1, with: {size: \"${params.size}\", name: \"${settings.metadata.name}\"}}
    - id: web
      object:
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: web}
        data: {host: \"${params.with ? database.outputs.host : 'none'}\", ref: \"${has(database.outputs.login) ? database.outputs.login.name + '/' + database.outputs.login.key : null}\"}
    - id: late
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {address: \"${database.outputs.address}\"}}
  outputs:
    login: {secret: {name: \"${database.outputs.login.name}\", key: \"${database.outputs.login.key}\"}}
";

#[test]
fn a_composed_template_is_flattened_under_its_id() {
    let template = template_with("test", COMPOSED, &[database()]);
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    let ids: Vec<(&str, u32)> = rendered
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.layer))
        .collect();
    assert_eq!(
        ids,
        [
            ("settings", 0),
            ("database.login", 1),
            ("database.server", 2),
            ("web", 2),
            ("late", 3)
        ]
    );
    assert_eq!(
        object(&rendered, "database.server")["spec"],
        json!({"replicas": 2, "login": "main-login"})
    );
    assert_eq!(
        node(&rendered, "database.server").dependencies,
        ["settings", "database.login"]
    );
    assert_eq!(
        object(&rendered, "web")["data"],
        json!({"host": "main.svc", "ref": "main-login/password"})
    );
    let NodeState::Waiting { on, path } = &node(&rendered, "late").state else {
        panic!("{rendered:#?}")
    };
    assert_eq!((on.as_str(), path.as_str()), ("database.server", "status.address"));
    let expected = Output::Secret {
        title: None,
        name: "main-login".into(),
        key: "password".into(),
    };
    assert_eq!(rendered.outputs["login"], expected);
    let NodeState::Object(server) = &node(&rendered, "database.server").state else {
        panic!()
    };
    assert_eq!(server.on_delete, OnDelete::Delete);
    let ready = live(&[("database.server", json!({"status": {"address": "10.1.1.1"}}), true)]);
    let rendered = render(&template, &json!({}), &ready).unwrap();
    assert_eq!(object(&rendered, "late")["data"]["address"], json!("10.1.1.1"));
}

#[test]
fn leaving_out_a_composed_template_leaves_out_all_of_it() {
    let template = template_with("test", COMPOSED, &[database()]);
    let rendered = render(&template, &json!({"with": false}), &Live::new()).unwrap();
    for id in ["database.login", "database.server", "late"] {
        assert!(matches!(node(&rendered, id).state, NodeState::Excluded { .. }), "{id}");
    }
    assert_eq!(object(&rendered, "web")["data"], json!({"host": "none"}));
    assert!(rendered.outputs.is_empty());
}

#[test]
fn parameters_that_do_not_fit_a_composed_template_are_an_error_of_the_template_that_uses_it() {
    let template = template_with("test", COMPOSED, &[database()]);
    let error = render(&template, &json!({"size": 10}), &Live::new()).unwrap_err();
    assert_eq!(error.path, "spec.resources[1].use.template");
    assert!(
        error.message.contains("/size") && error.message.contains("`db`"),
        "{error}"
    );
}

#[test]
fn ready_when_looks_at_the_live_object() {
    let template = template_with("test", COMPOSED, &[database()]);
    let inputs = inputs(&template, &json!({}));
    let check = |id: &str, live: &Live| template.ready_when(id, &inputs, live);
    assert_eq!(check("web", &Live::new()), Ok(None));
    assert_eq!(check("nobody", &Live::new()), Ok(None));
    assert_eq!(check("database.server", &Live::new()), Ok(Some(false)));
    for (object, ready) in [
        (json!({}), false),
        (json!({"status": {}}), false),
        (json!({"status": {"readyReplicas": 1}}), false),
        (json!({"status": {"readyReplicas": 2}}), true),
    ] {
        assert_eq!(
            check("database.server", &live(&[("database.server", object, false)])),
            Ok(Some(ready))
        );
    }
}

#[test]
fn a_cycle_through_a_composed_template_is_found() {
    let text = format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: t, version: 1.0.0}}\nspec:{}",
        COMPOSED.replace(
            "metadata: {name: main}",
            "metadata: {name: main}, data: {x: \"${database.outputs.address}\"}"
        )
    );
    let found = compile(&text, &vec![database()]).unwrap_err();
    assert!(
        found
            .iter()
            .any(|f| f.message.contains("settings → database.server → settings")),
        "{found:#?}"
    );
}
