//! Composition when it is rendered: flattened under an id, left out as a whole, given parameters, asked for outputs.

use std::fmt::Write as _;

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
    let check = |live: &Live| template.readiness(&inputs, live).unwrap();
    // Only what has a `readyWhen` is judged by it.
    assert_eq!(check(&Live::new()), [("database.server".to_owned(), false)].into());
    for (object, ready) in [
        (json!({}), false),
        (json!({"status": {}}), false),
        (json!({"status": {"readyReplicas": 1}}), false),
        (json!({"status": {"readyReplicas": 2}}), true),
    ] {
        let there = live(&[("database.server", object, false)]);
        assert_eq!(check(&there)["database.server"], ready);
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

#[test]
fn values_that_go_round_between_composed_templates_are_found_without_any_object_between_them() {
    let hand_on = template_with(
        "handon",
        "  parameters: {type: object, properties: {given: {type: string, default: x}}}\n  resources:\n    - id: settings\n      \
         object: {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}\n  outputs: {same: {value: \"${params.given}\"}}\n",
        &[],
    );
    let text = |first: &str, second: &str| {
        format!(
            "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: t, version: 1.0.0}}\nspec:\n  let: {{through: \
             \"${{second.outputs.same}}\"}}\n  resources:\n    - {{id: first, use: {{template: handon, version: ^1, with: {{given: \
             \"{first}\"}}}}}}\n    - {{id: second, use: {{template: handon, version: ^1, with: {{given: \"{second}\"}}}}}}\n"
        )
    };
    for (first, second, circle) in [
        ("${first.outputs.same + through}", "x", "first → first"),
        ("${through}", "${first.outputs.same}", "first → second → first"),
    ] {
        let found = compile(&text(first, second), &vec![hand_on.clone()]).unwrap_err();
        let said = format!("composed templates need each other's outputs in a circle: {circle}");
        assert!(found.iter().any(|f| f.message == said), "{found:#?}");
    }
    assert!(compile(&text("${through}", "x"), &vec![hand_on]).is_ok());
}

#[test]
fn many_references_through_many_templates_cost_no_more_than_one() {
    let hand_on = template_with(
        "handon",
        "  parameters: {type: object, properties: {given: {type: string, default: x}}}\n  resources:\n    - id: settings\n      \
         object: {apiVersion: v1, kind: ConfigMap, metadata: {name: \"${params.given.size() > 9 ? 'x' : params.given}\"}}\n  outputs: \
         {same: {value: \"${params.given}\"}}\n",
        &[],
    );
    let mut text =
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {name: t, version: 1.0.0}\nspec:\n  resources:\n"
            .to_owned();
    for n in 0..60 {
        let before = if n == 0 {
            "env.name".to_owned()
        } else {
            format!("n{}.outputs.same", n - 1)
        };
        writeln!(
            text,
            "    - {{id: n{n}, use: {{template: handon, version: ^1, with: {{given: \"${{{before} == {before} ? {before} : 'a'}}\"}}}}}}"
        )
        .unwrap();
    }
    // Sixty doublings would not end within a lifetime.
    assert!(compile(&text, &vec![hand_on]).is_ok());
}
