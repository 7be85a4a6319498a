//! The migrations, compiled in from `migrations/{sqlite,postgres}`.

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why a migration was not run, listed or reverted.
#[derive(Debug, thiserror::Error)]
#[error("migration failed: {0}")]
pub struct MigrationError(#[source] Failure);

impl MigrationError {
    pub(crate) fn new(error: impl Into<Failure>) -> Self {
        Self(error.into())
    }
}

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

fn names<DB: diesel::backend::Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

fn pending_of<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, Failure>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    Ok(names(&connection.pending_migrations(source)?))
}

fn is_blank_of<DB, C>(connection: &mut C) -> Result<bool, Failure>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    Ok(connection.applied_migrations()?.is_empty())
}

fn run_on<DB, C>(connection: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>, Failure>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let pending = connection.pending_migrations(source)?;
    let names = names(&pending);
    connection.run_migrations(&pending)?;
    Ok(names)
}

fn revert_on<DB, C>(
    connection: &mut C,
    source: EmbeddedMigrations,
) -> Result<Option<String>, Failure>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    if connection.applied_migrations()?.is_empty() {
        return Ok(None);
    }
    Ok(Some(connection.revert_last_migration(source)?.to_string()))
}

/// On SQLite: on the writer's connection, in one immediate transaction, with foreign keys checked
/// at the end instead of at each statement, since SQLite changes a table by building it anew.
pub(crate) mod sqlite {
    use diesel::{
        QueryableByName, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _,
        sql_types::Text,
    };

    use super::{Failure, MigrationError, SQLITE, is_blank_of, pending_of, revert_on, run_on};
    use crate::sqlite::SqliteBackend;

    pub(crate) async fn run(backend: &SqliteBackend) -> Result<Vec<String>, MigrationError> {
        alter(backend, |connection| run_on(connection, SQLITE)).await
    }

    pub(crate) async fn revert(backend: &SqliteBackend) -> Result<Option<String>, MigrationError> {
        alter(backend, |connection| revert_on(connection, SQLITE)).await
    }

    pub(crate) async fn pending(backend: &SqliteBackend) -> Result<Vec<String>, MigrationError> {
        let pending = backend.direct(|connection| pending_of(connection, SQLITE)).await;
        pending.map_err(MigrationError::new)?.map_err(MigrationError)
    }

    pub(crate) async fn is_blank(backend: &SqliteBackend) -> Result<bool, MigrationError> {
        let is_blank = backend.direct(is_blank_of).await;
        is_blank.map_err(MigrationError::new)?.map_err(MigrationError)
    }

    #[derive(QueryableByName)]
    struct Violation {
        #[diesel(sql_type = Text)]
        table: String,
    }

    async fn alter<R: Send + 'static>(
        backend: &SqliteBackend,
        change: impl FnOnce(&mut SqliteConnection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, MigrationError> {
        let altered = backend.direct(move |connection| {
            connection.batch_execute("PRAGMA foreign_keys = OFF")?;
            let altered = connection.immediate_transaction(|connection| {
                let altered = change(connection)?;
                check(connection)?;
                Ok(altered)
            });
            connection.batch_execute("PRAGMA foreign_keys = ON")?;
            altered
        });
        altered.await.map_err(MigrationError::new)?.map_err(MigrationError)
    }

    fn check(connection: &mut SqliteConnection) -> Result<(), Failure> {
        let violations: Vec<Violation> =
            diesel::sql_query("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
                .load(connection)?;
        match violations.first() {
            None => Ok(()),
            Some(violation) => {
                Err(format!("rows of {} point at rows that are not there", violation.table).into())
            }
        }
    }
}

/// On PostgreSQL: on a connection of its own, under a lock that other processes wait for.
pub(crate) mod pg {
    use diesel::{RunQueryDsl as _, sql_types::BigInt};
    use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};

    use super::{Failure, MigrationError, POSTGRES, is_blank_of, pending_of, revert_on, run_on};
    use crate::pg::Server;

    type Connection = AsyncConnectionWrapper<AsyncPgConnection>;

    /// Any number, as long as every version of this program uses the same.
    const LOCK: i64 = 0x0063_6974_697a_656e;

    pub(crate) async fn run(server: &Server) -> Result<Vec<String>, MigrationError> {
        alone(server, |connection| run_on(connection, POSTGRES)).await
    }

    pub(crate) async fn revert(server: &Server) -> Result<Option<String>, MigrationError> {
        alone(server, |connection| revert_on(connection, POSTGRES)).await
    }

    pub(crate) async fn pending(server: &Server) -> Result<Vec<String>, MigrationError> {
        alone(server, |connection| pending_of(connection, POSTGRES)).await
    }

    pub(crate) async fn is_blank(server: &Server) -> Result<bool, MigrationError> {
        alone(server, is_blank_of).await
    }

    async fn alone<R: Send + 'static>(
        server: &Server,
        work: impl FnOnce(&mut Connection) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, MigrationError> {
        let connection = server.connect_unlimited().await.map_err(MigrationError::new)?;
        // diesel's migrations are synchronous; they must not hold up the runtime. The lock goes
        // with the connection at the latest.
        let worked = tokio::task::spawn_blocking(move || {
            let mut connection = Connection::from(connection);
            diesel::sql_query("SELECT pg_advisory_lock($1)")
                .bind::<BigInt, _>(LOCK)
                .execute(&mut connection)?;
            work(&mut connection)
        });
        worked.await.map_err(MigrationError::new)?.map_err(MigrationError)
    }
}
