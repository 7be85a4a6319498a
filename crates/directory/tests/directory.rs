//! The use cases on a database in memory, with a frozen clock.
#![expect(clippy::unwrap_used, reason = "a test that does not find what it looks for has failed")]

mod directory {
    mod access;
    mod administrators;
    mod clients;
    mod crossing;
    mod customers;
    mod department_members;
    mod departments;
    mod details;
    mod door_clients;
    mod first_passwords;
    mod futures;
    mod group_members;
    mod groups;
    mod import;
    mod jobs;
    mod lesser_callers;
    mod linking;
    mod locks;
    mod own;
    mod passwords;
    mod permissions;
    mod sign_up;
    mod states;
    mod structure;
    mod structure_futures;
    mod tags;
    mod technical;
    mod tenants;
    mod users;
    mod world;
}
