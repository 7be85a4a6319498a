//! The routes of the door.

use actix_web::web::ServiceConfig;
use citizenry_http_kit::Routes;

use crate::handlers::{metadata, token};

/// All routes, for every tenant twice: at the root and below its own path.
pub fn routes() -> Routes {
    Routes::new()
        .public_get("/.well-known/openid-configuration", metadata::discovery)
        .public_get("/.well-known/jwks.json", metadata::jwks)
        .public_post("/oauth/token", token::issue)
        .public_get("/t/{tenant}/.well-known/openid-configuration", metadata::discovery)
        .public_get("/t/{tenant}/.well-known/jwks.json", metadata::jwks)
        .public_post("/t/{tenant}/oauth/token", token::issue)
}

/// Mounts the door at the root. Its handlers take the [`OAuth`](citizenry_oauth::OAuth) service
/// from the application's data.
pub fn configure(config: &mut ServiceConfig) {
    routes().configure(config);
}
