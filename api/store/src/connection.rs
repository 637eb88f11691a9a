//! The connection, transactions, migrations, and the signals that go out after a commit.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use berth_migrations::{Migrator, MigratorTrait};
use berth_model::id::EnvironmentId;
use berth_model::{Code, Error, Result};
use fs4::fs_std::FileExt as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Notify, broadcast};

/// How many signals may wait for a listener before it is told to look at everything.
const BACKLOG: usize = 16_384;
/// The advisory lock that keeps several processes from migrating PostgreSQL at once; any constant of our own.
const MIGRATION_LOCK: i64 = 0x6265_7274_6800;

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:///var/lib/berth/berth.db` or `postgres://user:password@host/name`.
    pub url: String,
    /// How many connections at most.
    pub max_connections: u32,
}

/// How the schema relates to this binary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// They fit.
    UpToDate,
    /// So many migrations are to be applied.
    Behind(usize),
    /// The database has a migration that this binary does not know.
    Newer(String),
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    file: Option<Arc<PathBuf>>,
    wakes: broadcast::Sender<EnvironmentId>,
    changes: broadcast::Sender<EnvironmentId>,
    rollouts: Arc<Notify>,
}

/// Held by the one process that serves an SQLite file.
#[derive(Debug)]
pub struct ReplicaLock(
    #[expect(dead_code, reason = "held, never read: the lock ends with the file")] Option<std::fs::File>,
);

impl Store {
    /// Opens the database. An SQLite file is made when it is not there.
    ///
    /// # Errors
    /// `database_unavailable`: it cannot be reached or opened.
    pub async fn connect(options: &Options) -> Result<Self> {
        let sqlite = options
            .url
            .strip_prefix("sqlite:")
            .map(|rest| PathBuf::from(rest.trim_start_matches("//")));
        if let Some(folder) = sqlite.as_deref().and_then(Path::parent) {
            std::fs::create_dir_all(folder).map_err(|error| {
                Error::new(
                    Code::DatabaseUnavailable,
                    format!("cannot make the folder {}", folder.display()),
                )
                .because(error)
            })?;
        }
        let open = async |connections: u32| {
            let mut settings = ConnectOptions::new(options.url.clone());
            settings
                .max_connections(connections)
                .min_connections(1)
                .connect_timeout(Duration::from_secs(5))
                .acquire_timeout(Duration::from_secs(10))
                .sqlx_logging(false);
            settings.map_sqlx_sqlite_opts(|sqlite| {
                use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(10))
                    .foreign_keys(true)
            });
            Database::connect(settings).await.map_err(database)
        };
        // SQLite has one writer: one connection that writes never meets a lock, and readers never wait for it.
        let (write, read) = if sqlite.is_some() {
            (open(1).await?, open(options.max_connections.clamp(1, 8)).await?)
        } else {
            let pool = open(options.max_connections).await?;
            (pool.clone(), pool)
        };
        let (wakes, _) = broadcast::channel(BACKLOG);
        let (changes, _) = broadcast::channel(BACKLOG);
        Ok(Self {
            read,
            write,
            file: sqlite.map(Arc::new),
            wakes,
            changes,
            rollouts: Arc::default(),
        })
    }

    /// Makes sure that no other process serves the same SQLite file. PostgreSQL takes several.
    ///
    /// # Errors
    /// `state_conflict`: another process has it.
    pub fn lock_single_replica(&self) -> Result<ReplicaLock> {
        let Some(database) = &self.file else {
            return Ok(ReplicaLock(None));
        };
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let failed = |error: std::io::Error| Error::internal("opening the lock file").because(error);
        let file = std::fs::File::create(&path).map_err(failed)?;
        if !file.try_lock_exclusive().map_err(failed)? {
            let detail = format!(
                "another process serves {}; SQLite takes one replica, PostgreSQL takes several",
                database.display()
            );
            return Err(Error::new(Code::StateConflict, detail));
        }
        Ok(ReplicaLock(Some(file)))
    }

    /// Whether this is SQLite: embedded, one replica.
    pub fn is_embedded(&self) -> bool {
        self.file.is_some()
    }

    /// Applies what is missing. Several processes may do it at once; one does, the others find it done.
    ///
    /// # Errors
    /// A migration failed.
    pub async fn migrate(&self) -> Result<()> {
        if self.write.get_database_backend() != DatabaseBackend::Postgres {
            return Migrator::up(&self.write, None).await.map_err(database);
        }
        let transaction = self.begin().await?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        transaction.execute_unprepared(&lock).await.map_err(database)?;
        Migrator::up(&transaction, None).await.map_err(database)?;
        transaction.commit().await.map_err(database)
    }

    /// How the schema relates to this binary.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema(&self) -> Result<SchemaState> {
        let applied = match Migrator::get_migration_models(&self.read).await {
            Ok(applied) => applied,
            // The table of migrations is not there: nothing was ever applied.
            Err(DbErr::Exec(_) | DbErr::Query(_)) => Vec::new(),
            Err(error) => return Err(database(error)),
        };
        let known: Vec<_> = Migrator::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        if let Some(newer) = applied.iter().find(|row| !known.contains(&row.version)) {
            return Ok(SchemaState::Newer(newer.version.clone()));
        }
        Ok(match known.len() - applied.len() {
            0 => SchemaState::UpToDate,
            missing => SchemaState::Behind(missing),
        })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// It gives none.
    pub async fn ping(&self) -> Result<()> {
        self.read.ping().await.map_err(database)
    }

    /// Environments whose intent was changed: what the engine wakes for.
    pub fn wakes(&self) -> broadcast::Receiver<EnvironmentId> {
        self.wakes.subscribe()
    }

    /// Environments whose record was changed in any way, by this process.
    pub fn changes(&self) -> broadcast::Receiver<EnvironmentId> {
        self.changes.subscribe()
    }

    /// Waits until this process accepts a rollout, or somebody steers one through it.
    pub async fn rollout_signal(&self) {
        self.rollouts.notified().await;
    }

    pub(crate) fn signal_rollout(&self) {
        self.rollouts.notify_one();
    }

    pub(crate) fn signal_intent(&self, id: EnvironmentId) {
        // Nobody listening is fine: whoever starts to listen looks at everything first.
        let _ = self.wakes.send(id);
        self.signal_change(id);
    }

    pub(crate) fn signal_change(&self, id: EnvironmentId) {
        let _ = self.changes.send(id);
    }

    pub(crate) const fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// A transaction that writes. On SQLite it takes the write lock at once: one that reads first and then writes
    /// would fail as locked.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.write.begin_with_options(options).await.map_err(database)
    }

    /// Whether rows have to be locked for what is read and then written. SQLite has one writer anyway.
    pub(crate) fn locks_rows(&self) -> bool {
        self.write.get_database_backend() == DatabaseBackend::Postgres
    }
}

/// An error of the database, for the caller without its words.
pub(crate) fn database(error: DbErr) -> Error {
    let away = if let DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) = &error {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Tls};
        matches!(**inner, Io(_) | PoolTimedOut | PoolClosed | Tls(_))
    } else {
        matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
    };
    if away {
        Error::new(Code::DatabaseUnavailable, Code::DatabaseUnavailable.title())
            .retry_after(Duration::from_secs(1))
            .because(error)
    } else {
        Error::internal("using the database").because(error)
    }
}

/// Whether the error says that a unique index refused the row, and which one.
pub(crate) fn refused_by(error: &DbErr, index: &str, columns: &str) -> bool {
    match error.sql_err() {
        // PostgreSQL names the index, SQLite the columns.
        Some(sea_orm::SqlErr::UniqueConstraintViolation(text)) => text.contains(index) || text.contains(columns),
        _ => false,
    }
}
