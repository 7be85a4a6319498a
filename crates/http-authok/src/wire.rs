//! The vendor's words: bodies, answers, identifiers, paging, errors.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod branding;
pub(crate) mod client_grants;
pub(crate) mod clients;
pub(crate) mod connections;
pub(crate) mod error;
pub(crate) mod ids;
pub(crate) mod jobs;
pub(crate) mod logs;
pub(crate) mod paging;
pub(crate) mod permissions;
pub(crate) mod projection;
pub(crate) mod resource_servers;
pub(crate) mod roles;
pub(crate) mod search;
pub(crate) mod tenants;
pub(crate) mod user_bodies;
pub(crate) mod users;
