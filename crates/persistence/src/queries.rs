//! The queries: written once, compiled for both databases.
//!
//! `pg.rs` and `sqlite.rs` each mount this file with `#[path]`, each with its own `Session` of the
//! same private methods: `conn()`, the connection to run a query on, and `fail(error)`, which notes
//! a failed statement and turns it into a `StorageError`. What differs in SQL stands in the
//! `dialect` module of each, and in the macros above it (`for_update!`).
//!
//! # How to add a port
//!
//! 1. Its tables: a migration of the same name in `migrations/sqlite` and `migrations/postgres`
//!    (tenant first in every key), and a `table!` in `schema.rs` with the types of `types.rs`.
//! 2. `rows/<aggregate>.rs`: what a table holds, to the model and back.
//! 3. `queries/<aggregate>.rs`, mounted below with `#[path]`: `#[async_trait] impl ReadX for
//!    Session<'_>` and `impl X for Session<'_>`. Look at `queries/clients.rs`. Every statement is
//!    carried out by a macro of `queries/statements.rs`: `one!`, `all!`, `value!`, `total!`, `run!`,
//!    `change!`; several rows are added by `insert_all!`. Text from outside goes through
//!    `keyset::sought`; lists take order, start and limit from `keyset::by_name!`,
//!    `keyset::by_age!` or, with other fields, `keyset::ordered!`.
//!    Conditions of lists are put on them by `conditions::narrowed!`.
//! 4. Its accessors in `queries/ports.rs`.
//! 5. A row in `conflicts.rs` for each unique index that a caller's value can violate.
//! 6. Its contract in `tests/directory`, and a call of each method in `tests/plans/drive.rs`, where
//!    both databases are asked how they carry it out.

use super::{Session, dialect};

#[macro_use]
#[path = "queries/statements.rs"]
mod statements;

#[macro_use]
#[path = "queries/memberships.rs"]
mod memberships;

#[path = "queries/api_tokens.rs"]
mod api_tokens;
#[path = "queries/assignments.rs"]
mod assignments;
#[path = "queries/attempts.rs"]
mod attempts;
#[path = "queries/bulk.rs"]
mod bulk;
#[path = "queries/client_grants.rs"]
mod client_grants;
#[path = "queries/clients.rs"]
mod clients;
#[path = "queries/connections.rs"]
mod connections;
#[path = "queries/consents.rs"]
mod consents;
#[path = "queries/departments.rs"]
mod departments;
#[path = "queries/events.rs"]
mod events;
#[path = "queries/foreign_ids.rs"]
mod foreign_ids;
#[path = "queries/groups.rs"]
mod groups;
#[path = "queries/jobs.rs"]
mod jobs;
#[path = "queries/numbers.rs"]
mod numbers;
#[path = "queries/operators.rs"]
mod operators;
#[path = "queries/outbox.rs"]
mod outbox;
#[path = "queries/passwords.rs"]
mod passwords;
#[path = "queries/ports.rs"]
mod ports;
#[path = "queries/resource_servers.rs"]
mod resource_servers;
#[path = "queries/roles.rs"]
mod roles;
#[path = "queries/savepoints.rs"]
mod savepoints;
#[path = "queries/search.rs"]
mod search;
#[path = "queries/sessions.rs"]
mod sessions;
#[path = "queries/signing_keys.rs"]
mod signing_keys;
#[path = "queries/tags.rs"]
mod tags;
#[path = "queries/tenants.rs"]
mod tenants;
#[path = "queries/tickets.rs"]
mod tickets;
#[path = "queries/token_families.rs"]
mod token_families;
#[path = "queries/tokens.rs"]
mod tokens;
#[path = "queries/user_lists.rs"]
mod user_lists;
#[path = "queries/users.rs"]
mod users;
