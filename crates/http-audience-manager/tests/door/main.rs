//! The door in one process, on a SQLite in memory: every route of the table in every form of its
//! path, with real tokens.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod bad_input;
mod groups;
mod house;
mod lists;
mod own;
mod requests;
mod routes;
mod snapshots;
mod technical;
mod tokens;
mod users;
