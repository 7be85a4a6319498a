//! The OAuth 2 provider: tokens for clients, the keys that sign them, and what a token proves.
//!
//! - [`OAuth::token`] is the token endpoint: it authenticates a client, decides which resource
//!   server and which scopes, and signs a token (RFC 6749, RFC 9068);
//! - [`OAuth::authenticate`] turns a bearer token of the management API into the
//!   [`Caller`](citizenry_authz::Caller) of every use case, and asks the database what is still
//!   true of it;
//! - [`OAuth::discovery`] and [`OAuth::jwks`] say who signs and with which keys;
//! - [`signing_keys`] makes those keys.
//!
//! Place in the picture: builds on `identity`, `authz` and the ports of `storage`; the doors build
//! on it. It knows neither HTTP nor SQL.
//!
//! ```
//! use citizenry_identity::TenantName;
//! use citizenry_oauth::{Discovery, Issuers};
//!
//! let issuers = Issuers::new("https://id.example.com", true);
//! let document = Discovery::of(&issuers, &TenantName::parse("acme")?);
//! assert_eq!(document.issuer, "https://id.example.com/t/acme/");
//! assert_eq!(document.jwks_uri, "https://id.example.com/t/acme/.well-known/jwks.json");
//! # Ok::<(), citizenry_identity::Error>(())
//! ```
#![deny(missing_docs)]

mod access_token;
mod audience;
mod authorization_code;
mod client_authentication;
mod discovery;
mod issuers;
mod jws;
mod management;
mod service;
pub mod signing_keys;
#[cfg(test)]
mod test_world;
mod token;
mod token_error;

pub use discovery::{DISCOVERY_PATH, Discovery, JWKS_PATH, TOKEN_PATH};
pub use issuers::Issuers;
pub use service::OAuth;
pub use signing_keys::Jwks;
pub use token::{BasicClient, TokenRequest, TokenResponse};
pub use token_error::TokenError;
