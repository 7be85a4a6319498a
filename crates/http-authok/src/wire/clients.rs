//! Clients on the wire.
//!
//! Both vendors' names are taken: `redirect_uris` or `callbacks`, `cross_origin_auth` or
//! `cross_origin_authentication`. Settings that nothing acts on yet are kept as they came.

mod documents;
mod protocol;

use citizenry_directory::{ClientChanges, ClientFilter, ClientView, NewClient};
use citizenry_http_kit::Refusal;
use citizenry_identity::{
    AuthenticationMethod, ClientIdentifier, ClientKind, ClientSettings, Error, Text,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::{Call, Prefix},
    body::{nullable, present, secret},
    paging::{each, list_query},
};

/// The settings that have a place of their own in the model; the others are kept together.
const KNOWN_SETTINGS: [&str; 18] = [
    "display_name",
    "description",
    "logo_uri",
    "redirect_uris",
    "allowed_origins",
    "web_origins",
    "client_aliases",
    "allowed_clients",
    "allowed_logout_urls",
    "response_types",
    "grant_types",
    "initiate_login_uri",
    "organization_usage",
    "organization_require_behavior",
    "id_token_signed_response_alg",
    "client_metadata",
    "oidc",
    "other",
];

/// Grants that are not extensions (`urn:…`, `http://…/oauth/grant-type/…`).
const GRANT_TYPES: [&str; 5] =
    ["authorization_code", "implicit", "refresh_token", "client_credentials", "password"];

list_query! {
    /// The query of the list of clients.
    ClientList {
        /// Clients of these `client_id`s.
        client_id: Vec<String>,
        /// Clients of these kinds.
        app_type: Vec<String>,
        /// Clients that prove themselves in these ways.
        token_endpoint_auth_method: Vec<String>,
        /// Clients that do, or do not, belong to the tenant itself.
        is_first_party: Option<bool>,
        /// Auth0's one global client, which does not exist here; or all others.
        is_global: Option<bool>,
    }
}

impl ClientList {
    /// The filter.
    pub(crate) fn filter(&self) -> Result<ClientFilter, Refusal> {
        let mut identifiers: Vec<_> = each(&self.client_id)
            .map(|identifier| ClientIdentifier::from_stored(identifier.to_owned()))
            .collect();
        if self.is_global == Some(true) {
            // No client is global: one that there is not finds nothing.
            identifiers = vec![ClientIdentifier::from_stored(String::new())];
        }
        let kind = |name| ClientKind::parse(name).ok_or_else(|| refuse("app_type"));
        let method = |name| {
            let method = AuthenticationMethod::parse(name);
            method.ok_or_else(|| refuse("token_endpoint_auth_method"))
        };
        Ok(ClientFilter {
            identifiers,
            kinds: each(&self.app_type).map(kind).collect::<Result<_, _>>()?,
            authentication_methods: each(&self.token_endpoint_auth_method)
                .map(method)
                .collect::<Result<_, _>>()?,
            is_first_party: self.is_first_party,
        })
    }
}

fn refuse(field: &str) -> Refusal {
    Refusal::query(Some(field.to_owned()), "is none of the known values")
}

/// A client to make, or changes of one. Null resets a setting to its default.
#[derive(Debug, Default, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct ClientBody {
    /// Unique in the tenant.
    #[serde(default, deserialize_with = "present", skip_serializing)]
    name: Option<String>,
    /// `native`, `spa`, `web` (or `regular_web`) or `non_interactive`.
    #[serde(default, deserialize_with = "present", skip_serializing)]
    app_type: Option<String>,
    /// `client_secret_basic`, `client_secret_post`, `client_secret_jwt`, `private_key_jwt` or `none`.
    #[serde(default, deserialize_with = "present", skip_serializing)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing)]
    is_first_party: Option<bool>,
    /// Only to change: the new secret.
    #[serde(default, deserialize_with = "secret", skip_serializing)]
    #[schema(value_type = Option<String>)]
    client_secret: Option<SecretString>,
    /// The name for people.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    logo_uri: Option<Option<String>>,
    /// Where an authorization may lead back to; `callbacks` to Auth0.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "callbacks"
    )]
    #[schema(value_type = Option<Vec<String>>)]
    redirect_uris: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_origins: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    web_origins: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    client_aliases: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_clients: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_logout_urls: Option<Option<Vec<String>>>,
    /// Of `code`, `token`, `id_token`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    response_types: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    grant_types: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    oidc_conformant: Option<Option<bool>>,
    /// `lifetime_in_seconds` and `alg` (RS256, ES256, `EdDSA` or HS256) of ID tokens.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    jwt_configuration: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    encryption_key: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    sso: Option<Option<bool>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    sso_disabled: Option<Option<bool>>,
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "cross_origin_authentication"
    )]
    #[schema(value_type = Option<bool>)]
    cross_origin_auth: Option<Option<bool>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cross_origin_loc: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    custom_login_page_on: Option<Option<bool>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    custom_login_page: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    custom_login_page_preview: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    form_template: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    addons: Option<Option<Map<String, Value>>>,
    /// Text values.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    client_metadata: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    mobile: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    initiate_login_uri: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    native_social_login: Option<Option<Map<String, Value>>>,
    /// `rotation_type`, `expiration_type`, `leeway` (0 to 300 seconds), `token_lifetime`,
    /// `infinite_token_lifetime`, `idle_token_lifetime`, `infinite_idle_token_lifetime`. Replaced
    /// as a whole.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    refresh_token: Option<Option<Map<String, Value>>>,
    /// `deny`, `allow` or `require`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    organization_usage: Option<Option<String>>,
    /// `no_prompt`, `pre_login_prompt` or `post_login_prompt`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    organization_require_behavior: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    id_token_signed_response_alg: Option<Option<String>>,
    /// `backchannel_logout_urls`: where the client is told that a session has ended, one URL;
    /// `oidc_backchannel_logout` to older clients of Auth0.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "oidc_backchannel_logout"
    )]
    #[schema(value_type = Option<Map<String, Value>>)]
    oidc_logout: Option<Option<Map<String, Value>>>,
    /// The home page.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    client_uri: Option<Option<String>>,
    /// The privacy policy.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    policy_uri: Option<Option<String>>,
    /// The terms of service.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    tos_uri: Option<Option<String>>,
    /// Mail addresses of those who are responsible for it.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    contacts: Option<Option<Vec<String>>>,
    /// Where the public keys are; takes the place of `jwks`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    jwks_uri: Option<Option<String>>,
    /// The public keys (RFC 7517); take the place of `jwks_uri`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    jwks: Option<Option<Map<String, Value>>>,
    /// Where request objects may stand.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    request_uris: Option<Option<Vec<String>>>,
    /// How assertions are signed: RS256, PS256, ES256, `EdDSA` or HS256.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    token_endpoint_auth_signing_alg: Option<Option<String>>,
    /// How userinfo answers are signed, if at all: RS256, ES256, `EdDSA` or HS256.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    userinfo_signed_response_alg: Option<Option<String>>,
    /// How request objects are signed: RS256, PS256, ES256, `EdDSA` or `none`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_object_signing_alg: Option<Option<String>>,
    /// Whether requests must be pushed first (RFC 9126).
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    require_pushed_authorization_requests: Option<Option<bool>>,
    /// Whether all tokens must be bound to a key (RFC 9449).
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    require_proof_of_possession: Option<Option<bool>>,
    /// Ours: whether PKCE is asked of a client that has a secret, too.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    require_pkce: Option<Option<bool>>,
    /// Whether ID tokens always carry `auth_time`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<bool>)]
    require_auth_time: Option<Option<bool>>,
    /// `max_age` of requests that name none, seconds.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    default_max_age: Option<Option<u32>>,
    /// `acr_values` of requests that name none.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    default_acr_values: Option<Option<Vec<String>>>,
    /// Ours: `jwt` or `opaque`, for access tokens that are for no resource server.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    access_token_format: Option<Option<String>>,
}

impl ClientBody {
    /// The client to make.
    pub(crate) fn new_client(mut self, prefix: Prefix) -> Result<NewClient, Error> {
        if self.client_secret.is_some() {
            return Err(Error::invalid("client_secret", "is made by the server"));
        }
        let name = self.name.take().ok_or_else(|| Error::invalid("name", "is required"))?;
        let kind = match (self.app_type.take(), prefix) {
            (Some(name), _) => app_type(&name)?,
            (None, Prefix::V1) => return Err(Error::invalid("app_type", "is required")),
            (None, Prefix::V2) => ClientKind::Web,
        };
        let method = self.token_endpoint_auth_method.take();
        self.default_to_the_vendors();
        Ok(NewClient {
            name: Text::parse("name", name)?,
            kind,
            authentication_method: method.as_deref().map(authentication_method).transpose()?,
            is_first_party: self.is_first_party.unwrap_or(true),
            settings: self.settings()?,
            identifier: None,
            secret: None,
        })
    }

    /// Fills in what the vendor sets where a new client's body says nothing.
    fn default_to_the_vendors(&mut self) {
        let list = |names: &[&str]| Some(Some(names.iter().map(|&name| name.to_owned()).collect()));
        if self.response_types.is_none() {
            self.response_types = list(&["code", "id_token token", "token"]);
        }
        let configuration = self.jwt_configuration.iter().flatten().next();
        let names_algorithm = configuration
            .is_some_and(|members| members.get("alg").is_some_and(|name| !name.is_null()));
        if self.id_token_signed_response_alg.is_none() && !names_algorithm {
            self.id_token_signed_response_alg = Some(Some("RS256".to_owned()));
        }
    }

    /// The changes.
    pub(crate) fn changes(mut self) -> Result<ClientChanges, Error> {
        let method = self.token_endpoint_auth_method.take();
        let changes = ClientChanges {
            name: self.name.take().map(|name| Text::parse("name", name)).transpose()?,
            kind: self.app_type.take().as_deref().map(app_type).transpose()?,
            authentication_method: method.as_deref().map(authentication_method).transpose()?,
            is_first_party: self.is_first_party,
            secret: self.client_secret.take(),
            settings: Some(self.members()?).filter(|members| !members.is_empty()),
        };
        Ok(changes)
    }

    fn settings(&self) -> Result<ClientSettings, Error> {
        let (mut known, mut other) = (Map::new(), Map::new());
        for (name, mut value) in self.members()? {
            if let ("oidc", Value::Object(oidc)) = (name.as_str(), &mut value) {
                oidc.retain(|_, value| !value.is_null());
            }
            let place =
                if KNOWN_SETTINGS.contains(&name.as_str()) { &mut known } else { &mut other };
            if !value.is_null() {
                place.insert(name, value);
            }
        }
        known.insert("other".to_owned(), Value::Object(other));
        serde_json::from_value(Value::Object(known)).map_err(Error::internal)
    }

    /// The settings that were sent, as the model names them.
    fn members(&self) -> Result<Map<String, Value>, Error> {
        self.check()?;
        match serde_json::to_value(self).map_err(Error::internal)? {
            Value::Object(members) => protocol::to_model(members),
            _ => Ok(Map::new()),
        }
    }

    fn check(&self) -> Result<(), Error> {
        for grant in self.grant_types.iter().flatten().flatten() {
            let extension = grant.starts_with("urn:") || grant.contains("/oauth/grant-type/");
            if !extension && !GRANT_TYPES.contains(&grant.as_str()) {
                return Err(Error::invalid("grant_types", "names a grant that does not exist"));
            }
        }
        for response in self.response_types.iter().flatten().flatten() {
            let known = |part| matches!(part, "code" | "token" | "id_token" | "none");
            if !response.split(' ').all(known) {
                let reason = "names a response type that does not exist";
                return Err(Error::invalid("response_types", reason));
            }
        }
        one_of(
            "organization_usage",
            self.organization_usage.as_ref(),
            &["deny", "allow", "require"],
        )?;
        let behaviors = ["no_prompt", "pre_login_prompt", "post_login_prompt"];
        let behavior = self.organization_require_behavior.as_ref();
        one_of("organization_require_behavior", behavior, &behaviors)
    }
}

fn one_of(
    field: &'static str,
    value: Option<&Option<String>>,
    values: &[&str],
) -> Result<(), Error> {
    match value {
        Some(Some(value)) if !values.contains(&value.as_str()) => {
            Err(Error::invalid(field, format!("must be one of {}", values.join(", "))))
        }
        _ => Ok(()),
    }
}

fn app_type(name: &str) -> Result<ClientKind, Error> {
    ClientKind::parse(name)
        .ok_or_else(|| Error::invalid("app_type", "must be native, spa, web or non_interactive"))
}

fn authentication_method(name: &str) -> Result<AuthenticationMethod, Error> {
    AuthenticationMethod::parse(name).ok_or_else(|| {
        let reason = "must be client_secret_basic, client_secret_post, client_secret_jwt, \
                      private_key_jwt or none";
        Error::invalid("token_endpoint_auth_method", reason)
    })
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Client {
    client_id: String,
    /// Shown with `read:client_keys`, and when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// The tenant's name.
    tenant: String,
    name: String,
    app_type: &'static str,
    token_endpoint_auth_method: &'static str,
    is_first_party: bool,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
}

impl Client {
    /// The client as `call` is to see it.
    pub(crate) fn new(call: &Call, view: ClientView) -> Result<Self, Error> {
        let mut client = view.client;
        let grant_types = client.grant_types().into_iter().map(str::to_owned).collect();
        client.settings.grant_types = Some(grant_types);
        let app_type = match (client.kind, call.prefix) {
            (ClientKind::Web, Prefix::V2) => "regular_web",
            (kind, _) => kind.as_str(),
        };
        Ok(Self {
            client_id: client.identifier.to_string(),
            client_secret: view.secret.map(|secret| secret.expose_secret().to_owned()),
            tenant: call.caller.tenant_context().name.to_string(),
            name: client.name.into_string(),
            app_type,
            token_endpoint_auth_method: client.authentication_method.as_str(),
            is_first_party: client.is_first_party,
            settings: shown_settings(client.settings, call.prefix)?,
        })
    }
}

fn shown_settings(
    mut settings: ClientSettings,
    prefix: Prefix,
) -> Result<Map<String, Value>, Error> {
    let other = std::mem::take(&mut settings.other);
    let document = serde_json::to_value(&settings).map_err(Error::internal)?;
    let Value::Object(mut shown) = document else { return Ok(other) };
    // `oidc` is a document of ours: the dialect has no such member, and it holds a token's hash.
    // Nor does it know the doors of other dialects.
    let ours = ["other", "oidc", "door"];
    shown.retain(|name, value| !ours.contains(&name.as_str()) && !value.is_null());
    shown.extend(other);
    protocol::show(&settings, &mut shown)?;
    if prefix == Prefix::V2 {
        let twins =
            [("redirect_uris", "callbacks"), ("cross_origin_auth", "cross_origin_authentication")];
        for (ours, auth0) in twins {
            if let Some(value) = shown.get(ours).cloned() {
                shown.insert(auth0.to_owned(), value);
            }
        }
        shown.insert("global".to_owned(), Value::Bool(false));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(value: Value) -> ClientBody {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn both_vendors_names_are_one_setting() {
        let new = body(json!({
            "name": "a", "callbacks": ["https://a.example/cb"], "sso": true, "description": null,
        }));
        let new = new.new_client(Prefix::V2).unwrap();
        assert_eq!(new.settings.redirect_uris, ["https://a.example/cb"]);
        assert_eq!(Value::Object(new.settings.other), json!({"sso": true}));
        assert_eq!(new.settings.description, None);
        assert_eq!(new.settings.response_types, ["code", "id_token token", "token"]);
        let twice = json!({"name": "a", "callbacks": [], "redirect_uris": []});
        assert!(serde_json::from_value::<ClientBody>(twice).is_err());
    }

    #[test]
    fn what_the_dialect_has_no_name_for_is_not_shown() {
        let mut settings = ClientSettings::default();
        settings.oidc.registration_token_hash = Some("hash".to_owned());
        settings.other.insert("sso".to_owned(), json!(true));
        for prefix in [Prefix::V1, Prefix::V2] {
            let shown = shown_settings(settings.clone(), prefix).unwrap();
            assert_eq!((shown.get("oidc"), shown.get("sso")), (None, Some(&json!(true))));
            assert!(!Value::Object(shown).to_string().contains("hash"));
        }
    }

    #[test]
    fn a_change_holds_what_was_sent_and_nothing_else() {
        let changes = body(json!({"logo_uri": null, "sso": false})).changes().unwrap();
        let settings = changes.settings.map(Value::Object);
        assert_eq!(settings, Some(json!({"logo_uri": null, "sso": false})));
        assert_eq!(body(json!({"name": "b"})).changes().unwrap().settings, None);
    }

    #[test]
    fn values_that_do_not_exist_are_refused() {
        for (field, value) in [
            ("app_type", json!("toaster")),
            ("token_endpoint_auth_method", json!("trust")),
            ("grant_types", json!(["magic"])),
            ("response_types", json!(["code cookie"])),
            ("organization_usage", json!("perhaps")),
        ] {
            let error = body(json!({ field: value })).changes().unwrap_err();
            assert!(matches!(&error, Error::Invalid { field: named, .. } if named == field));
        }
    }
}
