//! The catalog's documents: names, and versions that never change.

use berth_model::id::{TemplateId, TemplateVersionId};
use berth_model::template::{TemplateVersion, VersionState};
use berth_model::{Error, Result, time};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use semver::Version;
use serde_json::json;

use crate::audit::{Write, audit};
use crate::connection::{Store, database};
use crate::entity::{template, template_version};
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
    /// Publishes a version. Publishing the same twice is publishing it once.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn template_publish(&self, write: &Write, new: NewVersion) -> Result<Publication> {
        let transaction = self.begin().await?;
        let found = template::Entity::find()
            .filter(template::Column::Name.eq(&new.name))
            .one(&transaction)
            .await;
        let parent = if let Some(parent) = found.map_err(database)? {
            parent
        } else {
            let row = template::ActiveModel {
                id: Set(TemplateId::new().uuid()),
                name: Set(new.name.clone()),
                created_at: Set(time::now()),
            };
            row.insert(&transaction).await.map_err(database)?
        };
        let same = template_version::Entity::find()
            .filter(template_version::Column::TemplateId.eq(parent.id))
            .filter(template_version::Column::Version.eq(new.version.to_string()));
        if let Some(published) = same.one(&transaction).await.map_err(database)? {
            return Ok(if published.digest == new.digest {
                Publication::Unchanged
            } else {
                Publication::Differs(published.digest)
            });
        }
        let id = TemplateVersionId::new();
        let data = json!({"name": new.name, "version": new.version, "digest": new.digest});
        let row = template_version::ActiveModel {
            id: Set(id.uuid()),
            template_id: Set(parent.id),
            version: Set(new.version.to_string()),
            document: Set(new.document),
            digest: Set(new.digest),
            readme: Set(new.readme),
            state: Set(VersionState::Published.to_string()),
            published_at: Set(time::now()),
        };
        row.insert(&transaction).await.map_err(database)?;
        audit(&transaction, write, "template.publish", id, data).await?;
        transaction.commit().await.map_err(database)?;
        Ok(Publication::Published)
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

fn version(row: template_version::Model, parent: template::Model) -> Result<TemplateVersion> {
    let read = row.version.parse();
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
    })
}
