//! The inventory: every object, written down before it is made.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, id, key, maybe_text, number, table, text, time};

/// The inventory: every object, written down before it is made.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX inventory_object_address ON inventory_object (environment_id, api_version, kind, namespace, name)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let inventory_object_table = table("inventory_object")
            .col(key())
            .col(id("environment_id"))
            .col(text("resource"))
            .col(text("api_version"))
            .col(text("kind"))
            .col(text("namespace"))
            .col(text("name"))
            .col(number("layer"))
            .col(text("on_delete"))
            .col(maybe_text("uid"))
            .col(maybe_text("desired_hash"))
            .col(maybe_text("observed_hash"))
            .col(flag("ready"))
            .col(text("message"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .take();
        manager.create_table(inventory_object_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("inventory_object").take())
            .await?;
        Ok(())
    }
}
