//! Takes an environment away, and prunes what is wanted no longer. Needs the inventory and nothing else: neither the
//! template nor the parameters.

use berth_cluster::{Deleted, Failure, Live};
use berth_model::Result;
use berth_model::condition::{Condition, ConditionKind, ConditionStatus};
use berth_model::environment::Environment;
use berth_model::event::{EventKind, NewEvent};
use berth_model::id::InventoryId;
use berth_model::inventory::InventoryObject;
use berth_model::time;
use berth_store::{OperationEnd, PassRecord, Work};
use futures::{FutureExt as _, StreamExt as _};

use crate::decide::{self, Inventory, Removal};
use crate::pass::{KindOf, Outcome, Pass};

/// How many objects of one environment are deleted at the same time.
const AT_ONCE: usize = 16;
/// Going for longer than this is worth a word on why.
const STUCK: std::time::Duration = std::time::Duration::from_mins(1);

/// Takes the environment away.
pub(crate) async fn run(pass: &Pass, work: Work) -> Result<Outcome> {
    let Work {
        environment,
        operation,
        inventory,
    } = work;
    if let Some(operation) = operation.as_ref().filter(|operation| operation.started_at.is_none()) {
        pass.store().operation_start(&pass.fence, operation.id).await?;
    }
    let mut inventory: Inventory = inventory.into_iter().map(|row| (row.object.clone(), row)).collect();
    watch(pass, &inventory).await?;
    loop {
        let rows: Vec<_> = inventory.values().map(|row| row.id).collect();
        let step = Step::make(pass, &mut inventory, &rows).await;
        let left = inventory.len();
        let mut record = step.record(pass, &environment);
        if left == 0 {
            record.deleted = true;
            record.observed_generation = Some(environment.generation);
            record.conditions = Some(not_ready(
                &environment,
                "Deleted",
                "everything is gone".to_owned(),
                None,
            ));
            record
                .events
                .push(NewEvent::new(EventKind::EnvironmentDeleted, "everything is gone"));
            record.operation = operation
                .as_ref()
                .map(|operation| (operation.id, OperationEnd::Succeeded));
        } else {
            record.conditions = step.explain(pass, &environment, &inventory);
        }
        pass.commit(record).await?;
        match step.next() {
            _ if left == 0 => return Ok(Outcome::Settled),
            Next::Again => {}
            Next::Wait => return Ok(Outcome::Waiting { until: Some(STUCK) }),
            Next::Retry(after) => return Ok(Outcome::Retry { after }),
        }
    }
}

/// Deletes what is wanted no longer. True when something did not work and is to be tried again.
pub(crate) async fn prune(
    pass: &Pass,
    environment: &Environment,
    inventory: &mut Inventory,
    surplus: &[InventoryId],
) -> Result<bool> {
    loop {
        let left: Vec<_> = inventory
            .values()
            .map(|row| row.id)
            .filter(|id| surplus.contains(id))
            .collect();
        if left.is_empty() {
            return Ok(false);
        }
        let step = Step::make(pass, inventory, &left).await;
        pass.commit(step.record(pass, environment)).await?;
        match step.next() {
            Next::Again => {}
            Next::Wait => return Ok(false),
            Next::Retry(_) => return Ok(true),
        }
    }
}

/// Starts the watches that tell when things are gone. A kind that no longer exists has no objects either.
async fn watch(pass: &Pass, inventory: &Inventory) -> Result<()> {
    let mut kinds: Vec<_> = inventory
        .values()
        .map(KindOf::kind_of)
        .filter(berth_cluster::is_watched)
        .collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        match pass.cluster().watches().ensure(std::slice::from_ref(&kind)).await {
            Ok(()) | Err(Failure::NoSuchKind { .. }) => {}
            Err(failure) => {
                let error =
                    berth_model::Error::new(berth_model::Code::ClusterUnavailable, "the cluster cannot be watched");
                return Err(match failure.retry_after() {
                    Some(wait) => error.retry_after(wait),
                    None => error,
                }
                .because(failure));
            }
        }
    }
    Ok(())
}

enum Next {
    /// Something is done: look at what is left.
    Again,
    /// Everything left is on its way, and a watch will tell.
    Wait,
    /// Something did not work, or is not watched.
    Retry(Option<std::time::Duration>),
}

/// What one step over the highest layer came to.
#[derive(Debug, Default)]
struct Step {
    gone: Vec<InventoryObject>,
    retained: Vec<InventoryObject>,
    going: Vec<InventoryObject>,
    /// UIDs that were found out.
    identified: usize,
    failures: Vec<(InventoryObject, Failure)>,
    unwatched: bool,
}

enum Effect {
    Gone,
    Going,
    Retained,
    Identified(String),
    Failed(Failure),
}

impl Step {
    async fn make(pass: &Pass, inventory: &mut Inventory, of: &[InventoryId]) -> Self {
        let rows: Vec<_> = inventory.values().filter(|row| of.contains(&row.id)).collect();
        let removal = decide::remove(&rows, |object| pass.sight(object));
        let find = |id: &InventoryId| rows.iter().find(|row| row.id == *id).map(|row| (*row).clone());
        let effects = effects(pass, &removal, find).await;
        let mut step = Self::default();
        for (row, effect) in effects {
            match effect {
                Effect::Gone => {
                    inventory.remove(&row.object);
                    step.gone.push(row);
                }
                Effect::Retained => {
                    inventory.remove(&row.object);
                    step.retained.push(row);
                }
                Effect::Going => {
                    step.unwatched |= !berth_cluster::is_watched(&row.kind_of());
                    step.going.push(row);
                }
                Effect::Identified(uid) => {
                    step.identified += 1;
                    if let Some(row) = inventory.get_mut(&row.object) {
                        row.uid = Some(uid);
                    }
                }
                Effect::Failed(failure) => step.failures.push((row, failure)),
            }
        }
        step
    }

    fn next(&self) -> Next {
        match self.failures.first() {
            Some((_, failure)) => Next::Retry(failure.retry_after()),
            None if !self.gone.is_empty() || !self.retained.is_empty() || self.identified > 0 => Next::Again,
            None if self.unwatched => Next::Retry(None),
            None => Next::Wait,
        }
    }

    fn record(&self, pass: &Pass, environment: &Environment) -> PassRecord {
        let mut record = pass.record(environment.generation);
        for row in &self.gone {
            let event = NewEvent::new(EventKind::ResourceDeleted, format!("{} is gone", row.object));
            record.events.push(event.about(&row.resource));
        }
        for row in &self.retained {
            let message = format!("{} stays in the cluster, without Berth's labels", row.object);
            record
                .events
                .push(NewEvent::new(EventKind::ResourceDeleted, message).about(&row.resource));
        }
        record.gone = self.gone.iter().chain(&self.retained).map(|row| row.id).collect();
        record
    }

    /// What the deletion waits for, as a condition, where that is news.
    fn explain(&self, pass: &Pass, environment: &Environment, inventory: &Inventory) -> Option<Vec<Condition>> {
        let now = time::now();
        let (reason, message, resource) = if let Some((row, failure)) = self.failures.first() {
            (
                "DeleteRefused",
                format!("{} cannot be deleted: {failure}", row.object),
                Some(row.resource.clone()),
            )
        } else {
            let stuck = self.going.iter().find_map(|row| {
                let live = pass.cluster().watches().get(&row.object)?;
                Some((row, blocker(&live, now)?))
            });
            match stuck {
                Some((row, why)) => (
                    "DeletionBlocked",
                    format!("{} {why}", row.object),
                    Some(row.resource.clone()),
                ),
                None => (
                    "Deleting",
                    match inventory.len() {
                        1 => "one object is left".to_owned(),
                        left => format!("{left} objects are left"),
                    },
                    None,
                ),
            }
        };
        let conditions = not_ready(environment, reason, message, resource);
        (conditions != environment.conditions).then_some(conditions)
    }
}

/// The environment's conditions with another reason why it is not ready.
fn not_ready(environment: &Environment, reason: &str, message: String, resource: Option<String>) -> Vec<Condition> {
    let mut conditions = environment.conditions.clone();
    Condition {
        kind: ConditionKind::Ready,
        status: ConditionStatus::False,
        reason: reason.to_owned(),
        message,
        resource,
        observed_generation: environment.generation,
        last_transition_time: time::now(),
    }
    .set(&mut conditions);
    conditions
}

/// Why an object that has been going for a while is still there.
fn blocker(live: &Live, now: time::Timestamp) -> Option<String> {
    let since = live.deletion_timestamp?;
    let long = (now - since).to_std().is_ok_and(|age| age >= STUCK);
    let finalizer = live.finalizers.first().filter(|_| long)?;
    Some(format!(
        "is kept by the finalizer `{finalizer}` since {}",
        since.format("%Y-%m-%dT%H:%M:%SZ")
    ))
}

async fn effects(
    pass: &Pass,
    removal: &Removal,
    find: impl Fn(&InventoryId) -> Option<InventoryObject>,
) -> Vec<(InventoryObject, Effect)> {
    let Removal {
        gone,
        delete,
        retain,
        look,
        going,
    } = removal;
    let mut effects: Vec<_> = gone.iter().filter_map(&find).map(|row| (row, Effect::Gone)).collect();
    effects.extend(going.iter().filter_map(&find).map(|row| (row, Effect::Going)));
    let rows = delete
        .iter()
        .filter_map(|(id, _)| find(id))
        .map(|row| (row, Act::Delete));
    let rows = rows.chain(retain.iter().filter_map(&find).map(|row| (row, Act::Retain)));
    let acts = rows.chain(look.iter().filter_map(&find).map(|row| (row, Act::Look)));
    let acts: Vec<_> = acts.collect();
    let acts: Vec<_> = acts
        .into_iter()
        .map(|(row, act)| {
            async move {
                let effect = perform(pass, &row, act).await;
                (row, effect)
            }
            .boxed()
        })
        .collect();
    effects.extend(
        futures::stream::iter(acts)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await,
    );
    effects
}

enum Act {
    Delete,
    Retain,
    Look,
}

async fn perform(pass: &Pass, row: &InventoryObject, act: Act) -> Effect {
    let cluster = pass.cluster();
    let uid = row.uid.as_deref().unwrap_or_default();
    match act {
        Act::Delete => match cluster.delete(&row.object, uid).await {
            Ok(Deleted::Gone) => {
                cluster.watches().forget(&row.object, uid);
                Effect::Gone
            }
            Ok(Deleted::Going(live)) => {
                cluster.watches().record(&row.object, live);
                Effect::Going
            }
            // Another object has the name now. Ours is gone; whether this one is ours too, its label tells.
            Ok(Deleted::Replaced) => look(pass, row).await,
            Err(Failure::NoSuchKind { .. }) => Effect::Gone,
            Err(failure) => Effect::Failed(failure),
        },
        Act::Retain => match cluster.release(&row.object, uid).await {
            Ok(()) => Effect::Retained,
            Err(Failure::NoSuchKind { .. } | Failure::NotFound { .. }) => Effect::Gone,
            Err(failure) => Effect::Failed(failure),
        },
        Act::Look => look(pass, row).await,
    }
}

/// Settles an intent that may or may not have had its effect, by looking for our label. What does not carry it is
/// not ours: the row goes, the object stays.
async fn look(pass: &Pass, row: &InventoryObject) -> Effect {
    match pass.cluster().get(&row.object).await {
        Ok(Some(live)) if live.environment() == Some(pass.id) && live.is_going() => Effect::Going,
        Ok(Some(live)) if live.environment() == Some(pass.id) => Effect::Identified(live.uid),
        Ok(Some(_) | None) | Err(Failure::NoSuchKind { .. }) => Effect::Gone,
        Err(failure) => Effect::Failed(failure),
    }
}
