//! Table `template_version`: versions of templates.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "template_version")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) template_id: Uuid,
    pub(crate) version: String,
    pub(crate) document: String,
    pub(crate) digest: String,
    pub(crate) readme: String,
    pub(crate) state: String,
    pub(crate) published_at: DateTimeUtc,
    pub(crate) uses: Option<Json>,
    pub(crate) card: Option<Json>,
    pub(crate) examples: Option<Json>,
    pub(crate) author_id: Option<Uuid>,
    pub(crate) reason: Option<String>,
    pub(crate) changed_at: Option<DateTimeUtc>,
}

/// Rows it belongs to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {
    #[sea_orm(
        belongs_to = "super::template::Entity",
        from = "Column::TemplateId",
        to = "super::template::Column::Id"
    )]
    Template,
}

impl Related<super::template::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Template.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
