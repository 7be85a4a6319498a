//! The door in one process, on a SQLite in memory: every route of the table, and what the vendors'
//! clients rely on.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod bad_input;
mod branding;
mod errors;
mod examples;
mod house;
mod identities;
mod jobs;
mod lists;
mod logs;
mod masks;
mod passwords;
mod protocol;
mod routes;
mod search;
mod settings;
mod snapshots;
mod users;
