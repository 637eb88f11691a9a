//! The schema, one change a file, in the order of their names. The same statements run on SQLite and on PostgreSQL.
//!
//! **Architecture invariant:** a migration only adds; what is no longer used is removed by a later one, when no
//! version of the server that needs it can still be running. A migration that has landed is never edited.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the trait that migrations implement is written that way"
)]

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

mod columns;
mod m20261123_000001_accounts;
mod m20261123_000002_teams;
mod m20261123_000003_templates;
mod m20261123_000004_environments;
mod m20261123_000005_inventory;
mod m20261123_000006_operations;
mod m20261123_000007_records;
mod m20261123_000008_leases;
mod m20261124_000001_rollouts;

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_accounts::Migration),
            Box::new(m20261123_000002_teams::Migration),
            Box::new(m20261123_000003_templates::Migration),
            Box::new(m20261123_000004_environments::Migration),
            Box::new(m20261123_000005_inventory::Migration),
            Box::new(m20261123_000006_operations::Migration),
            Box::new(m20261123_000007_records::Migration),
            Box::new(m20261123_000008_leases::Migration),
            Box::new(m20261124_000001_rollouts::Migration),
        ]
    }
}
