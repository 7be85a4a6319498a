//! The door from outside: every route, in process, on a database of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

mod bad_input;
mod browser;
mod cross_origin;
mod flows;
mod forged_tokens;
mod password_flows;
mod password_grant;
mod proofs;
mod redirect_uris;
mod registration;
mod routes;
mod tenants;
mod token;
mod vendors;
mod world;
