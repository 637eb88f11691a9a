//! Table `inventory_object`: objects in clusters.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_object")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) environment_id: Uuid,
    pub(crate) resource: String,
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) layer: i64,
    pub(crate) on_delete: String,
    pub(crate) uid: Option<String>,
    pub(crate) desired_hash: Option<String>,
    pub(crate) observed_hash: Option<String>,
    pub(crate) ready: bool,
    pub(crate) message: String,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) updated_at: DateTimeUtc,
}

/// Nothing is joined from here.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
