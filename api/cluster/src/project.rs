//! The cluster's values at exactly the paths of a manifest. Pure.

use serde_json::{Map, Value};

/// The live object's values at exactly the paths of `desired`: what was normalised shows as normalised, what was
/// defaulted or added by others does not show, what was removed is missing.
///
/// Items of lists are matched by their `name`, else by what identifies them in Kubernetes' own lists, else by place.
pub fn project(live: &Value, desired: &Value) -> Value {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            let at = |(key, wanted): (&String, &Value)| Some((key.clone(), project(live.get(key)?, wanted)));
            Value::Object(desired.iter().filter_map(at).collect::<Map<_, _>>())
        }
        (Value::Array(live), Value::Array(desired)) => Value::Array(project_list(live, desired)),
        _ => live.clone(),
    }
}

fn project_list(live: &[Value], desired: &[Value]) -> Vec<Value> {
    let Some(key) = identity(desired) else {
        // Without identity the whole list is ours: an item more or less is a difference.
        let matched = live.iter().enumerate().map(|(index, item)| match desired.get(index) {
            Some(wanted) => project(item, wanted),
            None => item.clone(),
        });
        return matched.collect();
    };
    let same = |wanted: &Value| {
        live.iter()
            .find(|item| item[key] == wanted[key])
            .map(|item| project(item, wanted))
    };
    desired.iter().filter_map(same).collect()
}

/// The field that identifies the items: every item has it, and no two the same.
fn identity(items: &[Value]) -> Option<&'static str> {
    const KEYS: &[&str] = &[
        "name",
        "mountPath",
        "containerPort",
        "port",
        "key",
        "topologyKey",
        "type",
        "ip",
        "host",
    ];
    KEYS.iter().copied().find(|key| {
        let mut seen = Vec::new();
        !items.is_empty()
            && items.iter().all(|item| {
                let value = &item[*key];
                let new = !value.is_null() && !seen.contains(&value);
                seen.push(value);
                new
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_manifest_says_is_looked_at() {
        let desired = json!({"spec": {"replicas": 2, "cpu": "1000m"}});
        let live = json!({"spec": {"replicas": 3, "cpu": "1", "added": true}, "status": {}});
        assert_eq!(project(&live, &desired), json!({"spec": {"replicas": 3, "cpu": "1"}}));
    }

    #[test]
    fn named_items_are_found_wherever_they_are() {
        let desired = json!([{"name": "web", "image": "a"}]);
        let live = json!([{"name": "sidecar", "image": "x"}, {"name": "web", "image": "b", "more": 1}]);
        assert_eq!(project(&live, &desired), json!([{"name": "web", "image": "b"}]));
    }

    #[test]
    fn a_list_without_identity_is_compared_whole() {
        assert_eq!(project(&json!(["a", "b"]), &json!(["a"])), json!(["a", "b"]));
        assert_eq!(project(&json!([]), &json!(["a"])), json!([]));
    }

    #[test]
    fn what_was_removed_is_missing() {
        assert_eq!(
            project(&json!({"data": {}}), &json!({"data": {"a": "1"}})),
            json!({"data": {}})
        );
    }
}
