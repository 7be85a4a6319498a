//! The real binary: started on a free port with a directory of its own, asked over HTTP, and worked
//! on by its own command line at the same time.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that does not find what it looks for has failed"
)]

mod bench;
mod beside;
mod bootstrap;
mod configuration;
mod full_disk;
mod group;
mod harness;
mod import;
mod interruption;
mod life;
mod parity;
mod tls;
