//! Rows into the types of the model. A row that does not parse is our own fault, never a caller's.

use berth_model::account::{Team, User};
use berth_model::environment::{Environment, TemplateRef};
use berth_model::event::{Event, EventKind, NewEvent};
use berth_model::inventory::{InventoryObject, ObjectRef, OnDelete};
use berth_model::name::{Email, EnvironmentName, TeamName, Username};
use berth_model::operation::Operation;
use berth_model::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::entity;

fn spoiled(what: &str) -> Error {
    Error::internal(format!("the database holds a {what} that cannot be read"))
}

/// A word of one of the model's vocabularies.
pub(crate) fn word<T>(what: &str, text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T> {
    read(text).ok_or_else(|| spoiled(what))
}

pub(crate) fn document<T: DeserializeOwned>(what: &str, value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| spoiled(what).because(error))
}

/// The JSON of something that has one.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::internal("writing a document").because(error))
}

pub(crate) fn team_name(text: &str) -> Result<TeamName> {
    TeamName::parse(text).map_err(|error| spoiled("team name").because(error))
}

pub(crate) fn username(text: &str) -> Result<Username> {
    Username::parse(text).map_err(|error| spoiled("username").because(error))
}

pub(crate) fn template_ref(name: String, version: &str) -> Result<TemplateRef> {
    let version = version
        .parse()
        .map_err(|error: semver::Error| spoiled("version").because(error))?;
    Ok(TemplateRef { name, version })
}

pub(crate) fn user(row: &entity::user::Model) -> Result<User> {
    Ok(User {
        id: row.id.into(),
        email: Email::parse(&row.email).map_err(|error| spoiled("email").because(error))?,
        username: username(&row.username)?,
        role: word("role", &row.role, berth_model::role::PlatformRole::from_word)?,
        disabled_at: row.disabled_at,
        created_at: row.created_at,
    })
}

pub(crate) fn team(row: entity::team::Model) -> Result<Team> {
    let entity::team::Model {
        id,
        name,
        title,
        version,
        created_at,
    } = row;
    Ok(Team {
        id: id.into(),
        name: team_name(&name)?,
        title,
        version,
        created_at,
    })
}

pub(crate) fn environment(row: entity::environment::Model, team: &str, owner: &str) -> Result<Environment> {
    Ok(Environment {
        id: row.id.into(),
        team: row.team_id.into(),
        team_name: team_name(team)?,
        name: EnvironmentName::parse(&row.name).map_err(|error| spoiled("name").because(error))?,
        owner: row.owner_id.into(),
        owner_name: username(owner)?,
        template: template_ref(row.template_name, &row.template_version)?,
        parameters: row.parameters,
        labels: document("label", row.labels)?,
        cluster: row.cluster,
        namespace: row.namespace,
        source: row.source.map(|source| document("source", source)).transpose()?,
        desired: word(
            "desired state",
            &row.desired,
            berth_model::condition::Desired::from_word,
        )?,
        generation: row.generation,
        revision: row.revision,
        version: row.version,
        observed_generation: row.observed_generation,
        conditions: document("condition", row.conditions)?,
        outputs: document("output", row.outputs)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
    })
}

pub(crate) fn operation(row: entity::operation::Model) -> Result<Operation> {
    Ok(Operation {
        id: row.id.into(),
        environment: row.environment_id.into(),
        team: row.team_id.into(),
        kind: word(
            "kind of operation",
            &row.kind,
            berth_model::operation::OperationKind::from_word,
        )?,
        state: word("state", &row.state, berth_model::operation::OperationState::from_word)?,
        generation: row.generation,
        requested_by: row.requested_by.into(),
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        cause: row.cause.map(|cause| document("cause", cause)).transpose()?,
        superseded_by: row.superseded_by.map(Into::into),
    })
}

pub(crate) fn event(row: entity::event::Model) -> Result<Event> {
    let entity::event::Model {
        sequence,
        environment_id,
        team_id,
        operation_id,
        kind,
        resource,
        message,
        data,
        at,
    } = row;
    Ok(Event {
        sequence,
        environment: environment_id.into(),
        team: team_id.into(),
        operation: operation_id.map(Into::into),
        event: NewEvent {
            kind: word("kind of event", &kind, EventKind::from_word)?,
            resource,
            message,
            data,
        },
        at,
    })
}

pub(crate) fn inventory(row: entity::inventory_object::Model) -> Result<InventoryObject> {
    Ok(InventoryObject {
        id: row.id.into(),
        environment: row.environment_id.into(),
        resource: row.resource,
        object: ObjectRef {
            api_version: row.api_version,
            kind: row.kind,
            // An index does not see two missing values as the same: the cluster-wide have the empty namespace.
            namespace: Some(row.namespace).filter(|namespace| !namespace.is_empty()),
            name: row.name,
        },
        layer: i32::try_from(row.layer).unwrap_or(i32::MAX),
        on_delete: word("way of deletion", &row.on_delete, OnDelete::from_word)?,
        uid: row.uid,
        desired_hash: row.desired_hash,
        observed_hash: row.observed_hash,
        ready: row.ready,
        message: row.message,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
