//! The handlers: one file an endpoint, one a page.

pub(crate) mod authorize;
pub(crate) mod database_connections;
pub(crate) mod introspection;
pub(crate) mod metadata;
pub(crate) mod pages;
pub(crate) mod pushed;
pub(crate) mod registration;
pub(crate) mod token;
pub(crate) mod userinfo;
