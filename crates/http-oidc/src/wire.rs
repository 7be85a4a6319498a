//! What travels.

pub(crate) mod token;
