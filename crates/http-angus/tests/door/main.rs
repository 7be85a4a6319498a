//! The door in one process, on a SQLite in memory: every route of the table, and what its clients
//! rely on.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod bad_input;
mod examples;
mod house;
mod lists;
mod organisation;
mod routes;
mod sign;
mod snapshots;
mod users;
