//! The catalog's documents: names, versions whose documents never change, and drafts.

mod draft;

pub use draft::NewDraft;

use std::collections::BTreeMap;

use berth_model::environment::Environment;
use berth_model::id::{TemplateId, TemplateVersionId, UserId};
use berth_model::permission::Scope;
use berth_model::template::{TemplateVersion, VersionState};
use berth_model::time::Timestamp;
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use semver::Version;
use serde_json::{Value, json};

use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{environment, team, template, template_version, user};
use crate::page::{Listed, Page};
use crate::row;

/// A version to publish.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The template's name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The document, byte for byte.
    pub document: String,
    /// Digest of the canonical document.
    pub digest: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// The exact versions of the templates it is composed of.
    pub uses: Vec<(String, Version)>,
    /// What people read of it in a list.
    pub card: Value,
    /// Parameters to try it with, by name.
    pub examples: BTreeMap<String, Value>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// It is published now.
    Published,
    /// The same was published before.
    Unchanged,
    /// Another document was published as this version, with that digest. Nothing was changed.
    Differs(String),
}

impl Store {
    /// Publishes a version, and throws away its draft. Publishing the same twice is publishing it once; of two who publish
    /// different documents as one version at the same time, one does.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn template_publish(&self, write: &Write, new: NewVersion) -> Result<Publication> {
        let (name, version, digest) = (new.name.clone(), new.version.to_string(), new.digest.clone());
        match self.try_publish(write, new).await {
            // Somebody was first: what was published decides.
            Err(error) if error.code() == Code::VersionTaken => {
                let published = published(self.read(), &name, &version).await?;
                let published =
                    published.ok_or_else(|| Error::internal("the version is neither there nor not there"))?;
                Ok(verdict(&published.digest, &digest))
            }
            outcome => outcome,
        }
    }

    async fn try_publish(&self, write: &Write, new: NewVersion) -> Result<Publication> {
        let transaction = self.begin().await?;
        let version = new.version.to_string();
        if let Some(published) = published(&transaction, &new.name, &version).await? {
            let verdict = verdict(&published.digest, &new.digest);
            if verdict == Publication::Unchanged && published.uses.is_none() {
                complete(&transaction, published.id, &new).await?;
                transaction.commit().await.map_err(database)?;
            }
            return Ok(verdict);
        }
        let parent = parent(&transaction, &new.name).await?;
        draft::remove(&transaction, &new.name, &version).await?;
        let id = TemplateVersionId::new();
        let now = time::now();
        let data = json!({"name": new.name, "version": new.version, "digest": new.digest});
        let row = template_version::ActiveModel {
            id: Set(id.uuid()),
            template_id: Set(parent.id),
            version: Set(version),
            document: Set(new.document),
            digest: Set(new.digest),
            readme: Set(new.readme),
            state: Set(VersionState::Published.to_string()),
            published_at: Set(now),
            uses: Set(Some(row::json(&new.uses)?)),
            card: Set(Some(new.card)),
            examples: Set(Some(row::json(&new.examples)?)),
            author_id: Set(write.actor.map(UserId::uuid)),
            reason: Set(None),
            changed_at: Set(Some(now)),
        };
        row.insert(&transaction).await.map_err(first)?;
        audit(&transaction, write, "template.publish", id, data).await?;
        transaction.commit().await.map_err(first)?;
        Ok(Publication::Published)
    }

    /// Moves a version to another state of its life.
    ///
    /// # Errors
    /// `not_found`; `state_conflict` where it is in none of the states that lead there.
    pub async fn template_state(
        &self,
        write: &Write,
        scope: &Scope,
        name: &str,
        version: &Version,
        to: VersionState,
        reason: Option<String>,
    ) -> Result<TemplateVersion> {
        use template_version::Column;
        let transaction = self.begin().await?;
        let found = published(&transaction, name, &version.to_string()).await?;
        let now = found.ok_or_else(Error::not_found)?;
        let state = row::word("state", &now.state, VersionState::from_word)?;
        if state != to {
            if !state.leads_to(to) {
                let detail = format!("the version is {state}: it cannot become {to}");
                return Err(Error::new(Code::StateConflict, detail));
            }
            template_version::Entity::update_many()
                .col_expr(Column::State, to.as_str().into())
                .col_expr(Column::Reason, reason.clone().into())
                .col_expr(Column::ChangedAt, time::now().into())
                .filter(Column::Id.eq(now.id))
                .exec(&transaction)
                .await
                .map_err(database)?;
            let data = json!({"name": name, "version": version, "state": to, "reason": reason});
            let target = TemplateVersionId::from(now.id);
            audit(&transaction, write, scope.action().as_str(), target, data).await?;
        }
        transaction.commit().await.map_err(database)?;
        self.template_version(name, version).await?.ok_or_else(Error::not_found)
    }

    /// One version, whatever its state.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn template_version(&self, name: &str, of: &Version) -> Result<Option<TemplateVersion>> {
        let row = published(self.read(), name, &of.to_string()).await?;
        let parent = template::Entity::find()
            .filter(template::Column::Name.eq(name))
            .one(self.read())
            .await
            .map_err(database)?;
        row.zip(parent).map(|(row, parent)| version(row, parent)).transpose()
    }

    /// The environments of every team that are on a version of the template below that one, oldest first. The scope
    /// proves that the caller looks after the whole fleet.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn fleet(&self, _scope: &Scope, name: &str, below: &Version, page: Page) -> Result<Listed<Environment>> {
        let mut found = Vec::new();
        let (limit, mut after) = (page.limit, page.after);
        // Versions do not sort as text: what is not below is passed over here.
        loop {
            let rows = environments(self.read(), name, after, limit + 1).await?;
            let last = u64::try_from(rows.len()).unwrap_or(u64::MAX) <= limit;
            after = rows.last().map(|environment| environment.id.uuid());
            found.extend(
                rows.into_iter()
                    .filter(|environment| environment.template.version < *below),
            );
            if last || u64::try_from(found.len()).unwrap_or(u64::MAX) > limit {
                return Ok(Listed::new(found, limit, |environment| environment.id.uuid()));
            }
        }
    }

    /// Every version whose state was changed at that moment or later: what another replica has done.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn template_changes(&self, since: Option<Timestamp>) -> Result<Vec<TemplateVersion>> {
        use template_version::Column;
        let query = template_version::Entity::find()
            .find_also_related(template::Entity)
            .apply_if(since, |query, since| query.filter(Column::ChangedAt.gte(since)));
        let rows = query.all(self.read()).await.map_err(database)?;
        let known = rows.into_iter().filter_map(|(row, parent)| Some((row, parent?)));
        known.map(|(row, parent)| version(row, parent)).collect()
    }

    /// Every version of every template, by name and then by version.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn template_versions(&self) -> Result<Vec<TemplateVersion>> {
        let query = template_version::Entity::find().find_also_related(template::Entity);
        let rows = query
            .order_by_asc(template_version::Column::Id)
            .all(self.read())
            .await
            .map_err(database)?;
        let known = rows.into_iter().filter_map(|(row, parent)| Some((row, parent?)));
        let mut versions = known
            .map(|(row, parent)| version(row, parent))
            .collect::<Result<Vec<_>>>()?;
        versions.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Ok(versions)
    }
}

/// Environments of a template that are not gone, oldest first.
async fn environments(
    on: &impl ConnectionTrait,
    name: &str,
    after: Option<uuid::Uuid>,
    limit: u64,
) -> Result<Vec<Environment>> {
    use environment::Column;
    let query = environment::Entity::find()
        .filter(Column::TemplateName.eq(name))
        .filter(Column::DeletedAt.is_null())
        .apply_if(after, |query, after| query.filter(Column::Id.gt(after)))
        .order_by_asc(Column::Id)
        .limit(limit)
        .find_also_related(team::Entity)
        .find_also_related(user::Entity);
    let rows = query.all(on).await.map_err(database)?;
    let known = rows
        .into_iter()
        .filter_map(|(row, team, user)| Some((row, team?, user?)));
    known
        .map(|(row, team, user)| row::environment(row, &team.name, &user.username))
        .collect()
}

/// The version's row, when it is published.
async fn published(on: &impl ConnectionTrait, name: &str, version: &str) -> Result<Option<template_version::Model>> {
    let query = template_version::Entity::find()
        .inner_join(template::Entity)
        .filter(template::Column::Name.eq(name))
        .filter(template_version::Column::Version.eq(version));
    query.one(on).await.map_err(database)
}

/// The template of that name, made when there is none.
async fn parent(on: &impl ConnectionTrait, name: &str) -> Result<template::Model> {
    let found = template::Entity::find()
        .filter(template::Column::Name.eq(name))
        .one(on)
        .await;
    if let Some(parent) = found.map_err(database)? {
        return Ok(parent);
    }
    let row = template::ActiveModel {
        id: Set(TemplateId::new().uuid()),
        name: Set(name.to_owned()),
        created_at: Set(time::now()),
    };
    row.insert(on).await.map_err(first)
}

/// Adds what older servers did not write down.
async fn complete(on: &impl ConnectionTrait, id: uuid::Uuid, new: &NewVersion) -> Result<()> {
    use template_version::Column;
    template_version::Entity::update_many()
        .col_expr(Column::Uses, row::json(&new.uses)?.into())
        .col_expr(Column::Card, new.card.clone().into())
        .col_expr(Column::Examples, row::json(&new.examples)?.into())
        .filter(Column::Id.eq(id))
        .exec(on)
        .await
        .map_err(database)?;
    Ok(())
}

fn verdict(published: &str, digest: &str) -> Publication {
    if published == digest {
        Publication::Unchanged
    } else {
        Publication::Differs(published.to_owned())
    }
}

/// A row that somebody else has just written.
fn first(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => {
            Error::new(Code::VersionTaken, Code::VersionTaken.title())
        }
        _ => database(error),
    }
}

fn version(row: template_version::Model, parent: template::Model) -> Result<TemplateVersion> {
    let read = row.version.parse();
    let uses = row.uses.map(|uses| row::document("pin", uses)).transpose()?;
    let examples = row
        .examples
        .map(|examples| row::document("example", examples))
        .transpose()?;
    Ok(TemplateVersion {
        id: row.id.into(),
        template: parent.id.into(),
        name: parent.name,
        version: read.map_err(|error: semver::Error| Error::internal("reading a version").because(error))?,
        document: row.document,
        digest: row.digest,
        readme: row.readme,
        state: row::word("state", &row.state, VersionState::from_word)?,
        published_at: row.published_at,
        uses: uses.unwrap_or_default(),
        card: row.card.unwrap_or(Value::Null),
        examples: examples.unwrap_or_default(),
        author: row.author_id.map(Into::into),
        reason: row.reason,
        changed_at: row.changed_at.unwrap_or(row.published_at),
    })
}
