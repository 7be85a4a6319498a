//! The storage ports on SQLite and PostgreSQL.
//!
//! Place in the picture: the only crate that knows diesel. It implements `citizenry-storage` and is
//! named by the binary alone (and by tests).
//!
//! Queries are written once, in `queries/`, and compiled for both databases; how to add a port is
//! told in `queries.rs`. Which index speaks for which field stands in `conflicts.rs`; the column
//! types that mean the same on both databases in `types.rs`.
//!
//! SQLite is compiled in as `LIBSQLITE3_FLAGS` says, which this workspace sets in
//! `.cargo/config.toml`. Set it alike where you build this crate into another program: without it
//! all connections share one page cache behind one lock.
//!
//! ```
//! use citizenry_persistence::{Location, open};
//! use citizenry_storage::StorageError;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = open(&Location::Memory).await?;
//! database.migrate().await?;
//! let storage = database.storage();
//! let first = storage.transact(async move |tx| tx.numbers().next().await).await?;
//! let second = storage.transact(async move |tx| tx.numbers().next().await).await?;
//! assert!(first < second);
//! # Ok(())
//! # }
//! ```
#![deny(missing_docs)]
#![expect(clippy::duplicate_mod, reason = "the queries are compiled once for each database")]

mod among;
mod conditions;
mod conflicts;
mod database;
mod keyset;
mod location;
mod marks;
mod matching;
mod migrations;
mod pairs;
mod pg;
mod rows;
mod schema;
mod search;
mod sent;
mod sqlite;
mod types;

pub use database::{Database, open};
pub use location::{Location, OpenError};
pub use migrations::MigrationError;
pub use sent::SentStatements;
