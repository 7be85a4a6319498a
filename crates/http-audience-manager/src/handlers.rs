//! One file a resource: extract, convert, one use case, answer.

pub(crate) mod groups;
pub(crate) mod own;
pub(crate) mod permissions;
pub(crate) mod tokens;
pub(crate) mod users;
