//! `forEach`: one object for every item, each with a name and a place of its own.

use berth_template::{Live, NodeState};
use serde_json::{Value, json};

use crate::rendered::{inputs, live, node, object, render, template};
use crate::sample::{finds, template as document};

const VARIABLES: &str = r#"
  parameters:
    type: object
    properties:
      env: {type: object, additionalProperties: {type: string}, default: {}}
  resources:
    - id: config
      forEach: [{key: "${params.env}"}]
      readyWhen: ["${self.data.value == params.env[each.key]}"]
      object:
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "${'env-' + each.key.lowerAscii()}"}
        data: {value: "${params.env[each.key]}"}
    - id: index
      object:
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: index}
        data: {names: "${config.map(c, c.metadata.name).join(',')}", count: "${string(config.size())}"}
"#;

fn ids(rendered: &berth_template::Rendered) -> Vec<&str> {
    rendered.nodes.iter().map(|node| node.id.as_str()).collect()
}

#[test]
fn every_key_of_a_map_gets_an_object_in_the_order_of_the_keys() {
    let template = template(VARIABLES);
    let given = json!({"env": {"ZOO": "z", "ALPHA": "a"}});
    let rendered = render(&template, &given, &Live::new()).unwrap();
    assert_eq!(ids(&rendered), ["config.env-alpha", "config.env-zoo", "index"]);
    assert_eq!(object(&rendered, "config.env-zoo")["data"]["value"], "z");
    let index = object(&rendered, "index");
    assert_eq!(index["data"]["names"], "env-alpha,env-zoo");
    assert_eq!(index["data"]["count"], "2");
    assert_eq!(
        node(&rendered, "index").dependencies,
        ["config.env-alpha", "config.env-zoo"]
    );
    assert_eq!(node(&rendered, "index").layer, 1);
}

#[test]
fn nothing_to_go_through_is_no_object_and_an_empty_list() {
    let template = template(VARIABLES);
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert!(matches!(node(&rendered, "config").state, NodeState::Excluded { .. }));
    assert_eq!(object(&rendered, "index")["data"]["count"], "0");
}

#[test]
fn each_object_is_ready_by_itself() {
    let template = template(VARIABLES);
    let inputs = inputs(&template, &json!({"env": {"A": "1", "B": "2"}}));
    let there = live(&[
        ("config.env-a", json!({"data": {"value": "1"}}), false),
        ("config.env-b", json!({"data": {"value": "old"}}), false),
    ]);
    let ready = template.readiness(&inputs, &there).unwrap();
    assert_eq!(
        ready,
        [("config.env-a".to_owned(), true), ("config.env-b".to_owned(), false)].into()
    );
}

#[test]
fn several_names_combine_every_item_with_every_item() {
    let template = template(
        r#"
  parameters:
    type: object
    properties:
      zones: {type: array, items: {type: string}, default: [a, b]}
      tiers: {type: array, items: {type: object, properties: {name: {type: string}}}, default: [{name: front}, {name: back}]}
  resources:
    - id: config
      forEach: [{zone: "${params.zones}"}, {tier: "${params.tiers}"}]
      object:
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "${each.zone + '-' + each.tier.name}"}
"#,
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert_eq!(
        ids(&rendered),
        ["config.a-front", "config.a-back", "config.b-front", "config.b-back"]
    );
}

#[test]
fn a_range_that_comes_from_a_resource_waits_for_it() {
    let template = template(
        r#"
  resources:
    - id: source
      object: {apiVersion: v1, kind: Service, metadata: {name: source}}
    - id: config
      forEach: [{ip: "${source.status.ips}"}]
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: "${'ip-' + each.ip}"}}
    - id: after
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: "${config[0].metadata.name + '-after'}"}}
"#,
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert_eq!(ids(&rendered), ["source", "config", "after"]);
    assert!(matches!(&node(&rendered, "config").state, NodeState::Waiting { on, .. } if on == "source"));
    assert!(matches!(&node(&rendered, "after").state, NodeState::Waiting { on, .. } if on == "config"));
    let there = live(&[("source", json!({"status": {"ips": ["1", "2"]}}), true)]);
    let rendered = render(&template, &json!({}), &there).unwrap();
    assert_eq!(ids(&rendered), ["source", "config.ip-1", "config.ip-2", "after"]);
    assert_eq!(object(&rendered, "after")["metadata"]["name"], "ip-1-after");
}

#[test]
fn a_secret_can_be_made_for_each_of_something() {
    let template = template(
        r#"
  parameters: {type: object, properties: {users: {type: array, items: {type: string}, default: [ada, grace]}}}
  resources:
    - id: login
      forEach: [{user: "${params.users}"}]
      secret: {name: "${'login-' + each.user}", generate: {password: {length: 20}}, data: {user: "${each.user}"}}
  outputs:
    first: {secret: {name: "${login[0].metadata.name}", key: password}}
"#,
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert_eq!(ids(&rendered), ["login.login-ada", "login.login-grace"]);
    assert!(format!("{:?}", rendered.outputs).contains("login-ada"));
}

#[test]
fn two_items_never_come_to_the_same_object() {
    let template = template(
        r#"
  parameters: {type: object, properties: {names: {type: array, items: {type: string}, default: []}}}
  resources:
    - id: config
      forEach: [{name: "${params.names}"}]
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: "${each.name.lowerAscii()}"}}
    - id: other
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: taken}}
"#,
    );
    let refused = |names: Value| {
        render(&template, &json!({"names": names}), &Live::new())
            .unwrap_err()
            .message
    };
    assert_eq!(refused(json!(["A", "a"])), "two items come to the same ConfigMap `a`");
    assert_eq!(
        refused(json!(["taken"])),
        "it comes to the same ConfigMap `taken` as `config.taken`"
    );
    assert_eq!(
        refused(json!(["not a name"])),
        "metadata.name is not a DNS name: lower case letters, digits, `-` and `.`"
    );
    let many: Vec<String> = (0..1001).map(|n| format!("n{n}")).collect();
    assert_eq!(refused(json!(many)), "`forEach` comes to more than 1000 objects");
    let most = json!({"names": &many[..1000]});
    assert_eq!(render(&template, &most, &Live::new()).unwrap().nodes.len(), 1001);
}

#[test]
fn a_collection_is_a_list_and_keeps_the_content_of_secrets_to_itself() {
    let text = |read: &str| {
        document(
            "{list: {type: array, items: {type: string}, default: []}}",
            &format!(
                "    - id: login\n      forEach: [{{user: \"${{params.list}}\"}}]\n      secret: {{name: \"${{'l-' + each.user}}\", \
                 data: {{user: \"${{each.user}}\"}}}}\n    - id: shown\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: \
                 {{name: shown}}, data: {{x: \"${{{read}}}\"}}}}\n"
            ),
            "",
        )
    };
    let content = "the content of a Secret cannot be read by an expression";
    finds(&text("login[0].data.user"), content, "");
    finds(&text("login.map(l, l.data.user).join(',')"), content, "");
    finds(
        &text("login.metadata.name"),
        "`login` is a list, one object for every item: it has no `metadata`",
        "write login[0]",
    );
}

#[test]
fn what_goes_wrong_with_for_each_is_found_when_it_is_compiled() {
    let config = |extra: &str, name: &str| {
        document(
            "{list: {type: array, items: {type: string}, default: []}}",
            &format!(
                "    - id: config\n      {extra}\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: \"{name}\"}}, \
                 data: {{l: \"${{string(params.list.size())}}\"}}}}\n"
            ),
            "",
        )
    };
    let each = "forEach: [{item: \"${params.list}\"}]";
    let rows = [
        (
            each,
            "fixed",
            "every item needs an object with a name of its own",
            "use `each.item` in the name",
        ),
        (
            each,
            "${each.itme}-${each.item}",
            "`each` has no `itme`",
            "did you mean `item`?",
        ),
        (
            each,
            "${each.item}-${self.x}",
            "`self` is only known in `readyWhen`",
            "",
        ),
        (
            "includeWhen: [true]",
            "${'x' + each.item}",
            "`each` is only known in a resource with `forEach`",
            "",
        ),
        (
            "forEach: {item: \"${params.list}\"}",
            "x",
            "must be a list of names with what they go through, not a mapping",
            "write [{item:",
        ),
        (
            "forEach: [item]",
            "x",
            "must be one name with what it goes through",
            "write {item:",
        ),
        (
            "forEach: [{item: [a]}]",
            "x",
            "must be a list or a map",
            "write one whole expression",
        ),
        ("forEach: []", "x", "names nothing to go through", ""),
        (
            each,
            "${each.item + string(each)}",
            "`each` is no value; name what `forEach` names",
            "",
        ),
    ];
    for (extra, name, message, suggestion) in rows {
        finds(&config(extra, name), message, suggestion);
    }
    let found = finds(&config(each, "fixed"), "every item needs", "");
    assert_eq!(found.path, "spec.resources[0].object.metadata.name");
}
