//! Door: what OAuth 2 and OpenID Connect put at fixed places.
//!
//! `/.well-known/openid-configuration`, `/.well-known/jwks.json` and `/oauth/token`, at the root for
//! the tenant `default` and below `/t/<tenant>` for every tenant. The token endpoint at the root
//! serves the clients of all tenants, since a `client_id` is unique in the installation.
//!
//! What differs from the letter of the standards, and why:
//!
//! - the token endpoint also reads JSON bodies: the management dialects' own software development
//!   kits send nothing else;
//! - a client may send its secret in the header or in the body, whichever was registered, but not
//!   both ways at once.
//!
//! Place in the picture: builds on `http-kit` and on the use cases of `oauth`.
//!
//! ```no_run
//! # fn build(oauth: citizenry_oauth::OAuth) {
//! use actix_web::{App, web};
//! use citizenry_http_kit::{Boundary, Doors};
//! use citizenry_http_oidc::OidcShape;
//!
//! let doors = Doors::new("oidc", OidcShape);
//! let boundary: fn(Doors) -> Boundary = citizenry_http_kit::testing::boundary;
//! let app = App::new()
//!     .app_data(web::Data::new(oauth))
//!     .configure(citizenry_http_oidc::configure)
//!     .wrap(boundary(doors));
//! # let _ = app;
//! # }
//! ```
#![deny(missing_docs)]

mod auth;
mod error;
mod handlers;
pub mod pages;
mod routes;
mod wire;

pub use auth::ManagementAuthenticator;
pub use error::OidcShape;
pub use routes::{configure, routes};
