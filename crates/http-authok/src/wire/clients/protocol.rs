//! What a client may choose of the protocols, by the dialect's names.
//!
//! Most of it has a name of dynamic registration and stands alone. Three settings are documents of
//! the vendors' (`refresh_token`, `jwt_configuration`, `oidc_logout`): what is acted on is read out
//! of them, and they are kept as they came, so that they can be shown so.

use citizenry_identity::{ClientSettings, Error, OidcMetadata, WebUrl};
use serde_json::{Map, Value, json};

use super::documents::{Document, refuse};

/// Settings that stand alone: the dialect's name and the model's.
const PLAIN: [(&str, &str); 17] = [
    ("client_uri", "client_uri"),
    ("policy_uri", "policy_uri"),
    ("tos_uri", "tos_uri"),
    ("contacts", "contacts"),
    ("jwks_uri", "jwks_uri"),
    ("jwks", "jwks"),
    ("request_uris", "request_uris"),
    ("token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg"),
    ("userinfo_signed_response_alg", "userinfo_signed_response_alg"),
    ("request_object_signing_alg", "request_object_signing_alg"),
    ("require_pushed_authorization_requests", "require_pushed_authorization_requests"),
    ("require_proof_of_possession", "dpop_bound_access_tokens"),
    ("require_pkce", "require_pkce"),
    ("require_auth_time", "require_auth_time"),
    ("default_max_age", "default_max_age"),
    ("default_acr_values", "default_acr_values"),
    ("access_token_format", "access_token_format"),
];

/// What each setting that names an algorithm, or a format, may say.
const CHOICES: [(&str, &[&str]); 5] = [
    // `none` only as a client that registered itself may have it.
    ("id_token_signed_response_alg", &["RS256", "ES256", "EdDSA", "HS256", "none"]),
    ("userinfo_signed_response_alg", &["RS256", "ES256", "EdDSA", "HS256"]),
    ("request_object_signing_alg", &["RS256", "PS256", "ES256", "EdDSA", "none"]),
    ("token_endpoint_auth_signing_alg", &["RS256", "PS256", "ES256", "EdDSA", "HS256"]),
    ("access_token_format", &["jwt", "opaque"]),
];

/// What `jwt_configuration.alg` may say.
const ID_TOKEN_ALGORITHMS: [&str; 4] = ["RS256", "ES256", "EdDSA", "HS256"];

/// The members of a key that are nobody else's (RFC 7518, section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];

/// The longest lifetime of a token that can be counted, seconds: Auth0's five years.
const LONGEST: u32 = 157_788_000;
/// The longest lifetime of an ID token, seconds: thirty days.
const LONGEST_ID_TOKEN: u32 = 2_592_000;
/// The lifetime that stands for an infinite one, seconds: 136 years.
const INFINITE: u32 = u32::MAX;
/// The longest that a rotated refresh token still gets its successor, seconds.
const MOST_LEEWAY: u32 = 300;

/// The settings that were sent, with those that the model knows by other names put where it has
/// them.
///
/// # Errors
/// `Invalid` on the setting that is wrong.
pub(super) fn to_model(mut members: Map<String, Value>) -> Result<Map<String, Value>, Error> {
    check(&members)?;
    let mut oidc = Map::new();
    for (dialect, model) in PLAIN {
        if let Some(value) = members.remove(dialect) {
            oidc.insert(model.to_owned(), value);
        }
    }
    one_set_of_keys(&mut oidc)?;
    if let Some(sent) = members.get("refresh_token") {
        oidc.extend(RefreshToken::read(sent)?.to_model());
    }
    if let Some(sent) = members.get("oidc_logout") {
        oidc.extend(logout(sent)?);
    }
    if let Some(sent) = members.get("jwt_configuration").cloned() {
        let configuration = Document::new("jwt_configuration", &sent);
        let lifetime = configuration.number("lifetime_in_seconds", 1..=LONGEST_ID_TOKEN)?;
        oidc.insert("id_token_lifetime".to_owned(), json!(lifetime));
        let algorithm = configuration.word("alg", &ID_TOKEN_ALGORITHMS)?;
        id_token_algorithm(&mut members, algorithm, sent.is_null())?;
    }
    if !oidc.is_empty() {
        members.insert("oidc".to_owned(), Value::Object(oidc));
    }
    Ok(members)
}

/// Puts `jwt_configuration.alg` where the model has it.
fn id_token_algorithm(
    members: &mut Map<String, Value>,
    algorithm: Option<&str>,
    is_reset: bool,
) -> Result<(), Error> {
    let name = "id_token_signed_response_alg";
    match (algorithm, members.get(name)) {
        (Some(algorithm), Some(other)) if other != algorithm => {
            return refuse("jwt_configuration.alg", "says otherwise than the client's own setting");
        }
        (Some(algorithm), None) => _ = members.insert(name.to_owned(), algorithm.into()),
        (None, None) if is_reset => _ = members.insert(name.to_owned(), Value::Null),
        _ => {}
    }
    Ok(())
}

fn check(members: &Map<String, Value>) -> Result<(), Error> {
    for (name, choices) in CHOICES {
        Document::of(members).word(name, choices)?;
    }
    for name in ["client_uri", "policy_uri", "tos_uri", "jwks_uri", "initiate_login_uri"] {
        match members.get(name).and_then(Value::as_str) {
            // An empty one empties it at Auth0.
            Some("") if name == "initiate_login_uri" => {}
            Some(url) => _ = WebUrl::parse(name, url)?,
            None => {}
        }
    }
    for url in members.get("request_uris").and_then(Value::as_array).into_iter().flatten() {
        WebUrl::parse("request_uris", url.as_str().unwrap_or_default())?;
    }
    for name in ["request_uris", "contacts", "default_acr_values"] {
        if members.get(name).and_then(Value::as_array).is_some_and(|list| list.len() > 100) {
            return refuse(name, "must have at most 100 entries");
        }
    }
    match members.get("jwks") {
        Some(jwks) if !jwks.is_null() => check_keys(jwks),
        _ => Ok(()),
    }
}

fn check_keys(jwks: &Value) -> Result<(), Error> {
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return refuse("jwks", "must be a key set (RFC 7517): an object with a list of keys");
    };
    let is_private = |key: &Value| PRIVATE.iter().any(|member| key.get(member).is_some());
    if keys.iter().any(is_private) {
        return refuse("jwks", "must not hold private or symmetric keys");
    }
    if !keys.iter().all(|key| key.get("kty").is_some_and(Value::is_string)) {
        return refuse("jwks", "must have a kty in every key");
    }
    Ok(())
}

/// A client has its keys in one place (RFC 7591, section 2): naming one forgets the other.
fn one_set_of_keys(oidc: &mut Map<String, Value>) -> Result<(), Error> {
    let is_set = |name: &str| oidc.get(name).is_some_and(|value| !value.is_null());
    let forgotten = match (is_set("jwks"), is_set("jwks_uri")) {
        (true, true) => return refuse("jwks", "and jwks_uri exclude each other"),
        (true, false) => "jwks_uri",
        (false, true) => "jwks",
        (false, false) => return Ok(()),
    };
    oidc.insert(forgotten.to_owned(), Value::Null);
    Ok(())
}

fn logout(sent: &Value) -> Result<Map<String, Value>, Error> {
    let field = "oidc_logout.backchannel_logout_urls";
    let urls = Document::new("oidc_logout", sent).texts("backchannel_logout_urls")?;
    let url = match urls.as_slice() {
        [] => None,
        [url] => Some(WebUrl::parse(field, url)?),
        _ => return refuse(field, "must be one URL"),
    };
    if url.as_ref().is_some_and(|url| url.as_str().contains('#')) {
        return refuse(field, "must not have a fragment");
    }
    let mut oidc = Map::new();
    let url = url.as_ref().map(WebUrl::as_str);
    oidc.insert("backchannel_logout_uri".to_owned(), json!(url));
    oidc.insert("backchannel_logout_session_required".to_owned(), url.is_some().into());
    Ok(oidc)
}

/// What `refresh_token` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RefreshToken {
    is_reusable: bool,
    grace: Option<u32>,
    lifetime: Option<u32>,
    idle_lifetime: Option<u32>,
}

impl RefreshToken {
    fn read(sent: &Value) -> Result<Self, Error> {
        let sent = Document::new("refresh_token", sent);
        let rotation = sent.word("rotation_type", &["rotating", "non-rotating"])?;
        let expiration = sent.word("expiration_type", &["expiring", "non-expiring"])?;
        let lifetime = |name: &str, infinite: &str| -> Result<Option<u32>, Error> {
            let counted = sent.number(name, 1..=LONGEST)?;
            let is_infinite = sent.truth(infinite)?.unwrap_or_default();
            let never = is_infinite || expiration == Some("non-expiring");
            Ok(if never { Some(INFINITE) } else { counted })
        };
        Ok(Self {
            is_reusable: rotation == Some("non-rotating"),
            grace: sent.number("leeway", 0..=MOST_LEEWAY)?,
            lifetime: lifetime("token_lifetime", "infinite_token_lifetime")?,
            idle_lifetime: lifetime("idle_token_lifetime", "infinite_idle_token_lifetime")?,
        })
    }

    fn of(oidc: &OidcMetadata) -> Self {
        Self {
            is_reusable: oidc.refresh_token_reusable,
            grace: oidc.refresh_token_grace,
            lifetime: oidc.refresh_token_lifetime,
            idle_lifetime: oidc.refresh_token_idle_lifetime,
        }
    }

    fn to_model(self) -> Map<String, Value> {
        let members = [
            ("refresh_token_reusable", json!(self.is_reusable)),
            ("refresh_token_grace", json!(self.grace)),
            ("refresh_token_lifetime", json!(self.lifetime)),
            ("refresh_token_idle_lifetime", json!(self.idle_lifetime)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn is_default(self) -> bool {
        let Self { is_reusable, grace, lifetime, idle_lifetime } = self;
        !is_reusable && grace.is_none() && lifetime.is_none() && idle_lifetime.is_none()
    }

    /// The document in full.
    fn shown(self) -> Map<String, Value> {
        let is_infinite = |lifetime: Option<u32>| lifetime == Some(INFINITE);
        let counted = |lifetime: Option<u32>| lifetime.filter(|&seconds| seconds != INFINITE);
        let never = is_infinite(self.lifetime) && is_infinite(self.idle_lifetime);
        let members = [
            ("rotation_type", json!(if self.is_reusable { "non-rotating" } else { "rotating" })),
            ("expiration_type", json!(if never { "non-expiring" } else { "expiring" })),
            ("leeway", json!(self.grace)),
            ("token_lifetime", json!(counted(self.lifetime))),
            ("infinite_token_lifetime", json!(is_infinite(self.lifetime))),
            ("idle_token_lifetime", json!(counted(self.idle_lifetime))),
            ("infinite_idle_token_lifetime", json!(is_infinite(self.idle_lifetime))),
        ];
        let named = members.into_iter().filter(|(_, value)| !value.is_null());
        named.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Shows what a client has chosen, by the dialect's names. `shown` holds the documents as they came.
pub(super) fn show(settings: &ClientSettings, shown: &mut Map<String, Value>) -> Result<(), Error> {
    let oidc = &settings.oidc;
    let document = serde_json::to_value(oidc).map_err(Error::internal)?;
    for (dialect, model) in PLAIN {
        let value = document.get(model).filter(|value| !value.is_null() && **value != json!([]));
        shown.extend(value.map(|value| (dialect.to_owned(), value.clone())));
    }
    show_refresh_token(oidc, shown);
    show_jwt_configuration(settings, shown);
    let mut logout = taken(shown, "oidc_logout");
    if !logout.is_empty() || oidc.backchannel_logout_uri.is_some() {
        let urls: Vec<_> = oidc.backchannel_logout_uri.iter().collect();
        logout.insert("backchannel_logout_urls".to_owned(), json!(urls));
        shown.insert("oidc_logout".to_owned(), Value::Object(logout));
    }
    Ok(())
}

/// A document as it came, taken out.
fn taken(shown: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match shown.remove(name) {
        Some(Value::Object(document)) => document,
        _ => Map::new(),
    }
}

fn show_refresh_token(oidc: &OidcMetadata, shown: &mut Map<String, Value>) {
    let (chosen, sent) = (RefreshToken::of(oidc), taken(shown, "refresh_token"));
    if sent.is_empty() && chosen.is_default() {
        return;
    }
    let mut document = chosen.shown();
    // As it was sent, unless something else has been chosen since, by another door.
    let still = RefreshToken::read(&Value::Object(sent.clone())).is_ok_and(|it| it == chosen);
    for (name, value) in sent {
        if (still && !value.is_null()) || !REFRESH_TOKEN.contains(&name.as_str()) {
            document.insert(name, value);
        }
    }
    shown.insert("refresh_token".to_owned(), Value::Object(document));
}

/// The members of `refresh_token` that are acted on.
const REFRESH_TOKEN: [&str; 7] = [
    "rotation_type",
    "expiration_type",
    "leeway",
    "token_lifetime",
    "infinite_token_lifetime",
    "idle_token_lifetime",
    "infinite_idle_token_lifetime",
];

fn show_jwt_configuration(settings: &ClientSettings, shown: &mut Map<String, Value>) {
    let mut document = taken(shown, "jwt_configuration");
    let lifetime = settings.oidc.id_token_lifetime;
    if document.is_empty() && lifetime.is_none() {
        return;
    }
    match lifetime {
        Some(lifetime) => _ = document.insert("lifetime_in_seconds".to_owned(), lifetime.into()),
        None => _ = document.remove("lifetime_in_seconds"),
    }
    let algorithm = settings.id_token_signed_response_alg.as_deref().unwrap_or("RS256");
    document.insert("alg".to_owned(), algorithm.into());
    shown.insert("jwt_configuration".to_owned(), Value::Object(document));
}
