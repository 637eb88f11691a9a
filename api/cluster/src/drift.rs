//! Which fields of ours somebody else changed, who, and when. Pure.

use berth_model::time::Timestamp;
use serde_json::Value;

use crate::live::Live;

/// A field of ours with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDrift {
    /// JSON pointer into the object.
    pub path: String,
    /// The other field manager, where `managedFields` names one.
    pub manager: Option<String>,
    /// When it last changed something.
    pub at: Option<Timestamp>,
}

/// The fields of the manifest that the live object has other values for. A field that the API server normalises shows
/// here although nobody changed it, so this describes a drift that was found otherwise; it does not find one.
pub fn describe(live: &Live, desired: &Value) -> Vec<FieldDrift> {
    let mut fields = Vec::new();
    compare(&live.object, desired, &mut String::new(), &mut fields);
    let described = fields.into_iter().map(|path| {
        let owner = live
            .managers
            .iter()
            .filter(|manager| owns(&manager.fields, &path))
            .max_by_key(|manager| manager.at);
        FieldDrift {
            manager: owner.map(|owner| owner.name.clone()),
            at: owner.and_then(|owner| owner.at),
            path,
        }
    });
    let described: Vec<_> = described.collect();
    // A drift has an author; where one is known, what nobody is known to have changed is normalisation.
    if described.iter().any(|field| field.manager.is_some()) {
        described.into_iter().filter(|field| field.manager.is_some()).collect()
    } else {
        described
    }
}

fn compare(live: &Value, desired: &Value, path: &mut String, fields: &mut Vec<String>) {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            for (key, wanted) in desired {
                let length = path.len();
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                compare(live.get(key).unwrap_or(&Value::Null), wanted, path, fields);
                path.truncate(length);
            }
        }
        (live, desired) if live != desired => fields.push(path.clone()),
        _ => {}
    }
}

/// Whether a `FieldsV1` set has the path, or has something above it as a whole: an atomic map or list.
fn owns(fields: &Value, path: &str) -> bool {
    let mut at = fields;
    for key in path.split('/').skip(1) {
        match at.get(format!("f:{}", key.replace("~1", "/").replace("~0", "~"))) {
            Some(below) => at = below,
            None => return at.as_object().is_some_and(serde_json::Map::is_empty),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_author_of_a_drift_is_named() {
        let live = Live::new(json!({
            "metadata": {"uid": "1", "managedFields": [
                {"manager": "berth", "fieldsV1": {"f:spec": {"f:paused": {}}}},
                {"manager": "kubectl-scale", "time": "2026-11-23T10:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kubectl-edit", "time": "2026-11-23T11:00:00Z", "fieldsV1": {"f:spec": {"f:selector": {}}}},
            ]},
            "spec": {"replicas": 5, "cpu": "1", "selector": {"app": "else"}},
        }));
        let desired = json!({"spec": {"replicas": 2, "cpu": "1000m", "selector": {"app": "web"}}});
        let drift = describe(&live, &desired);
        let found: Vec<_> = drift
            .iter()
            .map(|field| (field.path.as_str(), field.manager.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("/spec/replicas", Some("kubectl-scale")),
                ("/spec/selector/app", Some("kubectl-edit"))
            ]
        );
        assert!(live.object["metadata"].get("managedFields").is_none());
    }
}
