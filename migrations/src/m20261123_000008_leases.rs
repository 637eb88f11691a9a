//! Leases: which replica runs the engine, and since which epoch.

use sea_orm_migration::prelude::*;

use crate::columns::{number, table, text, time};

/// Leases: which replica runs the engine, and since which epoch.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let lease_table = table("lease")
            .col(text("name").primary_key())
            .col(text("holder"))
            .col(number("epoch"))
            .col(time("expires_at"))
            .take();
        manager.create_table(lease_table).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("lease").take()).await?;
        Ok(())
    }
}
