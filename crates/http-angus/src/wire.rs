//! The vendor's words: bodies, answers, identifiers, lists, errors.

pub(crate) mod answer;
pub(crate) mod api_tokens;
pub(crate) mod auth;
pub(crate) mod authors;
pub(crate) mod body;
pub(crate) mod codes;
pub(crate) mod departments;
pub(crate) mod error;
pub(crate) mod filters;
pub(crate) mod groups;
pub(crate) mod ids;
pub(crate) mod language;
pub(crate) mod lenient;
pub(crate) mod paging;
pub(crate) mod parameters;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod real_names;
pub(crate) mod secrets;
pub(crate) mod sign;
pub(crate) mod sign_up;
pub(crate) mod tags;
pub(crate) mod tenants;
pub(crate) mod times;
pub(crate) mod user_bodies;
pub(crate) mod users;
