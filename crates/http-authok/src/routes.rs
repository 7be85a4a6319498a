//! The table of routes: one line a route.

use actix_web::http::Method;
use citizenry_http_kit::{Access, Routes};

use crate::handlers::{
    branding, client_grants, clients, connections, jobs, logs, resource_servers, roles, tenants,
    user_permissions, user_roles, users,
};

/// One route, for documentation, tests and the coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The resource, as the vendor's contents name it.
    pub resource: &'static str,
    /// The operation's name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the prefix.
    pub path: &'static str,
    /// The permissions that the use case asks for. Documentation: nothing here decides by it.
    pub scopes: &'static [&'static str],
}

/// The one row of the vendor's that is not below the prefixes: the token endpoint, which serves
/// every door and stands in `http-oidc`.
pub const QUICK_START: Route = Route {
    resource: "QuickStart",
    name: "get_token",
    method: "POST",
    path: "/oauth/token",
    scopes: &[],
};

macro_rules! routes {
    ($($resource:ident $name:ident $method:ident $path:literal [$($scope:literal)*] $handler:path;)*) => {
        /// Every route below `/api/v1` and `/api/v2`.
        pub const TABLE: &[Route] = &[$(Route {
            resource: stringify!($resource),
            name: stringify!($name),
            method: stringify!($method),
            path: $path,
            scopes: &[$($scope),*],
        }),*];

        pub(crate) fn routes() -> Routes {
            Routes::new()$(.route(Method::$method, $path, Access::Authenticated, $handler))*
        }
    };
}

// Where two patterns fit one path, the one that stands first is taken.
routes! {
    Connection create_connection POST "/connections" ["create:connections"] connections::create;
    Connection list_connections GET "/connections" ["read:connections"] connections::list;
    Connection get_connection GET "/connections/{id}" ["read:connections"] connections::get;
    Connection update_connection PATCH "/connections/{id}" ["update:connections"] connections::update;
    Connection delete_connection DELETE "/connections/{id}" ["delete:connections"] connections::delete;
    Connection get_connection_status GET "/connections/{id}/status" ["read:connections"] connections::status;
    Connection delete_connection_user DELETE "/connections/{id}/users" ["delete:users"] connections::delete_user;
    Client create_client POST "/clients" ["create:clients"] clients::create;
    Client list_clients GET "/clients" ["read:clients"] clients::list;
    Client get_client GET "/clients/{id}" ["read:clients"] clients::get;
    Client update_client PATCH "/clients/{id}" ["update:clients"] clients::update;
    Client delete_client DELETE "/clients/{id}" ["delete:clients"] clients::delete;
    Client rotate_client_secret POST "/clients/{id}/rotate-secret" ["update:clients"] clients::rotate_secret;
    ResourceServer create_resource_server POST "/resource-servers" ["create:resource_servers"] resource_servers::create;
    ResourceServer list_resource_servers GET "/resource-servers" ["read:resource_servers"] resource_servers::list;
    ResourceServer get_resource_server GET "/resource-servers/{id}" ["read:resource_servers"] resource_servers::get;
    ResourceServer update_resource_server PATCH "/resource-servers/{id}" ["update:resource_servers"] resource_servers::update;
    ResourceServer delete_resource_server DELETE "/resource-servers/{id}" ["delete:resource_servers"] resource_servers::delete;
    User users_by_email GET "/users-by-email" ["read:users"] users::by_email;
    User create_user POST "/users" ["create:users"] users::create;
    User list_users GET "/users" ["read:users"] users::list;
    User batch_delete_users DELETE "/users/batch" ["delete:users"] users::delete_batch;
    User create_user_by_identity POST "/users/create-by-identity-provider" ["create:users"] users::create_by_identity;
    User get_user_by_provider GET "/users/by-provider/{provider}/user_id/{user_id}" ["read:users"] users::by_provider;
    User get_user GET "/users/{user_id}" ["read:users"] users::get;
    User update_user PATCH "/users/{user_id}" ["update:users"] users::update;
    User delete_user DELETE "/users/{user_id}" ["delete:users"] users::delete;
    User list_user_permissions GET "/users/{user_id}/permissions" ["read:users"] user_permissions::list;
    User add_user_permissions POST "/users/{user_id}/permissions" ["update:users"] user_permissions::add;
    User remove_user_permissions DELETE "/users/{user_id}/permissions" ["update:users"] user_permissions::remove;
    User list_user_roles GET "/users/{user_id}/roles" ["read:users"] user_roles::list;
    User add_user_roles POST "/users/{user_id}/roles" ["update:users"] user_roles::add;
    User remove_user_roles DELETE "/users/{user_id}/roles" ["update:users"] user_roles::remove;
    User link_user POST "/users/{user_id}/identities" ["update:users"] users::link;
    User unlink_user DELETE "/users/{user_id}/identities/{connection}/{secondary_user_id}" ["update:users"] users::unlink;
    User list_user_organizations GET "/users/{user_id}/organizations" ["read:users"] users::organizations;
    User list_user_grants GET "/users/{user_id}/grants" ["read:users"] users::grants;
    Job import_users POST "/jobs/users-imports" ["create:users"] jobs::import;
    Job export_users POST "/jobs/users-exports" ["read:users"] jobs::export;
    Job send_verification_email POST "/jobs/verification-email" ["update:users"] jobs::verification_email;
    Job get_job GET "/jobs/{id}" ["read:users"] jobs::get;
    Job get_job_errors GET "/jobs/{id}/errors" ["read:users"] jobs::errors;
    Job get_job_file GET "/jobs/{id}/file" ["read:users"] jobs::file;
    Log list_user_logs GET "/users/{user_id}/logs" ["read:logs_users"] logs::list_of_user;
    Log list_logs GET "/logs" ["read:logs"] logs::list;
    Log get_log GET "/logs/{id}" ["read:logs"] logs::get;
    Role create_role POST "/roles" ["create:roles"] roles::create;
    Role list_roles GET "/roles" ["read:roles"] roles::list;
    Role get_role GET "/roles/{id}" ["read:roles"] roles::get;
    Role update_role PATCH "/roles/{id}" ["update:roles"] roles::update;
    Role delete_role DELETE "/roles/{id}" ["delete:roles"] roles::delete;
    Role list_role_permissions GET "/roles/{id}/permissions" ["read:roles"] roles::permissions;
    Role add_role_permissions POST "/roles/{id}/permissions" ["update:roles"] roles::add_permissions;
    Role remove_role_permissions DELETE "/roles/{id}/permissions" ["update:roles"] roles::remove_permissions;
    Role list_role_users GET "/roles/{id}/users" ["read:roles"] roles::users;
    Role assign_role_users POST "/roles/{id}/users" ["update:roles"] roles::add_users;
    Role remove_role_users DELETE "/roles/{id}/users" ["update:roles"] roles::remove_users;
    Tenant get_tenant_settings GET "/tenants/settings" ["read:tenant_settings"] tenants::get;
    Tenant update_tenant_settings PATCH "/tenants/settings" ["update:tenant_settings"] tenants::update;
    Branding get_branding GET "/branding" ["read:branding"] branding::get;
    Branding update_branding PATCH "/branding" ["update:branding"] branding::update;
    ClientGrant create_client_grant POST "/client-grants" ["create:client_grants"] client_grants::create;
    ClientGrant list_client_grants GET "/client-grants" ["read:client_grants"] client_grants::list;
    ClientGrant get_client_grant GET "/client-grants/{id}" ["read:client_grants"] client_grants::get;
    ClientGrant update_client_grant PATCH "/client-grants/{id}" ["update:client_grants"] client_grants::update;
    ClientGrant delete_client_grant DELETE "/client-grants/{id}" ["delete:client_grants"] client_grants::delete;
}
