//! What the ports of the directory promise, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod aggregates;
mod api_tokens;
mod assignments;
mod attempts;
mod cascades;
mod conflicts;
mod consents;
mod events;
mod lists;
mod numbers;
mod operators;
mod outbox;
mod passwords;
mod people;
mod search;
mod sessions;
mod support;
mod tickets;
mod token_families;
mod tokens;
mod users;
