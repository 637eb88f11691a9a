//! One round of writing: intents first, then all writes at once, then what came back.

use std::collections::BTreeSet;

use berth_cluster::Live;
use berth_model::Result;
use berth_model::event::{EventKind, NewEvent};
use berth_store::{NewIntent, ObjectUpdate};
use futures::{FutureExt as _, StreamExt as _};
use serde_json::json;

use super::Convergence;
use crate::act;
use crate::decide::{self, Why, Write};
use crate::failure::Blocked;
use crate::plan::{Plan, Wanted};

/// How many objects of one environment are written at the same time.
const AT_ONCE: usize = 16;

/// What is written in one round.
pub(super) struct Round<'p> {
    pub(super) plan: &'p Plan,
    pub(super) writes: Vec<Write>,
}

impl Round<'_> {
    /// Writes, and records what came back. Returns the first obstacle in dependency order, if there was one.
    pub(super) async fn run(self, to: &mut Convergence<'_>) -> Result<Option<Blocked>> {
        self.intend(to).await?;
        let results = self.write(to).await;
        self.record(to, results).await
    }

    /// Writes down every object of the plan that is not in the inventory, in one transaction, before any is made.
    async fn intend(&self, to: &mut Convergence<'_>) -> Result<()> {
        let unknown = |wanted: &&Wanted| match to.inventory.get(&wanted.object) {
            None => true,
            Some(row) => {
                (&row.resource, row.layer, row.on_delete) != (&wanted.resource, wanted.layer, wanted.on_delete)
            }
        };
        let intent = |wanted: &Wanted| NewIntent {
            resource: wanted.resource.clone(),
            object: wanted.object.clone(),
            layer: wanted.layer,
            on_delete: wanted.on_delete,
        };
        let intents: Vec<_> = self.plan.wanted.iter().filter(unknown).map(intent).collect();
        if intents.is_empty() {
            return Ok(());
        }
        let rows = to
            .pass
            .store()
            .inventory_intend(&to.pass.fence, to.pass.id, &intents)
            .await?;
        to.inventory
            .extend(rows.into_iter().map(|row| (row.object.clone(), row)));
        Ok(())
    }

    async fn write(&self, to: &Convergence<'_>) -> Vec<(Write, Result<Live, Blocked>)> {
        let writes = self.writes.iter().map(|write| {
            let wanted = &self.plan.wanted[write.index];
            async move {
                let result = match to.inventory.get(&wanted.object) {
                    Some(row) => act::write(to.pass.cluster(), to.pass.id, wanted, row, to.fresh).await,
                    None => Err(Blocked::vanished(wanted)),
                };
                (write.clone(), result)
            }
            .boxed()
        });
        let writes: Vec<_> = writes.collect();
        let mut results: Vec<_> = futures::stream::iter(writes).buffer_unordered(AT_ONCE).collect().await;
        results.sort_by_key(|(write, _)| write.index);
        results
    }

    async fn record(
        &self,
        to: &mut Convergence<'_>,
        results: Vec<(Write, Result<Live, Blocked>)>,
    ) -> Result<Option<Blocked>> {
        let mut record = to.pass.record(to.environment.generation);
        let mut blocked = None;
        for (write, result) in results {
            let wanted = &self.plan.wanted[write.index];
            match result {
                Ok(live) => {
                    record.events.push(told(&write, wanted));
                    if wanted.object.namespace.is_none() && matches!(write.why, Why::New | Why::Lost) {
                        to.fresh = true;
                    }
                    if let Some(row) = to.inventory.get_mut(&wanted.object) {
                        row.uid = Some(live.uid.clone());
                        row.desired_hash = Some(wanted.digest.clone());
                        row.observed_hash = Some(decide::observed(&live, wanted));
                        record.objects.push(ObjectUpdate::of(row));
                    }
                    to.pass.cluster().watches().record(&wanted.object, live);
                }
                Err(obstacle) => {
                    let event = NewEvent::new(EventKind::ResourceRetrying, obstacle.cause.message.clone());
                    record.events.push(event.about(&wanted.resource));
                    blocked.get_or_insert(obstacle);
                }
            }
        }
        if blocked.as_ref().is_some_and(|blocked| told_before(to, blocked)) {
            record.events.retain(|event| event.kind != EventKind::ResourceRetrying);
        }
        to.pass.commit(record).await?;
        Ok(blocked)
    }
}

/// The event of a successful write; for one that was put back, with whoever changed it.
fn told(write: &Write, wanted: &Wanted) -> NewEvent {
    let object = &wanted.object;
    let event = match &write.why {
        Why::New => NewEvent::new(EventKind::ResourceApplied, format!("{object} was created")),
        Why::Changed => NewEvent::new(EventKind::ResourceApplied, format!("{object} was changed")),
        Why::Lost => NewEvent::new(
            EventKind::ResourceHealed,
            format!("{object} was gone and was made again"),
        ),
        Why::Drifted(drift) => {
            let fields: BTreeSet<_> = drift.iter().map(|field| field.path.clone()).collect();
            let managers: BTreeSet<_> = drift.iter().filter_map(|field| field.manager.clone()).collect();
            let who = managers.into_iter().collect::<Vec<_>>().join(", ");
            let who = if who.is_empty() {
                String::new()
            } else {
                format!(" by {who}")
            };
            NewEvent::new(
                EventKind::ResourceHealed,
                format!("{object} was changed{who} and was put back"),
            )
            .with(json!({"fields": fields}))
        }
    };
    event.about(&wanted.resource)
}

/// Whether the same obstacle is what the conditions say already: then it is no news.
fn told_before(to: &Convergence<'_>, blocked: &Blocked) -> bool {
    to.environment
        .conditions
        .iter()
        .any(|condition| condition.message == blocked.cause.message)
}
