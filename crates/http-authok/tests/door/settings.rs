//! Clients, connections, resource servers, grants, roles and the tenant: what their rows promise.

use actix_web::http::Method;
use citizenry_http_authok::TABLE;
use citizenry_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    house::{AUDIENCE, House},
    routes::assert_error,
};

#[test]
fn taken_names_are_conflicts() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let grant = json!({ "client_id": house.ids.client, "audience": AUDIENCE, "scope": [] });
        for (path, body, code, message) in [
            (
                "/clients",
                json!({ "name": "Reader", "app_type": "spa" }),
                "client_conflict",
                "client already exists",
            ),
            ("/roles", json!({ "name": "Editor" }), "role_conflict", "Role already exists"),
            (
                "/resource-servers",
                json!({ "name": "x", "identifier": AUDIENCE }),
                "resource_server_conflict",
                "resource server already exists",
            ),
            ("/client-grants", grant, "client_grant_conflict", "client grant already exists"),
        ] {
            for prefix in ["/api/v1", "/api/v2"] {
                let answer = house.post(&format!("{prefix}{path}"), &body).await;
                assert_eq!(answer.status, 409, "{path}: {}", answer.text());
                assert_error(&answer.json(), 409, code, path);
                assert_eq!(answer.json()["message"], message);
            }
        }
        let connection = json!({ "name": "people", "strategy": "authok" });
        let answer = house.post("/api/v1/connections", &connection).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
        assert_eq!(house.post("/api/v2/connections", &connection).await.status, 409);
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn what_a_body_names_and_is_not_there_is_404() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let people = format!("/connections/{}", house.ids.connection);
        for (method, path, body) in [
            (
                Method::POST,
                "/client-grants",
                json!({ "client_id": "none", "audience": AUDIENCE, "scope": [] }),
            ),
            (
                Method::POST,
                "/client-grants",
                json!({ "client_id": house.ids.client, "audience": "https://none.example", "scope": [] }),
            ),
            (Method::PATCH, &people, json!({ "enabled_clients": ["none"] })),
        ] {
            let answer = house.ask(method, &format!("/api/v1{path}"), Some(&body)).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn a_clients_secret_shows_when_made_and_with_its_permission() {
    block_on(async {
        let house = House::new().await;
        let body = json!({ "name": "Robot", "app_type": "non_interactive" });
        let made = house.post("/api/v1/clients", &body).await.json();
        let (id, secret) = (made["client_id"].as_str().unwrap(), &made["client_secret"]);
        assert_eq!((id.len(), secret.as_str().unwrap().len()), (32, 64));
        assert_eq!(made["grant_types"], json!(["client_credentials"]));
        assert_eq!(made["token_endpoint_auth_method"], "client_secret_post");
        let target = format!("/api/v1/clients/{id}");
        assert_eq!(&house.get(&target).await.json()["client_secret"], secret);
        let row = TABLE.iter().position(|route| route.name == "get_client").unwrap();
        let shown = house.ask_as(&format!("home/only/{row}"), Method::GET, &target, None).await;
        assert!(shown.json().get("client_secret").is_none(), "{}", shown.text());
        let body = json!({ "id": id });
        let rotated = house.post(&format!("{target}/rotate-secret"), &body).await.json();
        assert_ne!(&rotated["client_secret"], secret);
        assert_eq!(rotated["name"], "Robot");
    });
}

#[test]
fn auth0s_names_of_settings_are_read_and_shown_on_v2() {
    block_on(async {
        let house = House::new().await;
        let body = json!({
            "name": "Shop", "app_type": "regular_web", "callbacks": ["https://shop.example/cb"],
            "cross_origin_authentication": true, "client_metadata": { "team": "a" },
        });
        let made = house.post("/api/v2/clients", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let (made, callbacks) = (made.json(), json!(["https://shop.example/cb"]));
        assert_eq!((&made["callbacks"], &made["redirect_uris"]), (&callbacks, &callbacks));
        assert_eq!(made["app_type"], "regular_web");
        assert_eq!(made["cross_origin_authentication"], true);
        let id = made["client_id"].as_str().unwrap();
        let seen = house.get(&format!("/api/v1/clients/{id}")).await.json();
        assert_eq!((&seen["app_type"], &seen["redirect_uris"]), (&json!("web"), &callbacks));
        assert!(seen.get("callbacks").is_none());
        let change = json!({ "friendly_name": "家", "picture_url": "https://a.example/l.png" });
        let tenant = house.patch("/api/v2/tenants/settings", &change).await.json();
        assert_eq!(
            (&tenant["display_name"], &tenant["friendly_name"]),
            (&json!("家"), &json!("家"))
        );
        let change = json!({ "display_name": null, "flags": { "a": true } });
        let tenant = house.patch("/api/v1/tenants/settings", &change).await.json();
        assert!(tenant.get("display_name").is_none());
        assert_eq!(tenant["flags"], json!({ "a": true }));
        assert_eq!(house.get("/api/v1/tenants/settings").await.json(), tenant);
    });
}

#[test]
fn options_are_merged_on_v1_and_replaced_on_v2() {
    block_on(async {
        let house = House::new().await;
        let id = &house.ids.connection;
        let (v1, v2) = (format!("/api/v1/connections/{id}"), format!("/api/v2/connections/{id}"));
        let change = json!({ "options": { "a": { "x": 1 }, "b": 1 } });
        house.patch(&v2, &change).await;
        let merged = house.patch(&v1, &json!({ "options": { "a": { "y": 2 } } })).await.json();
        assert_eq!(merged["options"], json!({ "a": { "x": 1, "y": 2 }, "b": 1 }));
        let replaced = house.patch(&v2, &json!({ "options": { "c": 1 } })).await.json();
        assert_eq!(replaced["options"], json!({ "c": 1 }));
        let answer = house.patch(&v1, &json!({ "name": "others" })).await;
        assert_eq!(
            (answer.status, answer.json()["message"].as_str().unwrap().contains("name")),
            (400, true)
        );
    });
}

#[test]
fn roles_and_permissions_come_and_go_from_both_sides() {
    block_on(async {
        let house = House::new().await;
        let (user, role) = (&house.ids.user, &house.ids.role);
        let names = async |target: &str, member: &str| -> Vec<String> {
            let list = house.get(target).await.json();
            let items = list["items"].as_array().unwrap();
            let mut names: Vec<_> =
                items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let target = format!("/api/v1/users/{user}/permissions");
        let list = house.get(&target).await.json();
        let source = |name: &str| {
            let items = list["items"].as_array().unwrap();
            let item = items.iter().find(|item| item["permission_name"] == name).unwrap();
            item["sources"].clone()
        };
        let direct = json!([{ "source_type": "DIRECT", "source_id": "", "source_name": "" }]);
        assert_eq!(source("write:books"), direct);
        let by_role =
            json!([{ "source_type": "ROLE", "source_id": role, "source_name": "Editor" }]);
        assert_eq!(source("read:books"), by_role);
        assert_eq!(list["items"][0]["resource_server_name"], "Books");
        assert_eq!(
            names(&format!("{target}?audience=https%3A%2F%2Fnone"), "permission_name").await,
            Vec::<String>::new()
        );

        let unknown = json!({ "roles": ["role_x", "role_01j00000000000000000000000"] });
        assert_eq!(house.post(&format!("/api/v1/users/{user}/roles"), &unknown).await.status, 200);
        let mine = json!({ "roles": [role] });
        let roles = format!("/api/v1/users/{user}/roles");
        assert_eq!(names(&roles, "name").await, ["Editor"]);
        house.ask(Method::DELETE, &roles, Some(&mine)).await;
        assert_eq!(names(&target, "permission_name").await, ["write:books"]);
        let holders = format!("/api/v2/roles/{role}/users");
        let users = json!({ "users": [user, "authok|nobody"] });
        assert_eq!(house.post(&holders, &users).await.status, 200);
        assert_eq!(names(&holders, "user_id").await, std::slice::from_ref(user));
        assert_eq!(house.ask(Method::DELETE, &holders, Some(&users)).await.status, 204);
        assert!(names(&holders, "user_id").await.is_empty());
    });
}

#[test]
fn what_belongs_to_the_system_stays() {
    block_on(async {
        let house = House::new().await;
        let before = house.dump().await;
        let list = house.get("/api/v1/resource-servers?is_system=true").await.json();
        let id = list["items"][0]["id"].as_str().unwrap();
        let answer = house.delete(&format!("/api/v1/resource-servers/{id}")).await;
        assert_eq!(answer.status, 409, "{}", answer.text());
        let roles = house.get("/api/v1/roles?name_filter=administrator").await.json();
        let target = format!("/api/v1/roles/{}", roles["items"][0]["id"].as_str().unwrap());
        assert_eq!(house.delete(&target).await.status, 409);
        assert_eq!(house.patch(&target, &json!({ "name": "x" })).await.status, 409);
        assert_eq!(house.dump().await, before);
    });
}

#[test]
fn a_user_is_deleted_from_his_connection_by_what_he_signs_in_with() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/connections/{}/users", house.ids.connection);
        for (query, status) in [
            ("", 400),
            ("?email=nobody%40example.com", 404),
            ("?email=HANMEIMEI%40example.com", 200),
        ] {
            let answer =
                house.ask(Method::DELETE, &format!("{target}{query}"), Some(&json!({}))).await;
            assert_eq!(answer.status, status, "{query}: {}", answer.text());
        }
        let gone = house.get(&format!("/api/v1/users/{}", house.ids.second_user)).await;
        assert_eq!(gone.status, 404);
        let answer =
            house.delete(&format!("/api/v1/connections/{}", house.ids.social_connection)).await;
        assert_eq!(answer.status, 200);
        let gone = house.get(&format!("/api/v1/users/{}", house.ids.social_user)).await;
        assert_eq!(gone.status, 404, "a connection takes its users along");
    });
}

#[test]
fn resource_servers_keep_their_rules() {
    block_on(async {
        let house = House::new().await;
        let target = format!("/api/v1/resource-servers/{}", house.ids.resource_server);
        for (body, field) in [
            (json!({ "identifier": "https://x.example" }), "identifier"),
            (json!({ "signing_alg": "none" }), "signing_alg"),
            (json!({ "is_system": true }), "is_system"),
            (json!({ "token_lifetime": 0 }), "token_lifetime"),
            (
                json!({ "token_lifetime": 60, "token_lifetime_for_web": 61 }),
                "token_lifetime_for_web",
            ),
            (json!({ "token_dialect": "latin" }), "token_dialect"),
            (json!({ "token_format": "paper" }), "token_format"),
            (json!({ "scopes": [{ "value": "a b" }] }), "scopes"),
            (json!({ "scopes": [{ "value": "a" }, { "value": "a" }] }), "scopes"),
            (json!({ "scopes": [{ "name": "a" }] }), "scopes[0].name"),
        ] {
            let answer = house.patch(&target, &body).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            let message = answer.json()["message"].as_str().unwrap().to_owned();
            assert!(message.starts_with(&format!("{field}: ")), "{body}: {message}");
        }
        let change = json!({ "signing_alg": "EdDSA", "token_format": "opaque" });
        let changed = house.patch(&target, &change).await.json();
        assert_eq!([&changed["signing_alg"], &changed["token_format"]], ["EdDSA", "opaque"]);
        let secret = "0123456789abcdef0123456789abcdef";
        let change = json!({ "signing_alg": "HS256", "signing_secret": secret });
        assert_eq!(house.patch(&target, &change).await.json()["signing_secret"], secret);
        let scopes = json!({ "scopes": [{ "value": "write:books" }] });
        assert_eq!(house.patch(&target, &scopes).await.json()["scopes"], scopes["scopes"]);
        let role = format!("/api/v1/roles/{}/permissions", house.ids.role);
        assert_eq!(house.get(&role).await.json()["items"], Value::Array(Vec::new()));
    });
}
