//! Brings an environment up, and keeps it as it should be.
//!
//! Rounds of render, decide, write and record until nothing is left to write; then what is surplus goes, and what
//! was found is written down once.

use std::sync::Arc;
use std::time::Duration;

use berth_cluster::Kind;
use berth_model::environment::Environment;
use berth_model::operation::{Cause, Operation};
use berth_model::{Result, time};
use berth_store::{OperationEnd, Work};
use berth_template::Compiled;

use crate::converge::round::Round;
use crate::decide::{self, Decision, Inventory};
use crate::dismantle;
use crate::failure::{Blocked, Remedy};
use crate::observe::{self, Finding};
use crate::pass::{KindOf, Outcome, Pass};
use crate::plan::{self, Plan, Sources};
use crate::settle::{self, Readiness};

mod round;

/// After so many refusals in a row, what may pass is taken not to.
const DOUBTS: u32 = 5;

/// A pass that brings one environment up.
#[derive(Debug)]
pub(crate) struct Convergence<'a> {
    pass: &'a Pass,
    environment: Arc<Environment>,
    operation: Option<Operation>,
    inventory: Inventory,
    baseline: Arc<Compiled>,
    template: Arc<Compiled>,
    /// Whether this pass has made the namespace: nobody else's object can be in it.
    fresh: bool,
}

/// What the last round saw.
#[derive(Debug)]
struct Seen {
    plan: Plan,
    decision: Decision,
    readiness: Readiness,
}

/// Makes the pass.
pub(crate) async fn run(pass: &Pass, work: Work) -> Result<Outcome> {
    let Work {
        environment,
        operation,
        inventory,
    } = work;
    let catalog = &pass.shared.config.catalog;
    let baseline = catalog.latest("baseline");
    let template = catalog.get(&environment.template.name, &environment.template.version);
    let (Some(baseline), Some(template)) = (baseline, template) else {
        let message = format!(
            "the template {} or the baseline is not in the catalog",
            environment.template
        );
        let cause = Cause {
            reason: "TemplateMissing".to_owned(),
            message,
            resource: None,
        };
        return conclude_blocked(
            pass,
            &environment,
            operation.as_ref(),
            Blocked {
                cause,
                remedy: Remedy::Retry(None),
            },
        )
        .await;
    };
    if let Some(operation) = operation.as_ref().filter(|operation| operation.started_at.is_none()) {
        pass.store().operation_start(&pass.fence, operation.id).await?;
    }
    let inventory = inventory.into_iter().map(|row| (row.object.clone(), row)).collect();
    let environment = Arc::new(environment);
    let mut convergence = Convergence {
        pass,
        environment,
        operation,
        inventory,
        baseline,
        template,
        fresh: false,
    };
    convergence.run().await
}

impl Convergence<'_> {
    async fn run(&mut self) -> Result<Outcome> {
        if let Err(failure) = self.pass.cluster().watches().ensure(&self.kinds()).await {
            return self.blocked(Blocked::watching(&failure)).await;
        }
        self.look_after_secrets().await;
        let seen = match self.write_all().await? {
            Ok(seen) => seen,
            Err(blocked) => return self.blocked(blocked).await,
        };
        let mut retry = false;
        if seen.decision.settled.len() == seen.plan.wanted.len() && seen.plan.waiting.is_empty() {
            let surplus = &seen.decision.surplus;
            retry = dismantle::prune(self.pass, &self.environment, &mut self.inventory, surplus).await?;
        }
        self.conclude(seen, retry).await
    }

    /// Rounds until nothing can be written any more. Each round writes what the one before made possible.
    async fn write_all(&mut self) -> Result<Result<Seen, Blocked>> {
        loop {
            let (plan, readiness) = match self.render().await {
                Ok(rendered) => rendered,
                Err(error) => return Ok(Err(Blocked::rendering(&error))),
            };
            let mut decision = decide::decide(&plan, &self.inventory, |object| self.pass.sight(object));
            if decision.writes.is_empty() {
                return Ok(Ok(Seen {
                    plan,
                    decision,
                    readiness,
                }));
            }
            let writes = std::mem::take(&mut decision.writes);
            let blocked = Round { plan: &plan, writes }.run(self).await?;
            if let Some(blocked) = blocked {
                return Ok(Err(blocked));
            }
        }
    }

    /// Renders on the template pool, against what is live now.
    async fn render(&self) -> Result<(Plan, Readiness), berth_template::RenderError> {
        let (mut live, mut readiness) = settle::live(&self.inventory, |object| self.pass.sight(object));
        let (environment, baseline, template) =
            (self.environment.clone(), self.baseline.clone(), self.template.clone());
        let config = self.pass.shared.config.clone();
        berth_template::pool::run(move || {
            let sources = Sources {
                environment: &environment,
                baseline: &baseline,
                template: &template,
                platform: &config.platform,
                service_account: config.service_account.as_deref(),
            };
            plan::ready_when(&sources, &mut live, &mut readiness)?;
            Ok((plan::make(&sources, &live)?, readiness))
        })
        .await
    }

    /// Secrets are not watched, so that nobody needs to read them cluster-wide. When something that was ready is not
    /// any more, a Secret that is gone may be why: then it is asked for, by name, in the environment's own namespace.
    async fn look_after_secrets(&mut self) {
        use berth_model::condition::Phase;
        if self.environment.phase() != Phase::Degraded {
            return;
        }
        let cluster = self.pass.cluster();
        for row in self
            .inventory
            .values_mut()
            .filter(|row| !berth_cluster::is_watched(&row.kind_of()))
        {
            if matches!(cluster.get(&row.object).await, Ok(None)) {
                row.uid = None;
            }
        }
    }

    fn kinds(&self) -> Vec<Kind> {
        let of = |template: &Compiled| -> Vec<Kind> {
            let kind = |kind: &berth_template::Kind| Kind {
                api_version: kind.api_version.clone(),
                kind: kind.kind.clone(),
            };
            template.kinds().iter().map(kind).collect()
        };
        let mut kinds = [of(&self.baseline), of(&self.template)].concat();
        kinds.extend(self.inventory.values().map(KindOf::kind_of));
        kinds.retain(berth_cluster::is_watched);
        kinds.sort();
        kinds.dedup();
        kinds
    }

    async fn conclude(&mut self, seen: Seen, retry: bool) -> Result<Outcome> {
        let mut seen = seen;
        let present = |id: &_| self.inventory.values().any(|row| row.id == *id);
        seen.decision.surplus.retain(present);
        let found = settle::finding(&seen.plan, &seen.decision, &seen.readiness);
        let finding = self.judge(found);
        let mut record = self.pass.record(self.environment.generation);
        (record.objects, record.events) = settle::updates(&mut self.inventory, &seen.decision, &seen.readiness);
        if finding == Finding::Ready && self.environment.outputs != seen.plan.outputs {
            record.outputs = Some(seen.plan.outputs);
        }
        finish(&mut record, &self.environment, self.operation.as_ref(), &finding);
        self.pass.commit(record).await?;
        Ok(match finding {
            _ if retry => Outcome::Retry { after: None },
            Finding::Ready | Finding::Stalled(_) => Outcome::Settled,
            Finding::Progressing(_) => Outcome::Waiting {
                until: self.time_left(),
            },
        })
    }

    /// Gives up on what has come up for too long, and stays with that until it is ready or changed.
    fn judge(&self, found: Finding) -> Finding {
        let Finding::Progressing(cause) = found else {
            return found;
        };
        let ended = self.operation.is_none() && !observe::provisioned(&self.environment);
        if !ended && self.time_left() != Some(Duration::ZERO) {
            return Finding::Progressing(cause);
        }
        let minutes = self.pass.shared.config.progress_deadline.as_secs() / 60;
        let message = format!("not ready after {minutes} minutes; first cause: {}", cause.message);
        Finding::Stalled(Cause {
            reason: "ProgressDeadlineExceeded".to_owned(),
            message,
            ..cause
        })
    }

    fn time_left(&self) -> Option<Duration> {
        let operation = self.operation.as_ref()?;
        let spent = (time::now() - operation.created_at).to_std().unwrap_or_default();
        Some(self.pass.shared.config.progress_deadline.saturating_sub(spent))
    }

    async fn blocked(&self, blocked: Blocked) -> Result<Outcome> {
        conclude_blocked(self.pass, &self.environment, self.operation.as_ref(), blocked).await
    }
}

/// Writes down why the pass cannot go on.
async fn conclude_blocked(
    pass: &Pass,
    environment: &Environment,
    operation: Option<&Operation>,
    blocked: Blocked,
) -> Result<Outcome> {
    let Blocked { cause, remedy } = blocked;
    tracing::info!(environment = %pass.id, reason = cause.reason, message = cause.message, "blocked");
    let hopeless = pass.shared.failures(pass.id) >= DOUBTS;
    let (finding, outcome) = match remedy {
        Remedy::Change => (Finding::Stalled(cause), Outcome::Settled),
        Remedy::Doubt(after) if hopeless => (Finding::Stalled(cause), Outcome::Retry { after }),
        Remedy::Doubt(after) | Remedy::Retry(after) => (Finding::Progressing(cause), Outcome::Retry { after }),
    };
    let mut record = pass.record(environment.generation);
    finish(&mut record, environment, operation, &finding);
    pass.commit(record).await?;
    Ok(outcome)
}

/// Adds what the finding means for the environment and its operation, where that is anything new.
fn finish(
    record: &mut berth_store::PassRecord,
    environment: &Environment,
    operation: Option<&Operation>,
    finding: &Finding,
) {
    let conditions = observe::conditions(environment, finding, time::now());
    if conditions != environment.conditions {
        record.events.extend(observe::transition(environment, &conditions));
        record.conditions = Some(conditions);
    }
    if environment.observed_generation != environment.generation {
        record.observed_generation = Some(environment.generation);
    }
    record.operation = operation.and_then(|operation| match finding {
        Finding::Ready => Some((operation.id, OperationEnd::Succeeded)),
        Finding::Stalled(cause) => Some((operation.id, OperationEnd::Failed(cause.clone()))),
        Finding::Progressing(_) => None,
    });
}
