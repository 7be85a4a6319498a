//! The commands: one file each, with its arguments.

pub(crate) mod bench;
pub(crate) mod bootstrap;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod hash;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod migrate;
pub(crate) mod operator;
pub(crate) mod serve;
pub(crate) mod session;
pub(crate) mod tenant;
mod tenant_settings;
pub(crate) mod user;
