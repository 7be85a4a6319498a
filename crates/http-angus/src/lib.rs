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
//! // Among the app data: the use cases of `directory`, `authn` and `oauth`.
//! fn application(config: &mut web::ServiceConfig, oauth: &citizenry_oauth::OAuth) {
//!     angus::configure(config, oauth);
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
pub use wire::{auth::AngusAuthenticator, error::Errors};

/// The path that the door lies below.
pub const PREFIX: &str = "/angus";

/// What the vendor's cloud has between host and path.
pub const CLOUD: &str = "/gm";

/// The rules that this dialect has and others do not.
const RULES: DialectRules =
    DialectRules { quotas: true, refuse_disabled_groups: true, one_head: true };

/// The use cases that the door stands on.
#[derive(Debug, Clone)]
struct Services {
    /// People and structure.
    directory: Directory,
    /// Passwords and codes.
    authn: Authn,
    /// Tokens.
    oauth: OAuth,
}

/// Adds the door's routes below [`PREFIX`], and for requests that a host name has sent to a tenant's
/// path, below `/t/{tenant}` and [`PREFIX`]. Among the app data there must be a
/// `web::Data<Directory>`, a `web::Data<Authn>` and a `web::Data<OAuth>`; `oauth` says who is calling.
pub fn configure(config: &mut web::ServiceConfig, oauth: &OAuth) {
    configure_at(config, PREFIX, oauth);
    configure_at(config, &format!("/t/{{tenant}}{PREFIX}"), oauth);
}

/// Adds the door's routes below `prefix`, with and without [`CLOUD`].
pub fn configure_at(config: &mut web::ServiceConfig, prefix: &str, oauth: &OAuth) {
    let authenticator: Arc<dyn Authenticator> = Arc::new(AngusAuthenticator::new(oauth.clone()));
    // The longer one first: the first scope that fits takes the request.
    for cloud in [CLOUD, ""] {
        let scope = web::scope(&format!("{prefix}{cloud}"))
            .app_data(authentication::data(Arc::clone(&authenticator)))
            .app_data(QueryToken("access_token"))
            .configure(|config| routes::routes().configure(config));
        config.service(scope);
    }
}

/// `doors` with this door at [`PREFIX`], so that refusals below it come in its words.
pub fn mount(doors: Doors) -> Doors {
    doors.at(PREFIX, "angus", Errors)
}
