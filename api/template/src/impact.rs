//! What another version would do to an environment: its objects now beside its objects then.
//!
//! Compares two renderings, both as they are before anything is there. Tells which fields differ and never their values.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::rendered::{NodeState, OnDelete, Rendered, RenderedObject};

/// Most fields that are named for one object.
const MOST: usize = 20;

/// Fields that Kubernetes does not let anybody change: the object has to be made again. By kind, as JSON Pointers.
const FIXED: &[(&str, &[&str])] = &[
    ("Deployment", &["/spec/selector"]),
    (
        "StatefulSet",
        &[
            "/spec/selector",
            "/spec/serviceName",
            "/spec/volumeClaimTemplates",
            "/spec/podManagementPolicy",
        ],
    ),
    (
        "PersistentVolumeClaim",
        &[
            "/spec/accessModes",
            "/spec/storageClassName",
            "/spec/volumeMode",
            "/spec/selector",
            "/spec/dataSource",
        ],
    ),
    ("Job", &["/spec/template", "/spec/selector", "/spec/completionMode"]),
    ("Service", &["/spec/clusterIP"]),
    ("RoleBinding", &["/roleRef"]),
    ("Secret", &["/type"]),
];

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It is made.
    Create,
    /// Some of its fields change.
    Change,
    /// It goes.
    Delete,
    /// It leaves the environment and stays in the cluster.
    Retain,
    /// A field changes that cannot be changed: it has to be made again.
    Replace,
}

/// What happens to one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectChange {
    /// The template resource it comes from.
    pub resource: String,
    /// Group and version.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// What happens to it.
    pub effect: Effect,
    /// The fields that differ: the first twenty, as JSON Pointers.
    pub fields: Vec<String>,
    /// Whether data that it holds is lost.
    pub data_loss: bool,
}

/// Every object that is not the same in both, in the order of their kinds and names.
pub fn impact(before: &Rendered, after: &Rendered) -> Vec<ObjectChange> {
    let (old, new) = (objects(before), objects(after));
    let mut changes = Vec::new();
    for (key, (id, object)) in &new {
        match old.get(key) {
            None => changes.push(change(id, object, Effect::Create, Vec::new())),
            Some((_, was)) => {
                let mut fields = Vec::new();
                differ(&was.object, &object.object, &mut String::new(), &mut fields);
                if was.secret != object.secret {
                    fields.push("/data".to_owned());
                }
                if !fields.is_empty() {
                    let fixed = fixed(object.kind())
                        .iter()
                        .any(|pointer| was.object.pointer(pointer) != object.object.pointer(pointer));
                    let effect = if fixed { Effect::Replace } else { Effect::Change };
                    changes.push(change(id, object, effect, fields));
                }
            }
        }
    }
    for (key, (id, object)) in &old {
        if !new.contains_key(key) {
            let effect = match object.on_delete {
                OnDelete::Delete => Effect::Delete,
                OnDelete::Retain | OnDelete::SnapshotThenDelete => Effect::Retain,
            };
            changes.push(change(id, object, effect, Vec::new()));
        }
    }
    changes.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    changes
}

type Key = (String, String, String);

fn objects(rendered: &Rendered) -> BTreeMap<Key, (&str, &RenderedObject)> {
    let mut objects = BTreeMap::new();
    for node in &rendered.nodes {
        if let NodeState::Object(object) = &node.state {
            let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
            let key = (group.to_owned(), object.kind().to_owned(), object.name().to_owned());
            objects.insert(key, (node.id.as_str(), object.as_ref()));
        }
    }
    objects
}

fn change(id: &str, object: &RenderedObject, effect: Effect, mut fields: Vec<String>) -> ObjectChange {
    fields.truncate(MOST);
    let goes = matches!(effect, Effect::Delete | Effect::Replace);
    let holds_data = matches!(
        object.kind(),
        "StatefulSet" | "PersistentVolumeClaim" | "Cluster" | "DBInstance"
    );
    ObjectChange {
        resource: id.to_owned(),
        api_version: object.api_version().to_owned(),
        kind: object.kind().to_owned(),
        name: object.name().to_owned(),
        effect,
        fields,
        data_loss: goes && holds_data && object.on_delete == OnDelete::Delete,
    }
}

fn fixed(kind: &str) -> &'static [&'static str] {
    FIXED
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or(&[], |(_, pointers)| *pointers)
}

/// The pointers of what differs; of a list that has grown or shrunk, the list's.
fn differ(before: &Value, after: &Value, at: &mut String, into: &mut Vec<String>) {
    if before == after || into.len() > MOST {
        return;
    }
    let length = at.len();
    let step = |at: &mut String, name: &str| {
        at.push('/');
        at.push_str(&name.replace('~', "~0").replace('/', "~1"));
    };
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                step(at, name);
                let value = |fields: &serde_json::Map<String, Value>| fields.get(name).cloned().unwrap_or(Value::Null);
                differ(&value(one), &value(other), at, into);
                at.truncate(length);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                step(at, &index.to_string());
                differ(one, other, at, into);
                at.truncate(length);
            }
        }
        _ => into.push(at.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rendered::Node;

    fn rendered(objects: &[(Value, OnDelete)]) -> Rendered {
        let node = |(object, on_delete): &(Value, OnDelete)| Node {
            id: "it".to_owned(),
            layer: 0,
            dependencies: Vec::new(),
            state: NodeState::Object(Box::new(RenderedObject {
                object: object.clone(),
                secret: None,
                on_delete: *on_delete,
                sensitive: false,
            })),
        };
        Rendered {
            nodes: objects.iter().map(node).collect(),
            outputs: BTreeMap::new(),
        }
    }

    fn object(kind: &str, spec: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "it"}, "spec": spec})
    }

    #[test]
    fn each_change_has_its_effect() {
        let nothing = || rendered(&[]);
        let one = |kind: &str, spec: Value, on_delete| rendered(&[(object(kind, &spec), on_delete)]);
        let keep = OnDelete::Retain;
        let go = OnDelete::Delete;
        for (before, after, effect, fields, data_loss) in [
            (nothing(), one("Service", json!({}), go), Effect::Create, vec![], false),
            (one("Service", json!({}), go), nothing(), Effect::Delete, vec![], false),
            (
                one("PersistentVolumeClaim", json!({}), go),
                nothing(),
                Effect::Delete,
                vec![],
                true,
            ),
            (
                one("PersistentVolumeClaim", json!({}), keep),
                nothing(),
                Effect::Retain,
                vec![],
                false,
            ),
            (
                one("Deployment", json!({"replicas": 1, "paused": false}), go),
                one("Deployment", json!({"replicas": 2}), go),
                Effect::Change,
                vec!["/spec/paused", "/spec/replicas"],
                false,
            ),
            (
                one("Deployment", json!({"selector": {"a": "b"}}), go),
                one("Deployment", json!({"selector": {"a": "c"}}), go),
                Effect::Replace,
                vec!["/spec/selector/a"],
                false,
            ),
            (
                one("StatefulSet", json!({"volumeClaimTemplates": [1]}), go),
                one("StatefulSet", json!({"volumeClaimTemplates": [1, 2]}), go),
                Effect::Replace,
                vec!["/spec/volumeClaimTemplates"],
                true,
            ),
        ] {
            let changes = impact(&before, &after);
            assert_eq!(changes.len(), 1);
            assert_eq!(
                (changes[0].effect, changes[0].data_loss),
                (effect, data_loss),
                "{changes:?}"
            );
            assert_eq!(changes[0].fields, fields);
        }
        let same = one("Service", json!({"a": 1}), go);
        assert_eq!(impact(&same, &same), []);
    }
}
