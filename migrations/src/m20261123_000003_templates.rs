//! The catalog: templates and their immutable versions.

use sea_orm_migration::prelude::*;

use crate::columns::{id, key, table, text, time};

/// The catalog: templates and their immutable versions.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX template_name ON template (name)",
    "CREATE UNIQUE INDEX template_version_version ON template_version (template_id, version)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let template_table = table("template")
            .col(key())
            .col(text("name"))
            .col(time("created_at"))
            .take();
        manager.create_table(template_table).await?;
        let template_version_table = table("template_version")
            .col(key())
            .col(id("template_id"))
            .col(text("version"))
            .col(text("document"))
            .col(text("digest"))
            .col(text("readme"))
            .col(text("state"))
            .col(time("published_at"))
            .take();
        manager.create_table(template_version_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("template_version").take())
            .await?;
        manager.drop_table(Table::drop().table("template").take()).await?;
        Ok(())
    }
}
