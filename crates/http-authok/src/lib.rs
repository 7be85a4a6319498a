//! The door of the Authok Management API.
//!
//! One code serves two prefixes ([`Prefix`]): `/api/v1`, Authok's own, and `/api/v2`, under which
//! Auth0's SDKs ask. They differ in paging (from 1, from 0), in times (`YYYY-MM-DD HH:MM:SS` in the
//! tenant's time zone, ISO 8601 in UTC), in statuses (200 for every success, 201 and 204 as Auth0)
//! and in what a PATCH does to metadata (replaced, merged). Where this door differs from the vendor,
//! `docs/dialects/authok.md` says why.
//!
//! Place in the picture: builds on `http-kit` and on the use cases of `directory`; the binary mounts
//! it. [`TABLE`] is the whole of it on one screen.
//!
//! ```
//! use actix_web::web;
//! use citizenry_http_authok as authok;
//! use citizenry_http_kit::Doors;
//!
//! // Among the app data: `web::Data<Directory>`, and an `Authenticator` by `authentication::data`.
//! fn application(config: &mut web::ServiceConfig) {
//!     authok::configure(config);
//! }
//! // The doors whose words refusals are put in; here this door answers for unknown paths, too.
//! let doors = authok::mount(Doors::new("authok", authok::Errors::new(authok::Prefix::V1)));
//! # let _ = (application, doors);
//! assert!(authok::TABLE.iter().any(|route| route.path == "/users/{user_id}"));
//! ```
#![deny(missing_docs)]

mod handlers;
pub mod openapi;
mod routes;
mod wire;

use std::num::NonZeroU32;

use actix_web::web;
use citizenry_http_kit::{Doors, RateLimit};

pub use routes::{QUICK_START, Route, TABLE};
pub use wire::{auth::Prefix, error::Errors};

/// The vendor's rate limit: 3 requests a second for each route and caller. A setting; off unless a
/// `RateLimiter` that counts against it is among the app data.
pub const RATE_LIMIT: RateLimit = RateLimit::per_second(THREE);

const THREE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

/// Adds the door's routes under both prefixes. Among the app data there must be a
/// `web::Data<Directory>` and an [`Authenticator`](citizenry_http_kit::Authenticator).
pub fn configure(config: &mut web::ServiceConfig) {
    for prefix in Prefix::ALL {
        let scope = web::scope(prefix.path())
            .app_data(prefix)
            .configure(|config| routes::routes().configure(config));
        config.service(scope);
    }
}

/// `doors` with this door's two prefixes, so that refusals under them come in its words.
pub fn mount(doors: Doors) -> Doors {
    Prefix::ALL
        .into_iter()
        .fold(doors, |doors, prefix| doors.at(prefix.path(), "authok", Errors::new(prefix)))
}
