//! The door of Audience Manager: users, groups, permissions of groups, and the token endpoints that
//! its clients know.
//!
//! One code serves both printed prefixes, `/api/v1` and `/v1`, and the self methods in every printed
//! form of their path. Answers are bare objects and arrays; refusals are `{"code", "message"}`, at
//! the token endpoints `{"error", "error_description"}` (RFC 6749). Where this door differs from the
//! vendor's, `docs/dialects/audience-manager.md` says why.
//!
//! Place in the picture: builds on `http-kit` and on the use cases of `directory`, `authn` and
//! `oauth`; the binary mounts it. [`TABLE`] is the whole of it on one screen.
//!
//! ```
//! use actix_web::web;
//! use citizenry_http_audience_manager as audience_manager;
//! use citizenry_http_kit::{Doors, testing::PlainShape};
//! use citizenry_oauth::OAuth;
//!
//! // Below `/aam`. Among the app data: `web::Data` of `Directory`, `Authn` and `OAuth`.
//! fn application(config: &mut web::ServiceConfig, oauth: &OAuth) {
//!     audience_manager::configure(config, oauth);
//! }
//! // The doors whose words refusals are put in.
//! let doors = audience_manager::mount(Doors::new("other", PlainShape));
//! # let _ = (application, doors);
//! let self_update = audience_manager::TABLE.iter().find(|route| route.name == "updateSelf");
//! assert!(self_update.is_some_and(|route| route.aliases.contains(&"/users/self/update")));
//! ```
#![deny(missing_docs)]

mod handlers;
mod routes;
mod wire;

use std::sync::Arc;

use actix_web::web;
use citizenry_http_kit::{Doors, authentication};
use citizenry_oauth::OAuth;

pub use routes::{Route, TABLE};
pub use wire::{
    auth::AudienceManagerAuthenticator,
    error::{Errors, OAuthErrors},
};

/// The path that the door lies below.
pub const PREFIX: &str = "/aam";

/// The door's short name, a label of metrics and logs.
const NAME: &str = "audience_manager";

/// Where the token endpoints lie.
const TOKEN_PATHS: [&str; 2] = ["/oauth", "/ims"];

/// Adds the door's routes below [`PREFIX`], let in by `oauth`. Among the app data there must be a
/// `web::Data<Directory>`, a `web::Data<Authn>` and a `web::Data<OAuth>`.
pub fn configure(config: &mut web::ServiceConfig, oauth: &OAuth) {
    configure_at(config, PREFIX, oauth);
}

/// Adds the door's routes below `prefix`; with `""` at the root.
pub fn configure_at(config: &mut web::ServiceConfig, prefix: &str, oauth: &OAuth) {
    let authenticator = AudienceManagerAuthenticator::new(oauth.clone());
    let scope = web::scope(prefix)
        .app_data(authentication::data(Arc::new(authenticator)))
        .configure(|config| routes::routes().configure(config));
    config.service(scope);
}

/// `doors` with this door at [`PREFIX`], so that refusals below it come in its words.
pub fn mount(doors: Doors) -> Doors {
    mount_at(doors, PREFIX)
}

/// As [`mount`], at `prefix`.
pub fn mount_at(doors: Doors, prefix: &str) -> Doors {
    let doors = doors.at(prefix, NAME, Errors);
    TOKEN_PATHS
        .iter()
        .fold(doors, |doors, path| doors.at(&format!("{prefix}{path}"), NAME, OAuthErrors))
}

/// As [`mount`], for all of the host name `host`.
pub fn mount_at_host(doors: Doors, host: &str) -> Doors {
    let doors = doors.at_host(host, "", NAME, Errors);
    TOKEN_PATHS.iter().fold(doors, |doors, path| doors.at_host(host, path, NAME, OAuthErrors))
}
