//! A request for every route of the table that is right in every way. A route that is not named here
//! fails every test that walks the table.

use citizenry_http_authok::Route;
use serde_json::{Value, json};

use crate::house::{AUDIENCE, Ids, seed_user};

/// The routes that read no body and need no query.
const WITHOUT_BODY: [&str; 36] = [
    "get_job",
    "get_job_errors",
    "get_job_file",
    "list_connections",
    "get_connection",
    "delete_connection",
    "get_connection_status",
    "list_clients",
    "get_client",
    "delete_client",
    "rotate_client_secret",
    "list_resource_servers",
    "get_resource_server",
    "delete_resource_server",
    "list_users",
    "get_user_by_provider",
    "get_user",
    "delete_user",
    "list_user_permissions",
    "list_user_roles",
    "unlink_user",
    "list_user_organizations",
    "list_user_grants",
    "list_user_logs",
    "list_logs",
    "get_log",
    "list_roles",
    "get_role",
    "delete_role",
    "list_role_permissions",
    "list_role_users",
    "get_tenant_settings",
    "get_branding",
    "list_client_grants",
    "get_client_grant",
    "delete_client_grant",
];

/// Path with query, and body, of a good request for `route`, which changes something where the route
/// is there to change.
pub(crate) fn example(route: &Route, ids: &Ids) -> (String, Option<Value>) {
    let permissions = || {
        json!({ "permissions": [
            { "resource_server_identifier": AUDIENCE, "permission_name": "read:books" },
        ] })
    };
    let roles = || json!({ "roles": [ids.role] });
    let users = || json!({ "users": [ids.second_user] });
    let (query, body) = match route.name {
        "create_connection" => ("", Some(json!({ "name": "partners", "strategy": "samlp" }))),
        "update_connection" => ("", Some(json!({ "display_name": "人们" }))),
        "delete_connection_user" => ("?email=hanmeimei%40example.com", None),
        "create_client" => ("", Some(json!({ "name": "Writer", "app_type": "spa" }))),
        "update_client" => ("", Some(json!({ "description": "Reads books" }))),
        "create_resource_server" => {
            ("", Some(json!({ "name": "Films", "identifier": "https://films.example" })))
        }
        "update_resource_server" => ("", Some(json!({ "token_lifetime": 600 }))),
        "users_by_email" => ("?email=Fioman%40qq.com", None),
        "create_user" => {
            let mut user = seed_user();
            user["email"] = "lilei@example.com".into();
            user["username"] = "lilei".into();
            user["phone_number"] = "+1 650 253 0000".into();
            ("", Some(user))
        }
        "batch_delete_users" => ("", Some(json!({ "user_ids": [ids.second_user] }))),
        "create_user_by_identity" => {
            let profile = json!({ "name": "Lucy" });
            let body = json!({ "connection": "github", "user_id": "27", "profile_data": profile });
            ("", Some(body))
        }
        "update_user" => ("", Some(json!({ "nickname": "小雷", "user_metadata": { "a": 1 } }))),
        "add_user_permissions"
        | "remove_user_permissions"
        | "add_role_permissions"
        | "remove_role_permissions" => ("", Some(permissions())),
        "add_user_roles" | "remove_user_roles" => ("", Some(roles())),
        "link_user" => ("", Some(json!({ "user_id": ids.second_user }))),
        "create_role" => ("", Some(json!({ "name": "Author", "description": "Writes books" }))),
        "update_role" => ("", Some(json!({ "description": "Edits" }))),
        "assign_role_users" | "remove_role_users" => ("", Some(users())),
        "update_tenant_settings" => ("", Some(json!({ "session_lifetime": 48 }))),
        "update_branding" => ("", Some(json!({ "colors": { "primary": "#0f766e" } }))),
        "create_client_grant" => {
            let audience = "https://home.example/api/v1";
            let body = json!({ "client_id": ids.client, "audience": audience, "scope": [] });
            ("", Some(body))
        }
        "import_users" => {
            let users = json!([{ "email": "jim@example.com" }]);
            ("", Some(json!({ "connection_id": ids.connection, "users": users })))
        }
        "export_users" => ("", Some(json!({ "connection_id": ids.connection, "format": "json" }))),
        "send_verification_email" => {
            ("", Some(json!({ "user_id": ids.user, "client_id": ids.client })))
        }
        "update_client_grant" => ("", Some(json!({ "scope": ["write:books"] }))),
        name if WITHOUT_BODY.contains(&name) => ("", None),
        unknown => panic!("no example for {unknown}: a route without tests"),
    };
    (format!("{}{query}", path(route, ids)), body)
}

/// The route's path with the ids of what lives in the home tenant.
fn path(route: &Route, ids: &Ids) -> String {
    let id = match route.resource {
        "Job" if route.name == "get_job_file" => &ids.export,
        "Job" => &ids.import,
        "Connection" => &ids.connection,
        "Client" => &ids.client,
        "ResourceServer" => &ids.resource_server,
        "ClientGrant" => &ids.grant,
        "Role" => &ids.role,
        _ => &ids.event,
    };
    let bare = |user: &str| user.split_once('|').unwrap().1.to_owned();
    // What is looked up by provider, and what can be unlinked from the user, differ.
    let user = match route.name {
        "get_user_by_provider" => "26".to_owned(),
        _ => ids.user.clone(),
    };
    route
        .path
        .replace("{id}", id)
        .replace("{provider}", "github")
        .replace("{connection}", "people")
        .replace("{secondary_user_id}", &bare(&ids.second_user))
        .replace("{user_id}", &user)
}
