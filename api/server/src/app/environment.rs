//! Environments: permission, then whether template and data fit, then one transaction.
//!
//! Writes intent only: nothing here knows a cluster.

pub mod check;
pub mod choice;
pub mod intent;
pub mod label;
pub mod merge;
pub mod score;
pub mod settle;

use std::collections::BTreeMap;

use berth_model::account::{Team, User};
use berth_model::condition::{Desired, Phase};
use berth_model::environment::{Environment, TemplateRef};
use berth_model::event::Event;
use berth_model::id::EnvironmentId;
use berth_model::inventory::InventoryObject;
use berth_model::name::{TeamName, Username};
use berth_model::operation::Operation;
use berth_model::permission::{Action, Caller};
use berth_model::{Code, Error, FieldError, Result, namespace, time};
use berth_store::{Answer, Change, EnvironmentFilter, Listed, NewEnvironment, Page, Write};
use berth_template::Compiled;

use crate::app::environment::intent::Intent;
use crate::app::environment::merge::{Merged, Patch};
use crate::app::team;
use crate::state::App;

/// How often a change is made again on what the engine wrote in between.
const TRIES: usize = 8;

/// Accepts an environment. `answer` makes the document that the same request gets when it is sent again.
///
/// # Errors
/// `not_found` for a team that the caller may not know of, `forbidden`, `template_unknown`, `invalid_parameters`,
/// `name_taken`, `quota_exceeded`. Nothing is written then.
pub async fn create(
    app: &App,
    caller: &Caller,
    write: &Write,
    intent: Intent,
    answer: impl FnOnce(&Environment, &Operation) -> Result<Answer> + Send,
) -> Result<(Environment, Operation)> {
    let Intent {
        team,
        name,
        template,
        parameters,
        labels,
        source,
    } = intent;
    let team = team::named(app, caller, &team).await.map_err(no_such_team)?;
    let scope = caller
        .in_team(Action::EnvironmentCreate, team.id)
        .map_err(no_such_team)?;
    let template = template.resolve(&app.catalog)?;
    let new = NewEnvironment {
        team: team.id,
        namespace: namespace::derive(team.id, &team.name, &name),
        name,
        template: reference(&template),
        parameters: check::parameters(&template, &parameters)?,
        labels,
        cluster: app.cluster.clone(),
        source,
    };
    let (account, _) = app
        .store
        .user_get(caller.user)
        .await?
        .ok_or_else(|| Error::internal("the caller is gone"))?;
    check::rendering(template, &draft(&new, &team, account), &app.platform).await?;
    app.store.environment_create(write, &scope, new, answer).await
}

/// The environment as it would be, before there is one.
fn draft(new: &NewEnvironment, team: &Team, owner: User) -> Environment {
    let NewEnvironment {
        team: _,
        name,
        template,
        parameters,
        labels,
        cluster,
        namespace,
        source,
    } = new.clone();
    let now = time::now();
    Environment {
        id: EnvironmentId::new(),
        team: team.id,
        team_name: team.name.clone(),
        name,
        owner: owner.id,
        owner_name: owner.username,
        template,
        parameters,
        labels,
        cluster,
        namespace,
        source,
        desired: Desired::Running,
        generation: 1,
        revision: 1,
        version: 1,
        observed_generation: 0,
        conditions: Vec::new(),
        outputs: BTreeMap::new(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// Changes what is wanted of an environment; without an operation when nothing is different.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_failed`, `state_conflict` while it is going, `template_unknown`,
/// `invalid_parameters`. Nothing is written then.
pub async fn update(
    app: &App,
    caller: &Caller,
    write: &Write,
    id: EnvironmentId,
    if_match: Option<i64>,
    patch: &Patch,
) -> Result<(Environment, Option<Operation>)> {
    let mut tries = TRIES;
    loop {
        let now = get(app, caller, id).await?;
        let scope = caller.in_team(Action::EnvironmentUpdate, now.team)?;
        let (seen, change) = (now.version, changed(app, now, patch).await?);
        // What was merged into is what must still be there, whether the caller asks for that or not.
        let result = app
            .store
            .environment_update(write, &scope, id, Some(if_match.unwrap_or(seen)), change)
            .await;
        match result {
            Err(error) if error.code() == Code::PreconditionFailed && if_match.is_none() && tries > 1 => tries -= 1,
            result => return result,
        }
    }
}

/// What is wanted after the patch, checked.
async fn changed(app: &App, now: Environment, patch: &Patch) -> Result<Change> {
    if now.desired == Desired::Absent {
        return Err(Error::new(Code::StateConflict, "the environment is being deleted"));
    }
    let template = match patch.template() {
        Some(choice) => choice.resolve(&app.catalog)?,
        None => app
            .catalog
            .get(&now.template.name, &now.template.version)
            .ok_or_else(|| {
                Error::new(
                    Code::TemplateUnavailable,
                    format!("`{}` is not in the catalog any more", now.template),
                )
            })?,
    };
    let merged = patch
        .apply(&now.parameters, &now.labels, now.source.as_ref())
        .map_err(Error::fields)?;
    let Merged {
        parameters,
        labels,
        source,
    } = merged;
    let parameters = check::parameters(&template, &parameters)?;
    let change = Change {
        template: reference(&template),
        parameters,
        labels,
        source,
    };
    let Change {
        template: wanted,
        parameters,
        labels,
        source,
    } = change.clone();
    let then = Environment {
        template: wanted,
        parameters,
        labels,
        source,
        revision: now.revision + 1,
        ..now
    };
    check::rendering(template, &then, &app.platform).await?;
    Ok(change)
}

/// Wants an environment gone. Asking again is answered like the first time.
///
/// # Errors
/// `not_found`, `forbidden`, `precondition_failed`.
pub async fn delete(
    app: &App,
    caller: &Caller,
    write: &Write,
    id: EnvironmentId,
    if_match: Option<i64>,
) -> Result<(Environment, Operation)> {
    let environment = get(app, caller, id).await?;
    let scope = caller.in_team(Action::EnvironmentDelete, environment.team)?;
    app.store.environment_delete(write, &scope, id, if_match).await
}

/// An environment.
///
/// # Errors
/// `not_found`.
pub async fn get(app: &App, caller: &Caller, id: EnvironmentId) -> Result<Environment> {
    app.store
        .environment_get(&caller.scope(Action::EnvironmentRead), id)
        .await
}

/// Which environments, as a caller says it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of the team of that name.
    pub team: Option<TeamName>,
    /// Asked for by the person of that name.
    pub owner: Option<Username>,
    /// Of that template.
    pub template: Option<String>,
    /// In that phase.
    pub phase: Option<Phase>,
    /// With that label.
    pub label: Option<(String, String)>,
}

/// The environments that the caller may see. A team or a person that the caller may not know of has none.
///
/// # Errors
/// The database cannot be read.
pub async fn list(app: &App, caller: &Caller, wanted: Wanted, page: Page) -> Result<Listed<Environment>> {
    let Wanted {
        team,
        owner,
        template,
        phase,
        label,
    } = wanted;
    let nothing = || Listed {
        items: Vec::new(),
        next: None,
    };
    let team = match team {
        None => None,
        Some(name) => match team::named(app, caller, &name).await {
            Ok(team) => Some(team.id),
            Err(error) if error.code() == Code::NotFound => return Ok(nothing()),
            Err(error) => return Err(error),
        },
    };
    let owner = match owner {
        None => None,
        Some(name) => match app.store.user_by_name(&name).await? {
            Some(user) => Some(user.id),
            None => return Ok(nothing()),
        },
    };
    let filter = EnvironmentFilter {
        team,
        owner,
        template,
        phase,
        label,
    };
    app.store
        .environment_list(&caller.scope(Action::EnvironmentRead), &filter, page)
        .await
}

/// The objects of an environment, lowest layer first.
///
/// # Errors
/// `not_found`.
pub async fn resources(app: &App, caller: &Caller, id: EnvironmentId) -> Result<Vec<InventoryObject>> {
    app.store
        .inventory_list(&caller.scope(Action::EnvironmentRead), id)
        .await
}

/// The events of an environment, oldest first.
///
/// # Errors
/// `not_found`.
pub async fn events(app: &App, caller: &Caller, id: EnvironmentId, page: Page<i64>) -> Result<Listed<Event, i64>> {
    get(app, caller, id).await?;
    app.store
        .event_list(&caller.scope(Action::EnvironmentRead), id, None, page)
        .await
}

/// The operations of an environment, oldest first.
///
/// # Errors
/// `not_found`.
pub async fn operations(app: &App, caller: &Caller, id: EnvironmentId, page: Page) -> Result<Listed<Operation>> {
    get(app, caller, id).await?;
    app.store
        .operation_list(&caller.scope(Action::EnvironmentRead), id, page)
        .await
}

fn reference(template: &Compiled) -> TemplateRef {
    TemplateRef {
        name: template.name().to_owned(),
        version: template.version().clone(),
    }
}

/// The field is named; whether the team is missing or somebody else's is not said.
fn no_such_team(error: Error) -> Error {
    if error.code() != Code::NotFound {
        return error;
    }
    let detail = "there is no such team, or none that you may see".to_owned();
    error.with_fields(vec![FieldError {
        pointer: "/team".to_owned(),
        detail,
    }])
}
