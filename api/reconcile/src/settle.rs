//! What a pass found about each object, turned into rows, events and one finding. Pure.

use std::collections::BTreeMap;

use berth_cluster::{Health, health};
use berth_model::event::{EventKind, NewEvent};
use berth_model::operation::Cause;
use berth_store::ObjectUpdate;
use berth_template::{Live, LiveObject};

use crate::decide::{Decision, Inventory, Sight};
use crate::observe::Finding;
use crate::plan::Plan;

/// How ready each resource is, by resource.
pub(crate) type Readiness = BTreeMap<String, Health>;

/// The live objects of the inventory by resource, ready by the rule of their kind.
pub(crate) fn live(
    inventory: &Inventory,
    sight: impl Fn(&berth_model::inventory::ObjectRef) -> Sight,
) -> (Live, Readiness) {
    let mut live = Live::new();
    let mut readiness = Readiness::new();
    for row in inventory.values() {
        if let Sight::There(there) = sight(&row.object) {
            let health = health(&row.object.kind, &there.object);
            let ready = health == Health::Ready;
            live.insert(
                row.resource.clone(),
                LiveObject {
                    object: there.object.clone(),
                    ready,
                },
            );
            readiness.insert(row.resource.clone(), health);
        }
    }
    (live, readiness)
}

/// The first cause in dependency order why not everything is ready, or that everything is.
pub(crate) fn finding(plan: &Plan, decision: &Decision, readiness: &Readiness) -> Finding {
    for wanted in &plan.wanted {
        let about = |reason: &str, message: String| Cause {
            reason: reason.to_owned(),
            message: format!("{} {message}", wanted.object),
            resource: Some(wanted.resource.clone()),
        };
        if !decision.settled.contains(&wanted.resource) {
            return Finding::Progressing(about("Applying", "is not in place yet".to_owned()));
        }
        match readiness.get(&wanted.resource) {
            Some(Health::Progressing { reason, message }) => {
                return Finding::Progressing(about(reason, message.clone()));
            }
            Some(Health::Failed { reason, message }) => return Finding::Stalled(about(reason, message.clone())),
            Some(Health::Ready) | None => {}
        }
    }
    match plan.waiting.first() {
        Some(waiting) => Finding::Progressing(Cause {
            reason: "Waiting".to_owned(),
            message: format!(
                "`{}` waits for `{}` of `{}`",
                waiting.resource, waiting.path, waiting.on
            ),
            resource: Some(waiting.resource.clone()),
        }),
        None if !decision.surplus.is_empty() => Finding::Progressing(Cause {
            reason: "Pruning".to_owned(),
            message: format!(
                "{} objects that are wanted no longer are being deleted",
                decision.surplus.len()
            ),
            resource: None,
        }),
        None => Finding::Ready,
    }
}

/// The rows whose readiness is not what is written down, and the events that tell of it.
pub(crate) fn updates(
    inventory: &mut Inventory,
    decision: &Decision,
    readiness: &Readiness,
) -> (Vec<ObjectUpdate>, Vec<NewEvent>) {
    let mut changed = Vec::new();
    let mut events = Vec::new();
    for row in inventory.values_mut() {
        let settled = decision.settled.contains(&row.resource);
        let (ready, message) = match readiness.get(&row.resource) {
            _ if !settled => (false, "not in place yet".to_owned()),
            Some(Health::Progressing { reason: _, message } | Health::Failed { reason: _, message }) => {
                (false, message.clone())
            }
            Some(Health::Ready) | None => (true, String::new()),
        };
        if (row.ready, &row.message) == (ready, &message) {
            continue;
        }
        if ready {
            let event = NewEvent::new(EventKind::ResourceReady, format!("{} is ready", row.object));
            events.push(event.about(&row.resource));
        }
        (row.ready, row.message) = (ready, message);
        changed.push(ObjectUpdate::of(row));
    }
    (changed, events)
}
