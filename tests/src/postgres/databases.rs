//! Databases of one test each, on a server that may be somebody's own.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};

const PREFIX: &str = "berth_test_";

/// A database this old belongs to no test that still runs.
const FORGOTTEN: Duration = Duration::from_secs(6 * 60 * 60);

/// One connection, as proof that the server answers.
pub async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).connect_timeout(Duration::from_secs(10));
    Database::connect(options).await.context("cannot connect to PostgreSQL")
}

/// Makes an empty database on the server of `url`; its own URL.
pub async fn fresh(url: &str) -> Result<String> {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let name = format!("{PREFIX}{}_{}", now(), &unique[..12]);
    let connection = connect(url).await?;
    let made = connection.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    connection.close().await?;
    made.context("cannot make a database")?;
    Ok(with_database(url, &name))
}

/// Drops what earlier test processes made and could not drop, because they were killed.
pub async fn remove_forgotten(url: &str) -> Result<()> {
    let connection = connect(url).await?;
    let sql = format!("SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%'");
    let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
    for row in rows {
        let name: String = row.try_get("", "datname")?;
        if is_forgotten(&name, now()) {
            connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
    }
    connection.close().await.context("cannot close the connection")
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn is_forgotten(name: &str, now: u64) -> bool {
    let made = name.strip_prefix(PREFIX).and_then(|rest| rest.split('_').next()).and_then(|text| text.parse::<u64>().ok());
    made.is_some_and(|made| now.saturating_sub(made) > FORGOTTEN.as_secs())
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_another_database_keeps_the_rest() {
        let cases = [
            ("postgres://a:b@host:5432/postgres", "postgres://a:b@host:5432/new"),
            ("postgres://host", "postgres://host/new"),
            ("postgresql://host/x?sslmode=disable", "postgresql://host/new?sslmode=disable"),
        ];
        for (url, expected) in cases {
            assert_eq!(with_database(url, "new"), expected);
        }
    }

    #[test]
    fn only_old_databases_of_ours_are_forgotten() {
        assert!(is_forgotten("berth_test_1000_abc", 1_000_000));
        assert!(!is_forgotten("berth_test_1000_abc", 2_000));
        assert!(!is_forgotten("berth_test_data", 1_000_000));
        assert!(!is_forgotten("customers", 1_000_000));
    }
}
