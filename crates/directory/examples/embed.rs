//! Another program opens a directory and creates a user, without HTTP.
//!
//! `cargo run -p citizenry-directory --example embed`
