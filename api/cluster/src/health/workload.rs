//! Workloads: ready when every wanted pod of the latest generation is.

use serde_json::Value;

use super::{Health, condition, text};

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A controller that has not written a status yet has not observed anything.
fn unobserved(object: &Value) -> Option<Health> {
    let observed = number(&object["status"]["observedGeneration"]);
    let behind = observed < number(&object["metadata"]["generation"]).max(1);
    behind.then(|| Health::progressing("Observing", "its controller has not looked at it yet"))
}

fn pods(have: i64, want: i64, what: &str) -> Option<Health> {
    (have < want).then(|| Health::progressing("PodsNotReady", format!("has {have} of {want} pods {what}")))
}

/// As `kubectl rollout status`.
pub(super) fn deployment(object: &Value) -> Health {
    if let Some(behind) = unobserved(object) {
        return behind;
    }
    let status = &object["status"];
    let want = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let updated = number(&status["updatedReplicas"]);
    let waiting = pods(updated, want, "updated")
        .or_else(|| pods(number(&status["availableReplicas"]), want, "available"))
        .or_else(|| {
            let old = number(&status["replicas"]) - updated;
            (old > 0).then(|| Health::progressing("Replacing", format!("has {old} old pods left")))
        });
    let Some(waiting) = waiting else {
        return Health::Ready;
    };
    if let Some(progressing) = condition(object, "Progressing")
        && progressing["reason"] == "ProgressDeadlineExceeded"
    {
        let message = text(&progressing["message"], "makes no progress");
        return Health::Failed {
            reason: "ProgressDeadlineExceeded".to_owned(),
            message,
        };
    }
    refused(object).unwrap_or(waiting)
}

/// Pods that may not even be made: quota, admission.
fn refused(object: &Value) -> Option<Health> {
    let failure = condition(object, "ReplicaFailure").filter(|failure| failure["status"] == "True")?;
    let reason = failure["reason"].as_str().unwrap_or("ReplicaFailure");
    Some(Health::progressing(
        reason,
        text(&failure["message"], "its pods are refused"),
    ))
}

pub(super) fn stateful_set(object: &Value) -> Health {
    if let Some(behind) = unobserved(object) {
        return behind;
    }
    let status = &object["status"];
    let want = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let revised = status["updateRevision"] == status["currentRevision"] || number(&status["updatedReplicas"]) >= want;
    pods(number(&status["readyReplicas"]), want, "ready")
        .or_else(|| (!revised).then(|| Health::progressing("Replacing", "has pods of an older revision")))
        .unwrap_or(Health::Ready)
}

pub(super) fn daemon_set(object: &Value) -> Health {
    if let Some(behind) = unobserved(object) {
        return behind;
    }
    let status = &object["status"];
    let want = number(&status["desiredNumberScheduled"]);
    pods(number(&status["updatedNumberScheduled"]), want, "updated")
        .or_else(|| pods(number(&status["numberAvailable"]), want, "available"))
        .unwrap_or(Health::Ready)
}

pub(super) fn job(object: &Value) -> Health {
    let holds = |kind: &str| condition(object, kind).filter(|condition| condition["status"] == "True");
    if holds("Complete").is_some() {
        return Health::Ready;
    }
    match holds("Failed") {
        Some(failed) => Health::Failed {
            reason: failed["reason"].as_str().unwrap_or("Failed").to_owned(),
            message: text(&failed["message"], "failed"),
        },
        None => Health::progressing("Running", "is not complete"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Health, health};
    use serde_json::{Value, json};

    fn deployment(status: &Value) -> Health {
        health(
            "Deployment",
            &json!({"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}),
        )
    }

    #[test]
    fn a_deployment_is_ready_when_every_pod_is_of_the_latest_generation_and_available() {
        let good = json!({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2});
        assert_eq!(deployment(&good), Health::Ready);
        for (field, value) in [
            ("observedGeneration", 1),
            ("replicas", 3),
            ("updatedReplicas", 1),
            ("availableReplicas", 1),
        ] {
            let mut bad = good.clone();
            bad[field] = json!(value);
            assert!(matches!(deployment(&bad), Health::Progressing { .. }), "{field}");
        }
        assert!(matches!(deployment(&json!({})), Health::Progressing { .. }));
    }

    #[test]
    fn a_deployment_says_when_it_gives_up_and_when_its_pods_are_refused() {
        let with = |condition: &Value| json!({"observedGeneration": 2, "conditions": [condition]});
        let late =
            json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"});
        assert!(matches!(deployment(&with(&late)), Health::Failed { .. }));
        let refused =
            json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"});
        let Health::Progressing { reason, message } = deployment(&with(&refused)) else {
            panic!("not refused")
        };
        assert_eq!((reason.as_str(), message.as_str()), ("FailedCreate", "exceeded quota"));
    }

    #[test]
    fn a_stateful_set_waits_for_its_pods_and_its_revision() {
        let set = |status: Value| {
            health(
                "StatefulSet",
                &json!({"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": status}),
            )
        };
        assert_eq!(set(json!({"observedGeneration": 1, "readyReplicas": 1})), Health::Ready);
        assert!(matches!(
            set(json!({"observedGeneration": 1})),
            Health::Progressing { .. }
        ));
        let old = json!({"observedGeneration": 1, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"});
        assert!(matches!(set(old), Health::Progressing { .. }));
    }

    #[test]
    fn a_job_ends_one_way_or_the_other() {
        let job = |kind: &str| {
            health(
                "Job",
                &json!({"status": {"conditions": [{"type": kind, "status": "True"}]}}),
            )
        };
        assert_eq!(job("Complete"), Health::Ready);
        assert!(matches!(job("Failed"), Health::Failed { .. }));
        assert!(matches!(health("Job", &json!({})), Health::Progressing { .. }));
    }
}
