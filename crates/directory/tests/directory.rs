//! The use cases on a database in memory, with a frozen clock.

mod directory {
    mod administrators;
    mod clients;
    mod futures;
    mod linking;
    mod permissions;
    mod tenants;
    mod users;
    mod world;
}
