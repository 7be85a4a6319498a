//! The handlers: read, convert, one use case, convert back. None decides about rights.

pub(crate) mod principal;
pub(crate) mod users;
