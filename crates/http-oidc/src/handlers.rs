//! The handlers: read, ask one use case, answer.

pub(crate) mod metadata;
pub(crate) mod token;
