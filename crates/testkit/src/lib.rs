//! Development only: what tests need of the world.
//!
//! * [`TestDatabase`]: a migrated database for one test, on SQLite or PostgreSQL, gone afterwards;
//!   [`on_both_databases!`] runs one body on each.
//! * [`FrozenClock`], [`SeededEntropy`], [`PlainHasher`], [`PlainRules`], [`ScriptedWeb`],
//!   [`TestSealer`]: the outside world held still; [`environment`] puts them together.
//!
//! Place in the picture: a development dependency of every crate that tests against storage.
//!
//! ```
//! use citizenry_storage::StorageError;
//! use citizenry_testkit::{TestDatabase, block_on};
//!
//! block_on(async {
//!     let database = TestDatabase::memory().await;
//!     let number = database.storage().transact(async move |tx| tx.numbers().next().await).await?;
//!     assert_eq!(number.get(), 1);
//!     Ok::<(), StorageError>(())
//! })?;
//! # Ok::<(), StorageError>(())
//! ```
#![deny(missing_docs)]
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up has failed"
)]

mod clock;
mod database;
mod entropy;
mod services;

pub use clock::FrozenClock;
pub use database::{TestDatabase, block_on, block_on_threads};
pub use entropy::SeededEntropy;
pub use services::{
    CountingHasher, PlainHasher, PlainRules, Posted, ScriptedWeb, TestSealer, environment,
};
