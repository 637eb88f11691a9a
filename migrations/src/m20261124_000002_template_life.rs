//! The life of template versions: drafts, what a version was published with, and why it is not to be used any more.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, maybe_id, maybe_json, maybe_text, maybe_time, number, table, text, time};

/// The life of template versions: drafts, what a version was published with, and why it is not to be used any more.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            maybe_json("uses"),
            maybe_json("card"),
            maybe_json("examples"),
            maybe_id("author_id"),
            maybe_text("reason"),
            maybe_time("changed_at"),
        ];
        // One column a statement: SQLite takes no more.
        for column in columns {
            let alter = Table::alter().table("template_version").add_column(column).take();
            manager.alter_table(alter).await?;
        }
        let drafts = table("template_draft")
            .col(text("template_name"))
            .col(text("version"))
            .col(text("document"))
            .col(text("readme"))
            .col(json("examples"))
            .col(id("author_id"))
            .col(number("revision"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .primary_key(Index::create().col("template_name").col("version"))
            .take();
        manager.create_table(drafts).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("template_draft").take()).await?;
        for column in ["uses", "card", "examples", "author_id", "reason", "changed_at"] {
            let alter = Table::alter().table("template_version").drop_column(column).take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }
}
