//! What travels.

pub(crate) mod database_connections;
pub(crate) mod pages;
pub(crate) mod pairs;
pub(crate) mod token;
