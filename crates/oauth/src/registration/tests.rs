use citizenry_identity::{AuthenticationMethod, ClientKind};
use serde_json::json;

use super::*;
use crate::Issuers;
use crate::test_people::{CALLBACK, People};
use crate::test_world::PUBLIC_URL;

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn good() -> Value {
    json!({"redirect_uris": [CALLBACK], "client_name": "示例"})
}

fn with(others: &Value) -> Value {
    let mut metadata = good();
    for (name, value) in others.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    metadata
}

async fn register(people: &People, metadata: &Value) -> Result<Registered, RegistrationError> {
    people.oauth.register(None, members(metadata), &Origin::default()).await
}

fn access(registered: &Registered) -> RegistrationAccess {
    let text = |name: &str| registered.metadata[name].as_str().unwrap().to_owned();
    RegistrationAccess {
        tenant: None,
        client_id: text("client_id"),
        token: text("registration_access_token").into(),
    }
}

async fn stored(people: &People, registered: &Registered) -> Client {
    let id = registered.metadata["client_id"].as_str().unwrap();
    people.oauth.client_of_tenant(&people.world.home.tenant, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn off_unless_it_is_turned_on() {
    let people = People::new().await;
    let (storage, environment) = (people.world.storage.clone(), people.world.environment.clone());
    let off = OAuth::new(storage, environment, Issuers::new(PUBLIC_URL, true));
    let registered = off.register(None, members(&good()), &Origin::default()).await;
    assert!(matches!(registered, Err(RegistrationError::Disabled)));
    let registered = register(&people, &good()).await.unwrap();
    let read = off.registration(&access(&registered)).await;
    assert!(matches!(read, Err(RegistrationError::Disabled)));
    let unknown = people.oauth.register(Some("nobody"), members(&good()), &Origin::default()).await;
    assert!(matches!(unknown, Err(RegistrationError::Other(Error::NotFound { .. }))));
}

#[tokio::test]
async fn a_client_registers_reads_changes_and_deletes_itself() {
    let people = People::new().await;
    let registered = register(&people, &good()).await.unwrap();
    let mut shown = registered.metadata.clone();
    for random in ["client_id", "client_secret", "registration_access_token"] {
        assert!(shown.remove(random).unwrap().as_str().unwrap().len() >= 32, "{random}");
    }
    let uri = shown.remove("registration_client_uri").unwrap();
    let id = registered.metadata["client_id"].as_str().unwrap();
    assert_eq!(uri, format!("{PUBLIC_URL}/oidc/register/{id}"));
    assert_eq!(
        Value::Object(shown),
        json!({
            "client_id_issued_at": people.world.environment.moment().now().unix_seconds(),
            "client_secret_expires_at": 0,
            "redirect_uris": [CALLBACK],
            "client_name": "示例",
            "token_endpoint_auth_method": "client_secret_basic",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "application_type": "web",
            "subject_type": "public",
            "id_token_signed_response_alg": "RS256",
            "require_auth_time": false,
            "backchannel_logout_session_required": false,
            "require_pushed_authorization_requests": false,
            "dpop_bound_access_tokens": false,
        })
    );
    let client = stored(&people, &registered).await;
    assert!(!client.is_first_party);
    assert_eq!(client.name.as_str(), format!("示例 ({id})"));
    let debug = format!("{registered:?}{client:?}");
    assert!(!debug.contains(registered.metadata["client_secret"].as_str().unwrap()));
    assert!(!debug.contains(registered.metadata["registration_access_token"].as_str().unwrap()));

    let access = access(&registered);
    assert_eq!(people.oauth.registration(&access).await.unwrap(), registered);
    let change = with(&json!({
        "client_id": id, "client_secret": registered.metadata["client_secret"],
        "client_name": null, "require_auth_time": true, "grant_types": ["authorization_code",
        "refresh_token"], "post_logout_redirect_uris": ["https://app.example.com/bye"],
    }));
    let origin = Origin::default();
    let changed =
        people.oauth.update_registration(&access, members(&change), &origin).await.unwrap();
    assert_eq!(changed.metadata.get("client_name"), None);
    assert_eq!(changed.metadata["require_auth_time"], json!(true));
    assert_eq!(changed.metadata["client_secret"], registered.metadata["client_secret"]);
    assert_eq!(people.oauth.registration(&access).await.unwrap(), changed);
    for other in [
        json!({"client_id": "another"}),
        json!({"client_id": null}),
        json!({"client_id": id, "client_secret": "chosen"}),
        json!({"client_id": id, "redirect_uris": []}),
    ] {
        let result =
            people.oauth.update_registration(&access, members(&with(&other)), &origin).await;
        assert!(result.is_err(), "{other}");
    }
    people.oauth.delete_registration(&access, &origin).await.unwrap();
    let gone = people.oauth.registration(&access).await;
    assert!(matches!(gone, Err(RegistrationError::InvalidToken)));
}

#[tokio::test]
async fn only_its_own_token_manages_a_registration() {
    let people = People::new().await;
    let (one, other) =
        (register(&people, &good()).await.unwrap(), register(&people, &good()).await.unwrap());
    let origin = Origin::default();
    let token = |token: &str| RegistrationAccess { token: token.into(), ..access(&one) };
    let others = other.metadata["registration_access_token"].as_str().unwrap();
    let secret = one.metadata["client_secret"].as_str().unwrap();
    let managed_elsewhere =
        RegistrationAccess { client_id: people.client.identifier.to_string(), ..access(&one) };
    let foreign = RegistrationAccess { tenant: Some("acme".to_owned()), ..access(&one) };
    for bad in [token(""), token("x"), token(others), token(secret), managed_elsewhere, foreign] {
        let invalid = |error| matches!(error, RegistrationError::InvalidToken);
        assert!(invalid(people.oauth.registration(&bad).await.unwrap_err()));
        let change = members(&with(&json!({"client_id": bad.client_id})));
        let changed = people.oauth.update_registration(&bad, change, &origin).await;
        assert!(invalid(changed.unwrap_err()));
        assert!(invalid(people.oauth.delete_registration(&bad, &origin).await.unwrap_err()));
    }
    assert_eq!(people.oauth.registration(&access(&one)).await.unwrap(), one);
}

#[tokio::test]
async fn refused_metadata() {
    let people = People::new().await;
    let uris = |uris: &[&str]| json!({"redirect_uris": uris});
    for others in [
        uris(&[]),
        uris(&["https://app.example.com/cb#f"]),
        uris(&["http://app.example.com/cb"]),
        uris(&["javascript:alert(1)"]),
        uris(&["com.example.app:/cb"]),
        uris(&[CALLBACK, "/cb"]),
        json!({"application_type": "native", "redirect_uris": ["app:/cb"]}),
    ] {
        let error = register(&people, &with(&others)).await.unwrap_err();
        assert_eq!(error.code(), "invalid_redirect_uri", "{others}");
    }
    let key = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
    for others in [
        json!({"redirect_uris": "x"}),
        json!({"redirect_uris": vec!["https://a.example/"; 51]}),
        json!({"token_endpoint_auth_method": "tls_client_auth"}),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}}),
        json!({"grant_types": ["password"]}),
        json!({"grant_types": ["implicit", "authorization_code"]}),
        json!({"grant_types": []}),
        json!({"response_types": ["code token"]}),
        json!({"application_type": "spaceship"}),
        json!({"subject_type": "pairwise"}),
        json!({"jwks_uri": "https://a.example/k", "jwks": {"keys": []}}),
        json!({"jwks": []}),
        json!({"jwks": {"keys": [{"kty": "EC", "d": "x"}]}}),
        json!({"jwks": {"keys": [{"kty": "oct", "k": "x"}]}}),
        json!({"jwks_uri": "file:///etc/passwd"}),
        json!({"logo_uri": "javascript:alert(1)"}),
        json!({"tos_uri": "x"}),
        json!({"initiate_login_uri": "http://app.example.com/login"}),
        json!({"backchannel_logout_uri": "https://app.example.com/b#f"}),
        json!({"post_logout_redirect_uris": ["https://app.example.com/#f"]}),
        json!({"request_uris": ["x"]}),
        json!({"id_token_signed_response_alg": "RS1"}),
        json!({"id_token_signed_response_alg": "HS256", "token_endpoint_auth_method": "none"}),
        json!({"userinfo_signed_response_alg": "none"}),
        json!({"request_object_signing_alg": "HS256"}),
        json!({"token_endpoint_auth_signing_alg": "none"}),
        json!({"default_max_age": -1}),
        json!({"client_name": ""}),
        json!({"client_name": "a\u{1b}"}),
        json!({"client_name": "a".repeat(129)}),
        json!({"sector_identifier_uri": "https://app.example.com/absent.json"}),
    ] {
        let error = register(&people, &with(&others)).await.unwrap_err();
        assert_eq!(error.code(), "invalid_client_metadata", "{others}");
    }
}

#[tokio::test]
async fn what_kind_of_client_it_is() {
    let people = People::new().await;
    let native = json!({"application_type": "native", "redirect_uris": ["com.example.app:/cb"],
        "token_endpoint_auth_method": "none"});
    let machine = json!({"grant_types": ["client_credentials"], "redirect_uris": []});
    for (others, kind, method, secret) in [
        (json!({}), ClientKind::Web, AuthenticationMethod::ClientSecretBasic, true),
        (
            json!({"token_endpoint_auth_method": "none"}),
            ClientKind::Spa,
            AuthenticationMethod::None,
            false,
        ),
        (native, ClientKind::Native, AuthenticationMethod::None, false),
        (machine, ClientKind::NonInteractive, AuthenticationMethod::ClientSecretBasic, true),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt",
                "jwks_uri": "https://a.example/k"}),
            ClientKind::Web,
            AuthenticationMethod::PrivateKeyJwt,
            false,
        ),
    ] {
        let registered = register(&people, &with(&others)).await.unwrap();
        let client = stored(&people, &registered).await;
        assert_eq!((client.kind, client.authentication_method), (kind, method), "{others}");
        assert_eq!(registered.metadata.contains_key("client_secret"), secret, "{others}");
    }
}

#[tokio::test]
async fn the_document_of_the_sector_must_name_every_redirect_uri() {
    let people = People::new().await;
    let uri = "https://app.example.com/sector.json";
    let others = with(&json!({"sector_identifier_uri": uri}));
    for (document, good) in [
        (json!([CALLBACK, "https://b.example/"]), true),
        (json!(["https://b.example/"]), false),
        (json!({"redirect_uris": [CALLBACK]}), false),
    ] {
        people.web.put(uri, 200, "application/json", document.to_string());
        assert_eq!(register(&people, &others).await.is_ok(), good, "{document}");
    }
    people.web.put(uri, 302, "application/json", json!([CALLBACK]).to_string());
    assert!(register(&people, &others).await.is_err());
}

#[tokio::test]
async fn who_registered_itself_can_sign_people_in_and_they_are_asked() {
    let mut people = People::new().await;
    let registered = register(&people, &good()).await.unwrap();
    people.client = stored(&people, &registered).await;
    let request = people.validate(&[]).await.unwrap();
    let who = people.lilei().await;
    assert!(matches!(people.authorize(&request, Some(&who)).await, crate::Step::Consent(_)));
}
