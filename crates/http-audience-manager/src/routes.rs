//! The table of routes: one line a route.

use actix_web::{FromRequest, Handler, Responder, http::Method};
use citizenry_http_kit::{Access, Routes};

use crate::handlers::{groups, own, permissions, tokens, users};

/// One route, for documentation, tests and the coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The resource.
    pub resource: &'static str,
    /// The operation's name.
    pub name: &'static str,
    /// The HTTP method, as the request line is printed.
    pub method: &'static str,
    /// A further method that is served: the prose names another one than the request line, or a
    /// sister method uses it.
    pub other_method: Option<&'static str>,
    /// The path below the door's own, as it is printed.
    pub path: &'static str,
    /// The further forms of the path that are served.
    pub aliases: &'static [&'static str],
}

impl Route {
    /// Every path that is served, the printed one first.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.path).chain(self.aliases.iter().copied())
    }

    /// Every method that is served, the printed one first.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.method).chain(self.other_method)
    }

    fn add<F, Args>(&self, routes: Routes, access: Access, handler: &F) -> Routes
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let forms = self.paths().flat_map(|path| self.methods().map(move |method| (path, method)));
        forms.fold(routes, |routes, (path, method)| {
            let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
            routes.route(method, path, access, handler.clone())
        })
    }
}

/// The printed path and the other forms of it, each with and without a final slash.
macro_rules! forms {
    // Below both prefixes; printed with a final slash.
    (collection $path:literal) => {
        (
            concat!("/api/v1", $path, "/"),
            &[concat!("/api/v1", $path), concat!("/v1", $path, "/"), concat!("/v1", $path)],
        )
    };
    // Below both prefixes; printed without.
    (item $path:literal) => {
        (
            concat!("/api/v1", $path),
            &[concat!("/api/v1", $path, "/"), concat!("/v1", $path), concat!("/v1", $path, "/")],
        )
    };
    // A self method, with and without prefix and `/users`; printed with neither.
    (own $path:literal) => {
        forms!($path, $path, concat!("/users", $path))
    };
    // The same, printed with `/users`.
    (users_own $path:literal) => {
        forms!($path, concat!("/users", $path), $path)
    };
    // For clients, without any prefix; printed without a final slash, or with one.
    (open $path:literal) => {
        ($path, &[concat!($path, "/")])
    };
    (open_slash $path:literal) => {
        (concat!($path, "/"), &[$path])
    };
    ($path:literal, $printed:expr, $other:expr) => {
        (
            $printed,
            &[
                $other,
                concat!("/api/v1", $path),
                concat!("/api/v1/users", $path),
                concat!("/v1", $path),
                concat!("/v1/users", $path),
                concat!($path, "/"),
                concat!("/users", $path, "/"),
                concat!("/api/v1", $path, "/"),
                concat!("/api/v1/users", $path, "/"),
                concat!("/v1", $path, "/"),
                concat!("/v1/users", $path, "/"),
            ],
        )
    };
}

macro_rules! row {
    ($resource:ident $name:ident $method:ident $other:expr, $kind:ident $path:literal) => {{
    const FORMS: (&str, &[&str]) = forms!($kind $path);
        Route {
            resource: stringify!($resource),
            name: stringify!($name),
            method: stringify!($method),
            other_method: $other,
            path: FORMS.0,
            aliases: FORMS.1,
        }
    }};
}

macro_rules! routes {
    ($($resource:ident $name:ident $method:ident $(| $other:ident)? $kind:ident $path:literal $access:ident $handler:path;)*) => {
        /// Every route.
        pub const TABLE: &[Route] = &[$(
            row!($resource $name $method routes!(@other $($other)?), $kind $path)
        ),*];

        pub(crate) fn routes() -> Routes {
            let routes = Routes::new();
            $(
                let route = row!($resource $name $method routes!(@other $($other)?), $kind $path);
                let routes = route.add(routes, Access::$access, &$handler);
            )*
            routes
        }
    };
    (@other) => { None };
    (@other $method:ident) => { Some(stringify!($method)) };
}

// Where two patterns fit one path, the one that stands first is taken: `self` and `bulk-delete`
// before identifiers.
routes! {
    self updateSelf PUT own "/self/update" Authenticated own::update;
    self updateSelfPassword POST|PUT users_own "/self/update-password" Authenticated own::update_password;
    self resetSelfPassword POST|PUT own "/self/reset-password" Authenticated own::reset_password;
    self getSelf GET item "/users/self" Authenticated own::get;
    user createUser POST collection "/users" Authenticated users::create;
    user listUsers GET collection "/users" Authenticated users::list;
    user bulkDeleteUsers POST item "/users/bulk-delete" Authenticated users::bulk_delete;
    user getUser GET item "/users/{userId}" Authenticated users::get;
    user updateUser PUT item "/users/{userId}" Authenticated users::update;
    user deleteUser DELETE item "/users/{userId}" Authenticated users::delete;
    group createGroup POST collection "/groups" Authenticated groups::create;
    group listGroups GET collection "/groups" Authenticated groups::list;
    group bulkDeleteGroups DELETE|POST item "/groups/bulk-delete" Authenticated groups::bulk_delete;
    group getGroup GET item "/groups/{groupId}" Authenticated groups::get;
    group updateGroup PUT item "/groups/{groupId}" Authenticated groups::update;
    group deleteGroup DELETE item "/groups/{groupId}" Authenticated groups::delete;
    permission listGroupPermissions GET item "/groups/{groupId}/permissions" Authenticated permissions::list;
    permission setGroupPermissions PUT collection "/groups/{groupId}/permissions" Authenticated permissions::set;
    permission listPermissionableObjectTypes GET collection "/permissionable-object-types" Authenticated permissions::object_types;
    permission listPermissionsOfObjectType GET collection "/permissionable-object-types/{objectType}" Authenticated permissions::of_object_type;
    auth legacyToken POST open "/oauth/token" Public tokens::legacy;
    auth legacyAuthorize GET open "/oauth/authorize" Public tokens::authorize;
    auth imsServerToServer POST open "/ims/token/v3" Public tokens::server_to_server;
    auth imsJwtExchange POST open_slash "/ims/exchange/jwt" Public tokens::exchange;
}
