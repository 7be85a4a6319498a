//! What a tenant's authorization server says about itself (OpenID Connect Discovery 1.0,
//! RFC 8414).

use citizenry_identity::TenantName;
use serde::Serialize;

use crate::claims;
use crate::jws::ASYMMETRIC_ALGORITHMS;
use crate::scopes::OIDC_SCOPES;
use crate::{Issuers, OAuthSettings, REGISTRATION_PATH};

/// The path of the authorization endpoint, below a tenant's root.
pub const AUTHORIZE_PATH: &str = "/authorize";
/// The path of the token endpoint, below a tenant's root.
pub const TOKEN_PATH: &str = "/oauth/token";
/// The path of introspection, below a tenant's root.
pub const INTROSPECT_PATH: &str = "/oauth/introspect";
/// The path of revocation, below a tenant's root.
pub const REVOKE_PATH: &str = "/oauth/revoke";
/// The path of pushed authorization requests, below a tenant's root.
pub const PUSH_PATH: &str = "/oauth/par";
/// The path of device authorization, below a tenant's root.
pub const DEVICE_PATH: &str = "/oauth/device/code";
/// The path of the page on which user codes are typed, below a tenant's root.
pub const ACTIVATE_PATH: &str = "/activate";
/// The path of userinfo, below a tenant's root.
pub const USERINFO_PATH: &str = "/userinfo";
/// The path of logout, below a tenant's root.
pub const LOGOUT_PATH: &str = "/oidc/logout";
/// The path of the key set, below a tenant's root.
pub const JWKS_PATH: &str = "/.well-known/jwks.json";
/// The path of this document, below a tenant's root.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// How clients prove themselves with something secret.
const PROVING_METHODS: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];
/// The same, and how public clients do not.
const METHODS: [&str; 5] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];
/// The algorithms of assertions.
const ASSERTION_ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "HS256"];

/// The discovery document. It names what is served now, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own on the wire")]
pub struct Discovery {
    /// The issuer, byte for byte as in `iss`.
    pub issuer: String,
    /// The URL of the authorization endpoint.
    pub authorization_endpoint: String,
    /// The URL of the token endpoint.
    pub token_endpoint: String,
    /// The URL of userinfo.
    pub userinfo_endpoint: String,
    /// The URL of the key set.
    pub jwks_uri: String,
    /// The URL of logout (OpenID Connect RP-Initiated Logout 1.0).
    pub end_session_endpoint: String,
    /// The URL of introspection (RFC 7662).
    pub introspection_endpoint: String,
    /// The URL of revocation (RFC 7009).
    pub revocation_endpoint: String,
    /// The URL of pushed authorization requests (RFC 9126).
    pub pushed_authorization_request_endpoint: String,
    /// The URL of device authorization (RFC 8628).
    pub device_authorization_endpoint: String,
    /// The URL of dynamic registration, where clients may register themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    /// The scopes of OpenID Connect; resource servers offer further ones.
    pub scopes_supported: &'static [&'static str],
    /// The response types of the authorization endpoint.
    pub response_types_supported: &'static [&'static str],
    /// How the authorization endpoint answers.
    pub response_modes_supported: &'static [&'static str],
    /// The grants that the token endpoint accepts.
    pub grant_types_supported: &'static [&'static str],
    /// The kinds of subject identifiers.
    pub subject_types_supported: &'static [&'static str],
    /// The algorithms of ID tokens.
    pub id_token_signing_alg_values_supported: &'static [&'static str],
    /// The algorithms of userinfo answers.
    pub userinfo_signing_alg_values_supported: &'static [&'static str],
    /// The algorithms of request objects.
    pub request_object_signing_alg_values_supported: &'static [&'static str],
    /// How clients may prove themselves at the token endpoint.
    pub token_endpoint_auth_methods_supported: &'static [&'static str],
    /// The algorithms of their assertions.
    pub token_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    /// How clients may prove themselves at introspection.
    pub introspection_endpoint_auth_methods_supported: &'static [&'static str],
    /// The algorithms of their assertions there.
    pub introspection_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    /// How clients may prove themselves at revocation.
    pub revocation_endpoint_auth_methods_supported: &'static [&'static str],
    /// The algorithms of their assertions there.
    pub revocation_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    /// The ways of PKCE (RFC 7636).
    pub code_challenge_methods_supported: &'static [&'static str],
    /// The algorithms of proofs of possession (RFC 9449).
    pub dpop_signing_alg_values_supported: &'static [&'static str],
    /// The kinds of claims.
    pub claim_types_supported: &'static [&'static str],
    /// The claims.
    pub claims_supported: Vec<&'static str>,
    /// The values of `display` that change nothing but are understood.
    pub display_values_supported: &'static [&'static str],
    /// The values of `prompt`.
    pub prompt_values_supported: &'static [&'static str],
    /// The languages of the pages.
    pub ui_locales_supported: &'static [&'static str],
    /// Whether the `claims` parameter is understood.
    pub claims_parameter_supported: bool,
    /// Whether request objects are understood.
    pub request_parameter_supported: bool,
    /// Whether they may be fetched.
    pub request_uri_parameter_supported: bool,
    /// Whether their addresses must be registered.
    pub require_request_uri_registration: bool,
    /// Whether requests must be pushed.
    pub require_pushed_authorization_requests: bool,
    /// Whether answers carry `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// Whether clients are told of logouts.
    pub backchannel_logout_supported: bool,
    /// Whether they are told which session has ended.
    pub backchannel_logout_session_supported: bool,
}

impl Discovery {
    /// The document of `tenant`, in an installation that does what `settings` let it do.
    pub fn of(issuers: &Issuers, tenant: &TenantName, settings: &OAuthSettings) -> Self {
        let endpoint = |path| issuers.endpoint(tenant, path);
        let mut claims_supported = vec![
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
            "sid",
        ];
        claims_supported.extend(claims::SUPPORTED);
        Self {
            issuer: issuers.issuer(tenant),
            authorization_endpoint: endpoint(AUTHORIZE_PATH),
            token_endpoint: endpoint(TOKEN_PATH),
            userinfo_endpoint: endpoint(USERINFO_PATH),
            jwks_uri: endpoint(JWKS_PATH),
            end_session_endpoint: endpoint(LOGOUT_PATH),
            introspection_endpoint: endpoint(INTROSPECT_PATH),
            revocation_endpoint: endpoint(REVOKE_PATH),
            pushed_authorization_request_endpoint: endpoint(PUSH_PATH),
            device_authorization_endpoint: endpoint(DEVICE_PATH),
            registration_endpoint: settings
                .dynamic_registration
                .then(|| endpoint(REGISTRATION_PATH)),
            scopes_supported: &OIDC_SCOPES,
            response_types_supported: &["code"],
            response_modes_supported: &["query", "fragment", "form_post", "web_message"],
            grant_types_supported: &[
                "authorization_code",
                "refresh_token",
                "client_credentials",
                "urn:ietf:params:oauth:grant-type:device_code",
            ],
            subject_types_supported: &["public"],
            id_token_signing_alg_values_supported: &["RS256", "ES256", "EdDSA", "HS256", "none"],
            userinfo_signing_alg_values_supported: &["RS256", "ES256", "EdDSA", "HS256"],
            request_object_signing_alg_values_supported: &[
                "RS256", "PS256", "ES256", "EdDSA", "none",
            ],
            token_endpoint_auth_methods_supported: &METHODS,
            token_endpoint_auth_signing_alg_values_supported: &ASSERTION_ALGORITHMS,
            introspection_endpoint_auth_methods_supported: &PROVING_METHODS,
            introspection_endpoint_auth_signing_alg_values_supported: &ASSERTION_ALGORITHMS,
            revocation_endpoint_auth_methods_supported: &METHODS,
            revocation_endpoint_auth_signing_alg_values_supported: &ASSERTION_ALGORITHMS,
            code_challenge_methods_supported: &["S256"],
            dpop_signing_alg_values_supported: &ASYMMETRIC_ALGORITHMS,
            claim_types_supported: &["normal"],
            claims_supported,
            display_values_supported: &["page", "popup", "touch", "wap"],
            prompt_values_supported: &["none", "login", "consent", "select_account", "create"],
            ui_locales_supported: &["en", "zh-CN"],
            claims_parameter_supported: true,
            request_parameter_supported: true,
            request_uri_parameter_supported: true,
            require_request_uri_registration: true,
            require_pushed_authorization_requests: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_a_tenant() {
        let issuers = Issuers::new("https://id.example.com", true);
        let tenant = TenantName::parse("acme").unwrap();
        let settings = OAuthSettings { dynamic_registration: true, ..OAuthSettings::default() };
        insta::assert_json_snapshot!(Discovery::of(&issuers, &tenant, &settings));
    }

    #[test]
    fn registration_is_named_where_it_is_served() {
        let issuers = Issuers::new("https://id.example.com", false);
        let tenant = TenantName::parse("default").unwrap();
        let document = Discovery::of(&issuers, &tenant, &OAuthSettings::default());
        assert_eq!(document.registration_endpoint, None);
        assert_eq!(document.issuer, "https://id.example.com");
        assert!(!serde_json::to_string(&document).unwrap().contains("registration_endpoint"));
    }
}
