//! Whether an object is ready, by the rule of its kind. Pure: the object in, the answer out.
//!
//! The rules are those of Kubernetes' own tools (`kubectl rollout status`, kstatus).

mod workload;

use serde_json::Value;

/// How an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ready,
    /// On its way.
    Progressing {
        /// One CamelCase word.
        reason: String,
        /// What it waits for.
        message: String,
    },
    /// It says itself that it does not get there.
    Failed {
        /// One CamelCase word.
        reason: String,
        /// Why.
        message: String,
    },
}

impl Health {
    fn progressing(reason: &str, message: impl Into<String>) -> Self {
        Self::Progressing {
            reason: reason.to_owned(),
            message: message.into(),
        }
    }
}

/// How the object is, by the rule of its kind.
pub fn health(kind: &str, object: &Value) -> Health {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Health::progressing("Terminating", "is being deleted");
    }
    match kind {
        "Deployment" => workload::deployment(object),
        "StatefulSet" => workload::stateful_set(object),
        "DaemonSet" => workload::daemon_set(object),
        "Job" => workload::job(object),
        "Namespace" => phase(object, "Active"),
        "PersistentVolumeClaim" => phase(object, "Bound"),
        "PodDisruptionBudget" => observed(object).unwrap_or(Health::Ready),
        // An external load balancer needs its address; whatever else a Service or an Ingress is, being there is enough.
        "Service" if object["spec"]["type"] == "LoadBalancer" => address(object),
        "Service" | "Ingress" | "HorizontalPodAutoscaler" | "CronJob" => Health::Ready,
        _ => by_conditions(object),
    }
}

/// Kinds without a rule: their conditions, and where there are none, being there is enough.
fn by_conditions(object: &Value) -> Health {
    if let Some(behind) = observed(object) {
        return behind;
    }
    let Some(condition) = ["Ready", "Available", "Synced", "Established"]
        .iter()
        .find_map(|kind| condition(object, kind))
    else {
        return Health::Ready;
    };
    if condition["status"] == "True" {
        return Health::Ready;
    }
    Health::progressing(
        condition["reason"].as_str().unwrap_or("NotReady"),
        text(&condition["message"], "is not ready"),
    )
}

fn phase(object: &Value, wanted: &str) -> Health {
    match object["status"]["phase"].as_str() {
        Some(phase) if phase == wanted => Health::Ready,
        Some(phase) => Health::progressing(phase, format!("is {phase}")),
        None => Health::progressing("Pending", "has no phase yet"),
    }
}

fn address(object: &Value) -> Health {
    match object["status"]["loadBalancer"]["ingress"].as_array() {
        Some(list) if !list.is_empty() => Health::Ready,
        _ => Health::progressing("AddressPending", "has no address yet"),
    }
}

/// Not ready while the controller has not seen the latest generation.
fn observed(object: &Value) -> Option<Health> {
    let observed = object["status"]["observedGeneration"].as_i64()?;
    let behind = observed < object["metadata"]["generation"].as_i64().unwrap_or(0);
    behind.then(|| Health::progressing("Observing", "was changed, and its controller has not looked yet"))
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"]
        .as_array()?
        .iter()
        .find(|condition| condition["type"] == kind)
}

fn text(value: &Value, otherwise: &str) -> String {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn kinds_without_status_are_ready_when_they_are_there() {
        for kind in [
            "ConfigMap",
            "Secret",
            "ServiceAccount",
            "NetworkPolicy",
            "RoleBinding",
            "ResourceQuota",
            "LimitRange",
        ] {
            assert_eq!(
                health(kind, &json!({"metadata": {"generation": 1}})),
                Health::Ready,
                "{kind}"
            );
        }
    }

    #[test]
    fn what_is_being_deleted_is_not_ready() {
        let object = json!({"metadata": {"deletionTimestamp": "2026-11-23T10:00:00Z"}});
        assert!(matches!(health("ConfigMap", &object), Health::Progressing { .. }));
    }

    #[test]
    fn other_kinds_follow_their_conditions() {
        let with = |status: &str, observed: i64| {
            json!({"metadata": {"generation": 2}, "status": {"observedGeneration": observed,
                "conditions": [{"type": "Ready", "status": status, "reason": "Because", "message": "so"}]}})
        };
        assert_eq!(health("Cluster", &with("True", 2)), Health::Ready);
        assert_eq!(
            health("Cluster", &with("False", 2)),
            Health::progressing("Because", "so")
        );
        assert!(matches!(
            health("Cluster", &with("True", 1)),
            Health::Progressing { .. }
        ));
    }

    #[test]
    fn a_claim_is_ready_when_it_is_bound() {
        assert_eq!(
            health("PersistentVolumeClaim", &json!({"status": {"phase": "Bound"}})),
            Health::Ready
        );
        assert!(matches!(
            health("PersistentVolumeClaim", &json!({"status": {"phase": "Pending"}})),
            Health::Progressing { .. }
        ));
    }
}
