//! Drafts: versions on their way, one for each version that is not published.

use std::collections::BTreeMap;

use berth_model::permission::Scope;
use berth_model::template::Draft;
use berth_model::{Code, Error, Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use semver::Version;
use serde_json::{Value, json};

use super::published;
use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::template_draft::{ActiveModel, Column, Entity, Model};
use crate::row;

/// A draft as somebody writes it.
#[derive(Debug, Clone)]
pub struct NewDraft {
    /// The template's name.
    pub name: String,
    /// The version it is to be.
    pub version: Version,
    /// The document.
    pub document: String,
    /// Documentation for developers, Markdown.
    pub readme: String,
    /// Parameters to try it with, by name.
    pub examples: BTreeMap<String, Value>,
}

impl Store {
    /// Writes a draft; true when there was none. Somebody else's draft only with the entity tag it has.
    ///
    /// # Errors
    /// `version_taken` when the version is published; `state_conflict` when the draft is somebody else's and no entity
    /// tag was sent; `precondition_failed` when it is another one.
    pub async fn draft_put(
        &self,
        write: &Write,
        scope: &Scope,
        if_match: Option<i64>,
        new: NewDraft,
    ) -> Result<(Draft, bool)> {
        let transaction = self.begin().await?;
        let key = (new.name.clone(), new.version.to_string());
        if let Some(published) = published(&transaction, &key.0, &key.1).await? {
            let detail = format!(
                "{} {} is published, with the digest {}, and never changes; raise the version",
                key.0, key.1, published.digest
            );
            return Err(Error::new(Code::VersionTaken, detail));
        }
        let mut query = Entity::find_by_id(key.clone());
        if self.locks_rows() {
            query = query.lock_exclusive();
        }
        let old = query.one(&transaction).await.map_err(database)?;
        if if_match.is_some() && old.as_ref().map(|old| old.revision) != if_match {
            return Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()));
        }
        if let Some(old) = &old
            && if_match.is_none()
            && old.author_id != scope.user().uuid()
        {
            let detail = format!(
                "somebody else is drafting {} {}; send its ETag as If-Match to go on with it",
                key.0, key.1
            );
            return Err(Error::new(Code::StateConflict, detail));
        }
        let now = time::now();
        let row = ActiveModel {
            template_name: Set(key.0.clone()),
            version: Set(key.1.clone()),
            document: Set(new.document),
            readme: Set(new.readme),
            examples: Set(row::json(&new.examples)?),
            author_id: Set(scope.user().uuid()),
            revision: Set(old.as_ref().map_or(1, |old| old.revision + 1)),
            created_at: Set(old.as_ref().map_or(now, |old| old.created_at)),
            updated_at: Set(now),
        };
        let written = match &old {
            Some(_) => row.update(&transaction).await,
            None => row.insert(&transaction).await,
        };
        let written = written.map_err(|error| match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::new(
                Code::StateConflict,
                "somebody else has just begun to draft this version",
            ),
            _ => database(error),
        })?;
        let data = json!({"name": key.0, "version": key.1, "revision": written.revision});
        audit(
            &transaction,
            write,
            "template.draft",
            format!("{}@{}", key.0, key.1),
            data,
        )
        .await?;
        transaction.commit().await.map_err(database)?;
        Ok((read(written)?, old.is_none()))
    }

    /// A draft.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn draft_get(&self, _scope: &Scope, name: &str, version: &Version) -> Result<Option<Draft>> {
        let query = Entity::find_by_id((name.to_owned(), version.to_string()));
        query.one(self.read()).await.map_err(database)?.map(read).transpose()
    }

    /// The drafts of a template.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn draft_list(&self, _scope: &Scope, name: &str) -> Result<Vec<Draft>> {
        let query = Entity::find()
            .filter(Column::TemplateName.eq(name))
            .order_by_asc(Column::CreatedAt);
        let rows = query.all(self.read()).await.map_err(database)?;
        rows.into_iter().map(read).collect()
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// `not_found`; `precondition_failed` when it has changed since `if_match`.
    pub async fn draft_delete(
        &self,
        write: &Write,
        scope: &Scope,
        if_match: Option<i64>,
        name: &str,
        version: &Version,
    ) -> Result<()> {
        let transaction = self.begin().await?;
        let query = Entity::find_by_id((name.to_owned(), version.to_string()));
        let old = query
            .one(&transaction)
            .await
            .map_err(database)?
            .ok_or_else(Error::not_found)?;
        if if_match.is_some_and(|revision| revision != old.revision) {
            return Err(Error::new(Code::PreconditionFailed, Code::PreconditionFailed.title()));
        }
        old.into_active_model().delete(&transaction).await.map_err(database)?;
        let (target, data) = (format!("{name}@{version}"), json!({"name": name, "version": version}));
        audit(&transaction, write, scope.action().as_str(), target, data).await?;
        transaction.commit().await.map_err(database)
    }
}

/// Throws the draft of a version away, if there is one.
pub(super) async fn remove(on: &impl ConnectionTrait, name: &str, version: &str) -> Result<()> {
    let delete = Entity::delete_by_id((name.to_owned(), version.to_owned()));
    delete.exec(on).await.map_err(database)?;
    Ok(())
}

fn read(row: Model) -> Result<Draft> {
    let version = row.version.parse();
    Ok(Draft {
        name: row.template_name,
        version: version.map_err(|error: semver::Error| Error::internal("reading a version").because(error))?,
        document: row.document,
        readme: row.readme,
        examples: row::document("example", row.examples)?,
        author: row.author_id.into(),
        revision: row.revision,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
