//! Door: OAuth 2 and OpenID Connect, and the hosted pages on which people sign in.
//!
//! Discovery, key set, the authorization, token, introspection, revocation, pushed-request, device,
//! userinfo, logout and registration endpoints, the vendors' `/dbconnections/*` and `/v1|v2/logout`,
//! and the pages below `/u/` and `/activate`: at the root for the tenant `default` and below
//! `/t/<tenant>` for every tenant ([`routes()`]). The endpoints at the root serve the clients of all
//! tenants, since a `client_id` is unique in the installation.
//!
//! Nothing is stored for a visitor who has not signed in: an authorization request travels with the
//! browser, sealed and bound to it, from page to page ([`pages`] renders them).
//!
//! What differs from the letter of the standards, and why:
//!
//! - the endpoints that clients call by themselves also read JSON bodies: the management dialects'
//!   own software development kits send nothing else;
//! - a client may send its secret in the header or in the body, whichever was registered, but not
//!   both ways at once;
//! - a wrong password of the password grant is answered with 403, as by the vendors.
//!
//! Place in the picture: builds on `http-kit` and on the use cases of `oauth`, `authn` and
//! `directory`.
//!
//! ```no_run
//! # fn build(services: citizenry_http_oidc::Services) {
//! use actix_web::{App, web};
//! use citizenry_http_kit::{Boundary, Doors};
//! use citizenry_http_oidc::OidcShape;
//!
//! let doors = Doors::new("oidc", OidcShape);
//! let boundary: fn(Doors) -> Boundary = citizenry_http_kit::testing::boundary;
//! let app = App::new()
//!     .app_data(web::Data::new(services.oauth.clone()))
//!     .app_data(web::Data::new(services))
//!     .configure(citizenry_http_oidc::configure)
//!     .wrap(boundary(doors));
//! # let _ = app;
//! # }
//! ```
#![deny(missing_docs)]

mod auth;
mod branding;
mod client_request;
mod cookies;
mod error;
mod handlers;
pub mod pages;
mod password_grant;
mod routes;
mod site;
mod wire;

pub use auth::ManagementAuthenticator;
pub use branding::branding;
pub use error::OidcShape;
pub use password_grant::PasswordGrant;
pub use routes::{PREFIXES, configure, routes};
pub use site::Services;
