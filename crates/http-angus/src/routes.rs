//! The table of routes: one line a route.

use actix_web::http::Method;
use citizenry_http_kit::{Access, Routes};

use crate::handlers::{principal, users};

/// One route, for documentation, tests and the coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The resource, as the vendor's contents name it.
    pub resource: &'static str,
    /// The operation's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the door's own.
    pub path: &'static str,
    /// Whether anybody may ask.
    pub is_public: bool,
}

macro_rules! routes {
    ($($resource:literal $name:ident $method:ident $path:literal $access:ident $handler:path;)*) => {
        /// Every route of the door.
        pub const TABLE: &[Route] = &[$(Route {
            resource: $resource,
            name: stringify!($name),
            method: stringify!($method),
            path: $path,
            is_public: matches!(Access::$access, Access::Public),
        }),*];

        pub(crate) fn routes() -> Routes {
            Routes::new()$(.route(Method::$method, $path, Access::$access, $handler))*
        }
    };
}

// Where two patterns fit one path, the one that stands first is taken: fixed words before `{id}`.
routes! {
    "user" listUsers GET "/api/v1/user" Authenticated users::list;
    "user" replaceUser PUT "/api/v1/user" Authenticated users::replace;
    "user" addUser POST "/api/v1/user" Authenticated users::add;
    "user" deleteUsers DELETE "/api/v1/user" Authenticated users::delete;
    "user" updateUser PATCH "/api/v1/user" Authenticated users::update;
    "user" listSysAdmins GET "/api/v1/user/sysadmin" Authenticated users::administrators;
    "user" setSysAdmin PATCH "/api/v1/user/sysadmin" Authenticated users::set_administrator;
    "user" lockUser PATCH "/api/v1/user/locked" Authenticated users::lock;
    "user" enableUsers PATCH "/api/v1/user/enabled" Authenticated users::enable;
    "user" checkUsername GET "/api/v1/user/username/check" Authenticated users::check_username;
    "user" searchUsers GET "/api/v1/user/search" Authenticated users::search;
    "user" getUser GET "/api/v1/user/{id}" Authenticated users::get;
    "auth" getPrincipal GET "/api/v1/auth/user" Authenticated principal::get;
}
