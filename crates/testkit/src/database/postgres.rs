//! Databases on a PostgreSQL server, cloned from one that is migrated once.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use citizenry_persistence::{Location, open};
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::cluster;

/// Keeps two test processes from making the template at once.
const LOCK: i64 = 0x7465_7374_6b69_7400;

/// The template is used by every process whose migrations are the same.
fn template_name() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut migrations: Vec<_> = std::fs::read_dir(folder)
        .expect("the migrations")
        .map(|entry| entry.expect("a migration").path())
        .collect();
    migrations.sort();
    let mut hasher = DefaultHasher::new();
    for migration in migrations {
        migration.file_name().hash(&mut hasher);
        std::fs::read(migration.join("up.sql")).expect("its SQL").hash(&mut hasher);
    }
    format!("citizenry_template_{:016x}", hasher.finish())
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // A process number may come again while a killed test's database is still there.
    let started = std::process::id();
    let mut hasher = DefaultHasher::new();
    std::time::Instant::now().hash(&mut hasher);
    format!("citizenry_test_{started}_{count}_{:08x}", hasher.finish() & 0xffff_ffff)
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub(super) struct Fresh {
    server: String,
    name: String,
}

impl Fresh {
    pub(super) async fn clone_of_template() -> Self {
        let server = cluster::server().await;
        let template = template_name();
        make_template(&server, &template).await;
        let name = fresh_name();
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server, name }
    }

    pub(super) async fn empty() -> Self {
        let (server, name) = (cluster::server().await, fresh_name());
        execute(&server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self { server, name }
    }

    pub(super) fn url(&self) -> String {
        url_of(&self.server, &self.name)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // The test's own runtime may be ending: this needs one of its own, on a thread of its own.
        let dropped = std::thread::spawn(move || {
            super::block_on(async move {
                connect(&server).await.batch_execute(&statement).await.map_err(|e| e.to_string())
            })
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("a test's database stays behind: {error}");
        }
    }
}

/// The same server with another database.
fn url_of(server: &str, database: &str) -> String {
    let (base, options) = server.split_once('?').unwrap_or((server, ""));
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base.get(host..).and_then(|rest| rest.find('/')).map_or(base.len(), |at| host + at);
    let options = if options.is_empty() { String::new() } else { format!("?{options}") };
    format!("{}/{database}{options}", base.get(..end).unwrap_or(base))
}

pub(super) async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}

async fn execute(server: &str, sql: &str) {
    connect(server).await.batch_execute(sql).await.expect(sql);
}

pub(super) async fn sql(url: &SecretString, sql: &str) -> Vec<String> {
    let client = connect(url.expose_secret()).await;
    let messages = client.simple_query(sql).await.expect(sql);
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        })
        .collect()
}

/// Makes the template unless it is there. It gets its name last, when it is whole.
async fn make_template(server: &str, template: &str) {
    let client = connect(server).await;
    let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{template}'");
    if client.query_opt(&exists, &[]).await.expect(&exists).is_some() {
        return;
    }
    // The lock goes with the session.
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.expect("the lock");
    if client.query_opt(&exists, &[]).await.expect(&exists).is_some() {
        return;
    }
    let unfinished = format!("{template}_unfinished");
    for sql in [
        format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
        format!("CREATE DATABASE {unfinished} TEMPLATE template0"),
    ] {
        client.batch_execute(&sql).await.expect(&sql);
    }
    let location = Location::Postgres { url: url_of(server, &unfinished).into(), pool_size: 1 };
    let database = open(&location).await.expect("the template opens");
    database.migrate().await.expect("the migrations run");
    database.close().await;
    drop(database);
    let rename = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'; \
         ALTER DATABASE {unfinished} RENAME TO {template}"
    );
    rename_when_unused(&client, &rename).await;
}

/// A session that was told to end takes a moment to do so.
async fn rename_when_unused(client: &Client, rename: &str) {
    for _ in 0..200 {
        if client.batch_execute(rename).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    client.batch_execute(rename).await.expect(rename);
}
