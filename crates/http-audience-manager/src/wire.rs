//! The vendor's words: bodies, answers, identifiers, paging, errors.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod groups;
pub(crate) mod ids;
pub(crate) mod paging;
pub(crate) mod permissions;
pub(crate) mod stream;
pub(crate) mod tokens;
pub(crate) mod users;
