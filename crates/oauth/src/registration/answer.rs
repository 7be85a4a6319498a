//! A registration as the client reads it.

use citizenry_identity::{AuthenticationMethod, Client, ClientKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// Whether the client proves itself with a secret.
pub(super) fn has_secret(client: &Client) -> bool {
    match client.authentication_method {
        AuthenticationMethod::ClientSecretBasic
        | AuthenticationMethod::ClientSecretPost
        | AuthenticationMethod::ClientSecretJwt => true,
        AuthenticationMethod::PrivateKeyJwt | AuthenticationMethod::None => false,
    }
}

/// All metadata of a client, its secret if it has one, and what it manages its registration with.
pub(super) fn of(
    client: &Client,
    secret: Option<&SecretString>,
    token: &SecretString,
    uri: &str,
) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        // What was never said is not spoken of.
        if !value.is_null() && value != json!([]) {
            members.insert(name.to_owned(), value);
        }
    };
    put("client_id", client.identifier.as_str().into());
    put("client_id_issued_at", client.created_at.unix_seconds().into());
    if let Some(secret) = secret {
        put("client_secret", secret.expose_secret().into());
        // It does not expire.
        put("client_secret_expires_at", 0.into());
    }
    put("registration_access_token", token.expose_secret().into());
    put("registration_client_uri", uri.into());
    for (name, value) in of_protocol(client).into_iter().chain(of_people(client)) {
        put(name, value);
    }
    members
}

/// What decides how the client and the server speak.
fn of_protocol(client: &Client) -> Vec<(&'static str, Value)> {
    let (settings, oidc) = (&client.settings, &client.settings.oidc);
    let id_token = settings.id_token_signed_response_alg.as_deref().unwrap_or("RS256");
    vec![
        ("redirect_uris", json!(settings.redirect_uris)),
        ("token_endpoint_auth_method", client.authentication_method.as_str().into()),
        ("token_endpoint_auth_signing_alg", json!(oidc.token_endpoint_auth_signing_alg)),
        ("grant_types", json!(client.grant_types())),
        ("response_types", json!(settings.response_types)),
        ("application_type", application_type(client.kind).into()),
        ("subject_type", "public".into()),
        ("sector_identifier_uri", json!(oidc.sector_identifier_uri)),
        ("jwks_uri", json!(oidc.jwks_uri)),
        ("jwks", json!(oidc.jwks)),
        ("id_token_signed_response_alg", id_token.into()),
        ("userinfo_signed_response_alg", json!(oidc.userinfo_signed_response_alg)),
        ("request_object_signing_alg", json!(oidc.request_object_signing_alg)),
        ("request_uris", json!(oidc.request_uris)),
        ("default_max_age", json!(oidc.default_max_age)),
        ("require_auth_time", oidc.require_auth_time.into()),
        ("default_acr_values", json!(oidc.default_acr_values)),
        ("initiate_login_uri", json!(settings.initiate_login_uri)),
        ("post_logout_redirect_uris", json!(settings.allowed_logout_urls)),
        ("backchannel_logout_uri", json!(oidc.backchannel_logout_uri)),
        ("backchannel_logout_session_required", oidc.backchannel_logout_session_required.into()),
        (
            "require_pushed_authorization_requests",
            oidc.require_pushed_authorization_requests.into(),
        ),
        ("dpop_bound_access_tokens", oidc.dpop_bound_access_tokens.into()),
    ]
}

/// What people are shown.
fn of_people(client: &Client) -> Vec<(&'static str, Value)> {
    let (settings, oidc) = (&client.settings, &client.settings.oidc);
    vec![
        ("client_name", json!(settings.display_name)),
        ("client_uri", json!(oidc.client_uri)),
        ("logo_uri", json!(settings.logo_uri)),
        ("policy_uri", json!(oidc.policy_uri)),
        ("tos_uri", json!(oidc.tos_uri)),
        ("contacts", json!(oidc.contacts)),
    ]
}

const fn application_type(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Native => "native",
        ClientKind::Spa | ClientKind::Web | ClientKind::NonInteractive => "web",
    }
}
