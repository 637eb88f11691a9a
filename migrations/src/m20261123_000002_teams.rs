//! Teams: who owns environments, who belongs, and how much a team may have.

use sea_orm_migration::prelude::*;

use crate::columns::{id, key, number, table, text, time};

/// Teams: who owns environments, who belongs, and how much a team may have.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

/// Plain statements: both databases read them, partial indexes included.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX team_name ON team (name)",
    "CREATE INDEX membership_user ON membership (user_id)",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let team_table = table("team")
            .col(key())
            .col(text("name"))
            .col(text("title"))
            .col(number("version"))
            .col(time("created_at"))
            .take();
        manager.create_table(team_table).await?;
        let membership_table = table("membership")
            .col(id("team_id"))
            .col(id("user_id"))
            .col(text("role"))
            .col(time("created_at"))
            .primary_key(Index::create().col("team_id").col("user_id"))
            .take();
        manager.create_table(membership_table).await?;
        let quota_table = table("quota")
            .col(id("team_id").primary_key())
            .col(number("environments_limit"))
            .col(number("environments_used"))
            .take();
        manager.create_table(quota_table).await?;
        let connection = manager.get_connection();
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("quota").take()).await?;
        manager.drop_table(Table::drop().table("membership").take()).await?;
        manager.drop_table(Table::drop().table("team").take()).await?;
        Ok(())
    }
}
