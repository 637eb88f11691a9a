//! Rendering: waiting, leaving out, layers, secrets and parameters.

use std::collections::BTreeMap;

use berth_template::{Generate, Live, NodeState, OnDelete, Output, SecretPart};
use serde_json::{Value, json};

use crate::rendered::{live, node, object, render, template};

const CHAIN: &str = "
  resources:
    - id: second
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: second}, data: {ip: \"${first.spec.clusterIP}\", name: \"${first.metadata.name}\"}}
    - id: third
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: third}, data: {host: \"${first.status.loadBalancer.ingress[0].ip}\"}}
    - id: named
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: named}, data: {name: \"${first.metadata.name}\", after: \"${second.metadata.name}\"}}
    - id: first
      object: {apiVersion: v1, kind: Service, metadata: {name: first}, spec: {ports: [{port: 80}]}}
  outputs:
    ip: {title: Address, value: \"${first.status.loadBalancer.ingress[0].ip}\"}
    peek: {value: \"${has(first.status.loadBalancer)}\"}
";

#[test]
fn a_reference_to_what_the_template_writes_orders_but_does_not_wait() {
    let template = template(CHAIN);
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    assert_eq!(object(&rendered, "first")["kind"], json!("Service"));
    let layers: BTreeMap<&str, u32> = rendered
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node.layer))
        .collect();
    assert_eq!(
        layers,
        BTreeMap::from([("first", 0), ("second", 1), ("third", 1), ("named", 2)])
    );
    assert_eq!(rendered.nodes[0].id, "first");
    assert_eq!(node(&rendered, "named").dependencies, ["second", "first"]);
    let NodeState::Waiting { on, path } = &node(&rendered, "second").state else {
        panic!("{rendered:#?}")
    };
    assert_eq!((on.as_str(), path.as_str()), ("first", "spec.clusterIP"));
    let NodeState::Waiting { on, path } = &node(&rendered, "third").state else {
        panic!("{rendered:#?}")
    };
    assert_eq!(
        (on.as_str(), path.as_str()),
        ("first", "status.loadBalancer.ingress[0].ip")
    );
    // `second` has nothing rendered that `named` could take its name from.
    assert!(matches!(&node(&rendered, "named").state, NodeState::Waiting { on, .. } if on == "second"));
    assert!(matches!(&rendered.outputs["ip"], Output::Pending { on, .. } if on == "first"));
    assert_eq!(
        rendered.outputs["peek"],
        Output::Value {
            title: None,
            value: json!(false)
        }
    );
}

#[test]
fn live_fields_are_used_when_they_come_and_status_when_it_is_ready() {
    let template = template(CHAIN);
    let service = json!({"metadata": {"name": "first"}, "spec": {"clusterIP": "10.0.0.7"},
        "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}});
    let rendered = render(&template, &json!({}), &live(&[("first", service.clone(), false)])).unwrap();
    assert_eq!(
        object(&rendered, "second")["data"],
        json!({"ip": "10.0.0.7", "name": "first"})
    );
    assert!(matches!(node(&rendered, "third").state, NodeState::Waiting { .. }));
    assert_eq!(
        rendered.outputs["peek"],
        Output::Value {
            title: None,
            value: json!(true)
        }
    );
    let rendered = render(&template, &json!({}), &live(&[("first", service, true)])).unwrap();
    assert_eq!(object(&rendered, "third")["data"]["host"], json!("1.2.3.4"));
    assert_eq!(
        rendered.outputs["ip"],
        Output::Value {
            title: Some("Address".into()),
            value: json!("1.2.3.4")
        }
    );
}

#[test]
fn a_field_that_is_still_missing_when_its_resource_is_ready_is_an_error_with_its_place() {
    let template = template(CHAIN);
    let ready = live(&[("first", json!({"metadata": {"name": "first"}, "spec": {}}), true)]);
    let error = render(&template, &json!({}), &ready).unwrap_err();
    assert_eq!((error.resource.as_str(), error.line), ("second", 8));
    assert_eq!(error.path, "spec.resources[0].object.data.ip");
    assert!(error.message.contains("clusterIP"), "{error}");
    assert!(error.column > 80, "{error}");
}

#[test]
fn what_is_left_out_leaves_out_what_needs_it_and_nothing_else() {
    let template = template(
        "
  parameters: {type: object, properties: {on: {type: boolean, default: false}, deep: {type: boolean, default: true}}}
  resources:
    - id: base
      includeWhen: [\"${params.on}\", \"${params.deep}\"]
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: base}}
    - id: needs
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: needs}, data: {base: \"${base.metadata.name}\"}}
    - id: further
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: further}, data: {needs: \"${needs.metadata.name}\"}}
    - id: asks
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: asks}, data: {base: \"${has(base.metadata) ? base.metadata.name : null}\"}}
    - id: chooses
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: chooses}, data: {base: \"${params.on ? base.metadata.name : 'none'}\"}}
  outputs:
    base: {value: \"${base.metadata.name}\"}
    gated: {value: 1, includeWhen: [\"${params.on}\"]}
",
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    for id in ["base", "needs", "further"] {
        assert!(matches!(node(&rendered, id).state, NodeState::Excluded { .. }), "{id}");
    }
    assert_eq!(object(&rendered, "asks")["data"], json!({}));
    assert_eq!(node(&rendered, "asks").dependencies, Vec::<String>::new());
    assert_eq!(object(&rendered, "chooses")["data"]["base"], json!("none"));
    assert!(rendered.outputs.is_empty());
    let rendered = render(&template, &json!({"on": true}), &Live::new()).unwrap();
    assert_eq!(object(&rendered, "further")["data"]["needs"], json!("needs"));
    assert_eq!(object(&rendered, "asks")["data"]["base"], json!("base"));
    assert_eq!(rendered.outputs.len(), 2);
    let rendered = render(&template, &json!({"on": true, "deep": false}), &Live::new()).unwrap();
    let NodeState::Excluded { because } = &node(&rendered, "base").state else {
        panic!()
    };
    assert!(because.contains("includeWhen[1] is false"), "{because}");
}

#[test]
fn types_are_kept_and_null_leaves_a_field_out() {
    let template = template(
        "
  parameters: {type: object, properties: {n: {type: integer, default: 3}, map: {type: object, additionalProperties: {type: string}, default: {b: x, a: z}}}}
  resources:
    - id: web
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: ${params.n}
          text: ${params.n} of ${params.n}
          gone: ${platform.?storageClass}
          list: [1, \"${null}\", \"${params.n + 1}\"]
          map: ${params.map}
          kept: null
",
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    let expected = json!({"replicas": 3, "text": "3 of 3", "list": [1, 4], "map": {"a": "z", "b": "x"}, "kept": null});
    assert_eq!(object(&rendered, "web")["spec"], expected);
}

#[test]
fn secrets_carry_a_plan_for_what_is_made_in_the_cluster() {
    let template = template(
        "
  parameters: {type: object, properties: {key: {type: string, writeOnly: true, default: k}}}
  resources:
    - id: login
      onDelete: retain
      secret:
        name: login-${env.name}
        generate: {password: {length: 32}}
        data: {user: app, uri: \"pg://app:${generated.password}@db/${params.key}\", copy: \"${generated.password}\", gone: \"${null}\"}
    - id: reads
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: reads}, data: {secret: \"${login.metadata.name}\"}}
",
    );
    let rendered = render(&template, &json!({}), &Live::new()).unwrap();
    let NodeState::Object(secret) = &node(&rendered, "login").state else {
        panic!()
    };
    assert_eq!(secret.object["data"], json!({"user": "YXBw"}));
    assert_eq!(
        (secret.name(), secret.kind(), secret.api_version()),
        ("login-preview", "Secret", "v1")
    );
    assert!(secret.sensitive && !secret.is_namespace());
    assert_eq!(secret.on_delete, OnDelete::Retain);
    let plan = secret.secret.as_ref().unwrap();
    assert_eq!(
        plan.generate,
        BTreeMap::from([("password".to_owned(), Generate { length: 32 })])
    );
    let text = |text: &str| SecretPart::Text(text.to_owned());
    let generated = || SecretPart::Generated("password".to_owned());
    assert_eq!(plan.composed["uri"], [text("pg://app:"), generated(), text("@db/k")]);
    assert_eq!(plan.composed["copy"], [generated()]);
    assert_eq!(object(&rendered, "reads")["data"]["secret"], json!("login-preview"));
    let shown = format!("{rendered:?}");
    assert!(!shown.contains("YXBw") && !shown.contains("pg://"), "{shown}");
}

#[test]
fn what_a_whole_expression_brings_is_checked_again() {
    let template = template(
        "
  parameters: {type: object, properties: {labels: {type: object, additionalProperties: {type: string}, default: {}}, name: {type: string, default: a}}}
  resources:
    - id: a
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: \"${params.name}\", labels: \"${params.labels}\"}}
",
    );
    let refused = |params: Value| render(&template, &params, &Live::new()).unwrap_err().message;
    assert!(refused(json!({"labels": {"berth.dev/environment": "env_other"}})).contains("reserved"));
    assert!(refused(json!({"name": "Not A Name"})).contains("DNS name"));
    assert!(refused(json!({"labels": {"a": "x".repeat(1_100_000)}})).contains("larger"));
}

#[test]
fn parameters_get_their_defaults_deeply_and_findings_never_show_a_value() {
    let template = template(
        "
  parameters:
    type: object
    required: [image]
    properties:
      image: {type: string, minLength: 3}
      database: {type: object, default: {}, properties: {enabled: {type: boolean, default: true}, storage: {type: string, default: 5Gi}}}
      list: {type: array, default: [{}], items: {type: object, properties: {x: {type: integer, default: 1}}}}
      key: {type: string, writeOnly: true, maxLength: 3}
      size: {type: string, enum: [small, large], default: small}
  resources:
    - id: a
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: \"${params.database}\"}
",
    );
    let checked = template
        .check_parameters(&json!({"image": "web", "database": {"storage": "9Gi"}}))
        .unwrap();
    let database = json!({"enabled": true, "storage": "9Gi"});
    let expected = json!({"image": "web", "database": database, "list": [{"x": 1}], "size": "small"});
    assert_eq!(checked, expected);
    assert_eq!(template.check_parameters(&expected).unwrap(), expected);
    let given = json!({"image": "x", "databse": {}, "database": {"enabeld": true, "storage": 7}, "key": "hunter2", "size": "hunter3"});
    let mut found: Vec<(String, String)> = template
        .check_parameters(&given)
        .unwrap_err()
        .into_iter()
        .map(|f| (f.pointer, f.detail))
        .collect();
    found.sort();
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/database/enabeld",
            "/database/storage",
            "/databse",
            "/image",
            "/key",
            "/size"
        ]
    );
    assert!(
        found[0].1.contains("`enabled`") && found[2].1.contains("`database`"),
        "{found:#?}"
    );
    assert!(found.iter().all(|(_, detail)| !detail.contains("hunter")), "{found:#?}");
    let found = template.check_parameters(&Value::Null).unwrap_err();
    assert_eq!(
        (found[0].pointer.as_str(), found[0].detail.as_str()),
        ("/image", "is required")
    );
    assert!(template.check_parameters(&json!([])).is_err());
}
