//! The use cases on a database in memory, with a frozen clock.
#![expect(clippy::unwrap_used, reason = "a test that does not find what it looks for has failed")]

mod directory {
    mod access;
    mod administrators;
    mod clients;
    mod futures;
    mod linking;
    mod passwords;
    mod permissions;
    mod sign_up;
    mod tenants;
    mod users;
    mod world;
}
