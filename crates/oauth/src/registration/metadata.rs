//! What a client says about itself, held to the rules.

use citizenry_identity::{AuthenticationMethod, ClientKind, ClientSettings, OidcMetadata, WebUrl};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::RegistrationError;
use crate::jws::{ASYMMETRIC_ALGORITHMS, key_set};
use crate::redirect_uri;

/// The most entries of a list.
const MAX_ENTRIES: usize = 50;
/// The grants that a client may register for.
const GRANT_TYPES: [&str; 4] = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
];

/// The members that mean something here, as they come. Others are passed over (RFC 7591, section 2).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own on the wire")]
pub(super) struct Requested {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    application_type: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    contacts: Vec<String>,
    jwks_uri: Option<String>,
    jwks: Option<Value>,
    subject_type: Option<String>,
    sector_identifier_uri: Option<String>,
    id_token_signed_response_alg: Option<String>,
    userinfo_signed_response_alg: Option<String>,
    request_object_signing_alg: Option<String>,
    token_endpoint_auth_signing_alg: Option<String>,
    default_max_age: Option<u32>,
    require_auth_time: bool,
    default_acr_values: Vec<String>,
    initiate_login_uri: Option<String>,
    request_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    backchannel_logout_session_required: bool,
    require_pushed_authorization_requests: bool,
    dpop_bound_access_tokens: bool,
}

impl Requested {
    /// Reads the members.
    pub(super) fn read(mut metadata: Map<String, Value>) -> Result<Self, RegistrationError> {
        // Null says that there is none (RFC 7592, section 2.2).
        metadata.retain(|_, value| !value.is_null());
        serde_json::from_value(Value::Object(metadata))
            .map_err(|error| refused(format!("the metadata are malformed: {error}")))
    }
}

/// What a client is to be, checked but for what must be fetched.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) kind: ClientKind,
    pub(super) authentication_method: AuthenticationMethod,
    pub(super) settings: ClientSettings,
}

fn refused(reason: impl Into<String>) -> RegistrationError {
    RegistrationError::InvalidClientMetadata(reason.into())
}

impl Metadata {
    /// Checks everything that needs no fetching.
    pub(super) fn checked(requested: Requested) -> Result<Self, RegistrationError> {
        let authentication_method = authentication_method(&requested)?;
        let grant_types = grant_types(&requested)?;
        let kind = kind(&requested, authentication_method, &grant_types)?;
        check_redirect_uris(&requested, kind, &grant_types)?;
        check_lists(&requested)?;
        check_urls(&requested, kind)?;
        check_keys(&requested, authentication_method)?;
        check_algorithms(&requested, authentication_method)?;
        if requested.subject_type.as_deref().is_some_and(|it| it != "public") {
            return Err(refused("the one subject_type is public"));
        }
        let settings = settings(requested, grant_types);
        let settings = settings.checked().map_err(|error| refused(error.to_string()))?;
        Ok(Self { kind, authentication_method, settings })
    }
}

fn authentication_method(requested: &Requested) -> Result<AuthenticationMethod, RegistrationError> {
    let named = requested.token_endpoint_auth_method.as_deref().unwrap_or("client_secret_basic");
    AuthenticationMethod::parse(named)
        .ok_or_else(|| refused("token_endpoint_auth_method is not supported"))
}

fn grant_types(requested: &Requested) -> Result<Vec<String>, RegistrationError> {
    let usual = || vec!["authorization_code".to_owned()];
    let grant_types = requested.grant_types.clone().unwrap_or_else(usual);
    if grant_types.is_empty() || !grant_types.iter().all(|it| GRANT_TYPES.contains(&it.as_str())) {
        return Err(refused("a grant type is not supported"));
    }
    let response_types = requested.response_types.as_deref().unwrap_or_default();
    if response_types.iter().any(|it| it != "code") {
        return Err(refused("the one response type is code"));
    }
    Ok(grant_types)
}

fn kind(
    requested: &Requested,
    method: AuthenticationMethod,
    grant_types: &[String],
) -> Result<ClientKind, RegistrationError> {
    let has_users = grant_types.iter().any(|it| it != "client_credentials");
    match requested.application_type.as_deref() {
        Some("native") => Ok(ClientKind::Native),
        None | Some("web") if !has_users => Ok(ClientKind::NonInteractive),
        None | Some("web") if method == AuthenticationMethod::None => Ok(ClientKind::Spa),
        None | Some("web") => Ok(ClientKind::Web),
        Some(_) => Err(refused("application_type must be web or native")),
    }
}

fn check_redirect_uris(
    requested: &Requested,
    kind: ClientKind,
    grant_types: &[String],
) -> Result<(), RegistrationError> {
    let needed = grant_types.iter().any(|it| it == "authorization_code");
    if needed && requested.redirect_uris.is_empty() {
        return Err(RegistrationError::InvalidRedirectUri("redirect_uris is missing"));
    }
    for uri in &requested.redirect_uris {
        redirect_uri::registrable(uri, kind).map_err(RegistrationError::InvalidRedirectUri)?;
    }
    Ok(())
}

fn check_lists(requested: &Requested) -> Result<(), RegistrationError> {
    for (name, list) in [
        ("redirect_uris", &requested.redirect_uris),
        ("contacts", &requested.contacts),
        ("default_acr_values", &requested.default_acr_values),
        ("request_uris", &requested.request_uris),
        ("post_logout_redirect_uris", &requested.post_logout_redirect_uris),
    ] {
        let fits = |entry: &String| (1..=2_048).contains(&entry.len());
        if list.len() > MAX_ENTRIES || !list.iter().all(fits) {
            return Err(refused(format!("{name} has too many entries, or too long ones")));
        }
    }
    let name = requested.client_name.as_deref().unwrap_or("client");
    if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
        return Err(refused("client_name must be 1 to 128 characters"));
    }
    Ok(())
}

fn check_urls(requested: &Requested, kind: ClientKind) -> Result<(), RegistrationError> {
    let single = [
        ("client_uri", &requested.client_uri),
        ("logo_uri", &requested.logo_uri),
        ("policy_uri", &requested.policy_uri),
        ("tos_uri", &requested.tos_uri),
        ("jwks_uri", &requested.jwks_uri),
        ("sector_identifier_uri", &requested.sector_identifier_uri),
        ("initiate_login_uri", &requested.initiate_login_uri),
        ("backchannel_logout_uri", &requested.backchannel_logout_uri),
    ];
    let single = single.into_iter().filter_map(|(name, url)| Some((name, url.as_ref()?)));
    let several = requested.request_uris.iter().map(|url| ("request_uris", url));
    for (name, url) in single.chain(several) {
        WebUrl::parse(name, url).map_err(|error| refused(error.to_string()))?;
    }
    if requested.initiate_login_uri.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return Err(refused("initiate_login_uri must be https"));
    }
    if requested.backchannel_logout_uri.as_ref().is_some_and(|url| url.contains('#')) {
        return Err(refused("backchannel_logout_uri must not have a fragment"));
    }
    for uri in &requested.post_logout_redirect_uris {
        redirect_uri::registrable(uri, kind)
            .map_err(|reason| refused(format!("post_logout_redirect_uris: {reason}")))?;
    }
    Ok(())
}

fn check_keys(
    requested: &Requested,
    method: AuthenticationMethod,
) -> Result<(), RegistrationError> {
    match (&requested.jwks, &requested.jwks_uri) {
        (Some(_), Some(_)) => Err(refused("jwks and jwks_uri exclude each other")),
        (Some(jwks), None) => {
            let keys = jwks.get("keys").and_then(Value::as_array);
            let keys = keys.ok_or_else(|| refused("jwks is no key set"))?;
            let secret = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];
            if keys.iter().any(|key| secret.iter().any(|member| key.get(member).is_some())) {
                return Err(refused("jwks holds a private or a symmetric key"));
            }
            if key_set(jwks).is_empty() && method == AuthenticationMethod::PrivateKeyJwt {
                return Err(refused("jwks has no key that can be used"));
            }
            Ok(())
        }
        (None, None) if method == AuthenticationMethod::PrivateKeyJwt => {
            Err(refused("private_key_jwt needs jwks or jwks_uri"))
        }
        (None, _) => Ok(()),
    }
}

/// A member that names an algorithm, and which ones it may name.
type Rule<'r> = (&'static str, &'r Option<String>, &'r dyn Fn(&str) -> bool);

fn check_algorithms(
    requested: &Requested,
    method: AuthenticationMethod,
) -> Result<(), RegistrationError> {
    const OURS: [&str; 3] = ["RS256", "ES256", "EdDSA"];
    let has_secret =
        !matches!(method, AuthenticationMethod::None | AuthenticationMethod::PrivateKeyJwt);
    let id_token =
        |alg: &str| OURS.contains(&alg) || alg == "none" || (alg == "HS256" && has_secret);
    let assertion = |alg: &str| match method {
        AuthenticationMethod::ClientSecretJwt => alg == "HS256",
        _ => ASYMMETRIC_ALGORITHMS.contains(&alg),
    };
    let userinfo = |alg: &str| OURS.contains(&alg) || (alg == "HS256" && has_secret);
    let object = |alg: &str| ASYMMETRIC_ALGORITHMS.contains(&alg) || alg == "none";
    let rules: [Rule<'_>; 4] = [
        ("id_token_signed_response_alg", &requested.id_token_signed_response_alg, &id_token),
        ("userinfo_signed_response_alg", &requested.userinfo_signed_response_alg, &userinfo),
        ("request_object_signing_alg", &requested.request_object_signing_alg, &object),
        ("token_endpoint_auth_signing_alg", &requested.token_endpoint_auth_signing_alg, &assertion),
    ];
    for (name, alg, is_supported) in rules {
        if alg.as_deref().is_some_and(|alg| !is_supported(alg)) {
            return Err(refused(format!("{name} is not supported")));
        }
    }
    Ok(())
}

fn settings(requested: Requested, grant_types: Vec<String>) -> ClientSettings {
    ClientSettings {
        display_name: requested.client_name,
        logo_uri: requested.logo_uri,
        redirect_uris: requested.redirect_uris,
        allowed_logout_urls: requested.post_logout_redirect_uris,
        response_types: vec!["code".to_owned()],
        grant_types: Some(grant_types),
        initiate_login_uri: requested.initiate_login_uri,
        id_token_signed_response_alg: requested.id_token_signed_response_alg,
        oidc: OidcMetadata {
            client_uri: requested.client_uri,
            policy_uri: requested.policy_uri,
            tos_uri: requested.tos_uri,
            contacts: requested.contacts,
            jwks_uri: requested.jwks_uri,
            jwks: requested.jwks,
            sector_identifier_uri: requested.sector_identifier_uri,
            token_endpoint_auth_signing_alg: requested.token_endpoint_auth_signing_alg,
            userinfo_signed_response_alg: requested.userinfo_signed_response_alg,
            request_object_signing_alg: requested.request_object_signing_alg,
            request_uris: requested.request_uris,
            require_pushed_authorization_requests: requested.require_pushed_authorization_requests,
            dpop_bound_access_tokens: requested.dpop_bound_access_tokens,
            default_max_age: requested.default_max_age.map(i64::from),
            require_auth_time: requested.require_auth_time,
            default_acr_values: requested.default_acr_values,
            backchannel_logout_uri: requested.backchannel_logout_uri,
            backchannel_logout_session_required: requested.backchannel_logout_session_required,
            ..OidcMetadata::default()
        },
        ..ClientSettings::default()
    }
}
