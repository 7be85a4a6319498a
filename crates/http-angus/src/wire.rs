//! The vendor's words: bodies, answers, identifiers, lists, errors.

pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod authors;
pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod filters;
pub(crate) mod ids;
pub(crate) mod language;
pub(crate) mod lenient;
pub(crate) mod paging;
pub(crate) mod parameters;
pub(crate) mod secrets;
pub(crate) mod times;
pub(crate) mod user_bodies;
pub(crate) mod users;
