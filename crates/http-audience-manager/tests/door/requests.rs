//! A good request for every row of the table.

use citizenry_http_audience_manager::Route;
use serde_json::{Value, json};

use crate::house::{House, Ids, PASSWORD, seed_user};

/// What is sent to a route.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A form.
    Form(String),
}

/// One of the route's paths with what lives at home in place of its parameters.
pub(crate) fn path(form: &str, ids: &Ids) -> String {
    let path = form.replace("{userId}", &ids.user.to_string());
    let path = path.replace("{groupId}", &ids.group.to_string());
    format!("/aam{}", path.replace("{objectType}", "SEGMENT"))
}

/// The body of a good request. A row without a case here fails every test that walks the table.
pub(crate) fn body(route: &Route, house: &House) -> Body {
    let Ids { user, second_user, group, second_group } = house.ids;
    let client =
        format!("client_id={}&client_secret={}", house.home.client_id, house.home.client_secret);
    match route.name {
        "getSelf"
        | "listUsers"
        | "getUser"
        | "deleteUser"
        | "listGroups"
        | "getGroup"
        | "deleteGroup"
        | "listGroupPermissions"
        | "listPermissionableObjectTypes"
        | "listPermissionsOfObjectType"
        | "legacyAuthorize"
        | "resetSelfPassword" => Body::None,
        "createUser" => {
            let mut body = seed_user(second_group);
            body["username"] = json!("lilei");
            body["email"] = json!("lilei@example.com");
            Body::Json(body)
        }
        "updateUser" => {
            let mut body = seed_user(group);
            body.as_object_mut().unwrap().remove("isAdmin");
            body["groups"] = json!([group, second_group]);
            body["title"] = json!(null);
            Body::Json(body)
        }
        "updateSelf" => Body::Json(json!({
            "status": "ACTIVE", "firstName": "Ada", "lastName": "Admin",
            "email": "admin@example.com", "title": "Administrator", "phoneNumber": null,
        })),
        "updateSelfPassword" => Body::Json(json!({
            "oldPassword": PASSWORD, "newPassword": "Quokka!wanders7Far",
        })),
        "bulkDeleteUsers" => Body::Json(json!([user, second_user])),
        "createGroup" => Body::Json(json!({
            "name": "Buyers", "description": null, "wildcards": ["VIEW_TAGS"], "users": [user],
        })),
        "updateGroup" => Body::Json(json!({ "name": "Analysts", "description": "All segments" })),
        "bulkDeleteGroups" => Body::Json(json!({ "ids": [group, second_group] })),
        "setGroupPermissions" => Body::Json(json!([
            { "objectType": "TRAIT", "objectId": "7", "permissions": ["READ"] },
            { "objectType": "DESTINATION", "objectId": 8, "permissions": ["CREATE", "READ"] },
        ])),
        "legacyToken" => Body::Form(format!(
            "{client}&grant_type=password&username=admin&password={}",
            PASSWORD.replace(' ', "+")
        )),
        "imsServerToServer" => {
            Body::Form(format!("{client}&grant_type=client_credentials&scope=openid,AdobeID"))
        }
        "imsJwtExchange" => Body::Form(format!("{client}&jwt_token=x.y.z")),
        other => panic!("no request for {other}"),
    }
}
