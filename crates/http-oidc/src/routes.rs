//! The routes of the door.

use actix_web::{http::Method, web::ServiceConfig};
use citizenry_http_kit::{Access, Routes};

use crate::handlers::{
    authorize, database_connections, introspection, metadata, pages, pushed, registration, token,
    userinfo,
};

/// The first parts of the paths that this door answers.
pub const PREFIXES: [&str; 11] = [
    "/.well-known",
    "/oauth",
    "/oidc",
    "/authorize",
    "/userinfo",
    "/dbconnections",
    "/activate",
    "/u",
    "/v1/logout",
    "/v2/logout",
    "/t",
];

/// All routes, for every tenant twice: at the root and below its own path.
macro_rules! for_every_tenant {
    ($routes:expr; $($method:ident $path:literal => $handler:expr;)*) => {{
        let routes = $routes;
        $(
            let routes = routes
                .route(Method::$method, $path, Access::Public, $handler)
                .route(Method::$method, concat!("/t/{tenant}", $path), Access::Public, $handler);
        )*
        routes
    }};
}

/// All routes, for every tenant twice: at the root and below its own path.
pub fn routes() -> Routes {
    for_every_tenant! { Routes::new();
        GET "/.well-known/openid-configuration" => metadata::discovery;
        GET "/.well-known/oauth-authorization-server" => metadata::discovery;
        GET "/.well-known/jwks.json" => metadata::jwks;
        GET "/authorize" => authorize::get;
        POST "/authorize" => authorize::post;
        POST "/oauth/token" => token::issue;
        POST "/oauth/introspect" => introspection::introspect;
        POST "/oauth/revoke" => introspection::revoke;
        POST "/oauth/par" => pushed::push;
        POST "/oauth/device/code" => pushed::device;
        GET "/userinfo" => userinfo::get;
        POST "/userinfo" => userinfo::post;
        GET "/oidc/logout" => pages::logout::get;
        POST "/oidc/logout" => pages::logout::post;
        POST "/oidc/register" => registration::create;
        GET "/oidc/register/{client_id}" => registration::read;
        PUT "/oidc/register/{client_id}" => registration::update;
        DELETE "/oidc/register/{client_id}" => registration::delete;
        GET "/v1/logout" => pages::logout::vendor;
        GET "/v2/logout" => pages::logout::vendor;
        POST "/dbconnections/signup" => database_connections::sign_up;
        POST "/dbconnections/change_password" => database_connections::change_password;
        GET "/u/login" => pages::login::get;
        POST "/u/login" => pages::login::post;
        GET "/u/signup" => pages::signup::get;
        POST "/u/signup" => pages::signup::post;
        GET "/u/consent" => pages::consent::get;
        POST "/u/consent" => pages::consent::post;
        GET "/u/reset" => pages::reset::ask;
        POST "/u/reset" => pages::reset::send;
        GET "/u/reset/{ticket}" => pages::reset::show;
        POST "/u/reset/{ticket}" => pages::reset::set;
        GET "/u/verify/{ticket}" => pages::verify::show;
        POST "/u/verify/{ticket}" => pages::verify::confirm;
        GET "/u/logout" => pages::logout::page;
        GET "/activate" => pages::device::get;
        POST "/activate" => pages::device::post;
    }
}

/// Mounts the door at the root. Its handlers take [`Services`](crate::Services) and the
/// [`OAuth`](citizenry_oauth::OAuth) service from the application's data.
///
/// Other doors go before it: it has everything below `/t` that was not added earlier.
pub fn configure(config: &mut ServiceConfig) {
    routes().configure(config);
}
