//! What the ports of departments, groups and tags promise, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod builders;
mod conditions;
mod counts;
mod departments;
mod groups;
mod lists;
mod matching;
mod people;
#[path = "../directory/support.rs"]
#[expect(dead_code, reason = "not everything that can be built is needed here")]
mod support;
mod tags;
mod tenants;
