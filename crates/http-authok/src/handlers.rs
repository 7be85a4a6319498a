//! The handlers: read, convert, one use case, convert back. None decides about rights.

pub(crate) mod branding;
pub(crate) mod client_grants;
pub(crate) mod clients;
pub(crate) mod connections;
pub(crate) mod jobs;
pub(crate) mod logs;
pub(crate) mod resource_servers;
pub(crate) mod roles;
pub(crate) mod tenants;
pub(crate) mod user_permissions;
pub(crate) mod user_roles;
pub(crate) mod users;
