//! The door of AngusGM: users, departments, groups, tags, tenants, sign-in and tokens.
//!
//! Three paths lie below the door's own: `/api/v1` for callers with a token, `/pubapi/v1` for
//! anybody, `/oauth2` for clients of OAuth 2; each once more below `/gm`, as the vendor's cloud has
//! them. Answers come in an envelope (`code`, `msg`, `data`, `datetime`, `ext`) in which every
//! number is a text, in the caller's language and the tenant's time zone. **What went wrong shows in
//! `code`, not in the status alone.** Where this door differs from the vendor's,
//! `docs/dialects/angus-gm.md` says why.
//!
//! Place in the picture: builds on `http-kit` and on the use cases of `directory`, `authn` and
//! `oauth`; the binary mounts it. [`TABLE`] is the whole of it on one screen.
//!
//! ```
//! use actix_web::web;
//! use citizenry_http_angus as angus;
//! use citizenry_http_kit::{Doors, testing::PlainShape};
//!
//! fn application(config: &mut web::ServiceConfig, services: &angus::Services) {
//!     angus::configure(config, services);
//! }
//! // The doors whose words refusals are put in.
//! let doors = angus::mount(Doors::new("other", PlainShape));
//! # let _ = (application, doors);
//! assert!(angus::TABLE.iter().any(|route| route.path == "/api/v1/user/{id}"));
//! ```
#![deny(missing_docs)]

mod handlers;
mod routes;
mod wire;

use std::sync::Arc;

use actix_web::web;
use citizenry_authn::Authn;
use citizenry_directory::{DialectRules, Directory};
use citizenry_http_kit::{Authenticator, Doors, QueryToken, authentication};
use citizenry_oauth::OAuth;

pub use routes::{Route, TABLE};
pub use wire::{
    auth::AngusAuthenticator,
    error::{Errors, OAuthErrors},
};

/// The path that the door lies below.
pub const PREFIX: &str = "/angus";

/// What the vendor's cloud has between host and path.
pub const CLOUD: &str = "/gm";

/// The door's short name, a label of metrics and logs.
const NAME: &str = "angus";

/// The rules that this dialect has and others do not.
const RULES: DialectRules =
    DialectRules { quotas: true, refuse_disabled_groups: true, one_head: true };

/// The use cases that the door stands on. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// People and structure.
    pub directory: Directory,
    /// Passwords and one-time codes.
    pub authn: Authn,
    /// Tokens.
    pub oauth: OAuth,
    authenticator: Arc<dyn Authenticator>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Services")
    }
}

impl Services {
    /// The use cases, and callers as [`AngusAuthenticator`] knows them.
    pub fn new(directory: Directory, authn: Authn, oauth: OAuth) -> Self {
        let authenticator = Arc::new(AngusAuthenticator::new(oauth.clone()));
        Self { directory, authn, oauth, authenticator }
    }

    /// The same with callers as `authenticator` knows them.
    #[must_use]
    pub fn with_authenticator(self, authenticator: Arc<dyn Authenticator>) -> Self {
        Self { authenticator, ..self }
    }
}

/// Adds the door's routes below [`PREFIX`], and for requests that a host name has sent to a tenant's
/// path, below `/t/{tenant}` and [`PREFIX`].
pub fn configure(config: &mut web::ServiceConfig, services: &Services) {
    configure_at(config, PREFIX, services);
    configure_at(config, &format!("/t/{{tenant}}{PREFIX}"), services);
}

/// Adds the door's routes below `prefix`, with and without [`CLOUD`].
pub fn configure_at(config: &mut web::ServiceConfig, prefix: &str, services: &Services) {
    // The longer one first: the first scope that fits takes the request.
    for cloud in [CLOUD, ""] {
        let scope = web::scope(&format!("{prefix}{cloud}"))
            .app_data(web::Data::new(services.clone()))
            .app_data(authentication::data(Arc::clone(&services.authenticator)))
            .app_data(QueryToken("access_token"))
            .configure(|config| routes::routes().configure(config));
        config.service(scope);
    }
}

/// `doors` with this door at [`PREFIX`], so that refusals below it come in its words.
pub fn mount(doors: Doors) -> Doors {
    let doors = doors.at(PREFIX, NAME, Errors);
    ["", CLOUD]
        .iter()
        .fold(doors, |doors, cloud| doors.at(&format!("{PREFIX}{cloud}/oauth2"), NAME, OAuthErrors))
}
