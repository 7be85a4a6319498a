//! Sign-in, sessions and recovery on a database in memory, with a frozen clock; races on both
//! databases.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that does not find what it looks for has failed"
)]

mod use_cases {
    mod codes;
    mod connections;
    mod lockout;
    mod own_address;
    mod passwords;
    mod races;
    mod recovery;
    mod sessions;
    mod sign_in;
    mod world;
}
