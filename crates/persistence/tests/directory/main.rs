//! What the ports of the directory promise, on both databases.

mod aggregates;
mod assignments;
mod cascades;
mod conflicts;
mod events;
mod lists;
mod support;
mod users;
