//! What the ports of the directory promise, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod aggregates;
mod assignments;
mod cascades;
mod conflicts;
mod events;
mod lists;
mod support;
mod users;
