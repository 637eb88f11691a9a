//! The schema and who may open it.

use super::*;

#[tokio::test]
async fn the_schema_is_known_to_fit_to_be_behind_or_to_be_newer() {
    let database = FreshDatabase::create().await.unwrap();
    let store = connect(&database.url).await;
    assert!(matches!(store.schema().await.unwrap(), SchemaState::Behind(_)));
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), SchemaState::UpToDate);
    let raw = sea_orm::Database::connect(&database.url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_from_the_future', 1)";
    sea_orm::ConnectionTrait::execute_unprepared(&raw, newer).await.unwrap();
    assert_eq!(
        store.schema().await.unwrap(),
        SchemaState::Newer("m2099_from_the_future".into())
    );
}

#[tokio::test]
async fn an_sqlite_file_has_one_replica() {
    let folder = tempfile::tempdir().unwrap();
    let store = connect(&format!("sqlite://{}", folder.path().join("berth.db").display())).await;
    let _lock = store.lock_single_replica().unwrap();
    assert_eq!(store.lock_single_replica().unwrap_err().code(), Code::StateConflict);
}
