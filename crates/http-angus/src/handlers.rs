//! The handlers: read, convert, one use case, convert back. None decides about rights.

pub(crate) mod applications;
pub(crate) mod current_user;
pub(crate) mod departments;
pub(crate) mod groups;
pub(crate) mod oauth2;
pub(crate) mod passwords;
pub(crate) mod principal;
pub(crate) mod sign;
pub(crate) mod system_tokens;
pub(crate) mod tags;
pub(crate) mod tenants;
pub(crate) mod user_tokens;
pub(crate) mod users;
