//! Resource servers on the wire.

use citizenry_directory::{
    NewResourceServer, ResourceServerChanges, ResourceServerFilter, ResourceServerView,
};
use citizenry_identity::{
    Error, Patch, ResourceServerId, Scope as Model, ScopeName, SigningAlgorithm, Text,
    TokenDialect, TokenFormat,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::Call,
    body::{nullable, present, present_objects, secret},
    ids,
    paging::{each, list_query},
};

list_query! {
    /// The query of the list of resource servers.
    ResourceServerList {
        /// The management API, or all others.
        is_system: Option<bool>,
        /// Resource servers of these ids.
        id: Vec<String>,
        /// Resource servers of these identifiers (audiences).
        identifier: Vec<String>,
        /// The same, as Auth0 calls it.
        identifiers: Vec<String>,
        /// Whether users' tokens are limited to their permissions.
        enforce_policies: Option<bool>,
    }
}

impl ResourceServerList {
    /// The filter.
    pub(crate) fn filter(&self) -> Result<ResourceServerFilter, Error> {
        let id = |text: &str| ids::filter(str::parse::<ResourceServerId>, text);
        let identifiers = self.identifier.iter().chain(&self.identifiers);
        Ok(ResourceServerFilter {
            ids: each(&self.id).map(id).collect::<Result<_, _>>()?,
            identifiers: identifiers.filter(|text| !text.is_empty()).cloned().collect(),
            is_system: self.is_system,
            enforce_policies: self.enforce_policies,
        })
    }
}

/// A scope that a resource server offers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Scope {
    /// Its name.
    value: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl TryFrom<Scope> for Model {
    type Error = Error;

    fn try_from(scope: Scope) -> Result<Self, Error> {
        Ok(Self {
            name: ScopeName::parse("scopes", &scope.value)?,
            description: Text::optional("scopes", scope.description)?,
        })
    }
}

/// A resource server to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateResourceServer {
    name: String,
    /// The audience of its tokens: unique in the tenant, never changed.
    identifier: String,
    #[serde(default, deserialize_with = "present_objects")]
    #[validate(length(max = 1000))]
    scopes: Option<Vec<Scope>>,
    /// `RS256` (the default), `HS256`, `ES256` or `EdDSA`.
    signing_alg: Option<String>,
    /// For `HS256` alone.
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    signing_secret: Option<SecretString>,
    allow_offline_access: Option<bool>,
    skip_consent_for_verifiable_first_party_clients: Option<bool>,
    /// Seconds.
    token_lifetime: Option<u32>,
    /// Seconds; at most `token_lifetime`.
    token_lifetime_for_web: Option<u32>,
    enforce_policies: Option<bool>,
    /// `access_token` or `access_token_authz`.
    token_dialect: Option<String>,
    /// `jwt` (the default) or `opaque`.
    token_format: Option<String>,
    /// Only `false`: there is one management API.
    is_system: Option<bool>,
}

impl TryFrom<CreateResourceServer> for NewResourceServer {
    type Error = Error;

    fn try_from(body: CreateResourceServer) -> Result<Self, Error> {
        check_is_system(body.is_system)?;
        let skip = body.skip_consent_for_verifiable_first_party_clients;
        Ok(Self {
            identifier: Text::parse("identifier", body.identifier)?,
            name: Text::parse("name", body.name)?,
            scopes: scopes(body.scopes.unwrap_or_default())?,
            signing_algorithm: body.signing_alg.as_deref().map(signing_alg).transpose()?,
            signing_secret: body.signing_secret,
            allow_offline_access: body.allow_offline_access.unwrap_or_default(),
            skip_consent_for_verifiable_first_party_clients: skip.unwrap_or_default(),
            token_lifetime: body.token_lifetime,
            token_lifetime_for_web: body.token_lifetime_for_web,
            enforce_policies: body.enforce_policies.unwrap_or_default(),
            token_dialect: body.token_dialect.as_deref().map(token_dialect).transpose()?,
            token_format: body.token_format.as_deref().map(token_format).transpose()?,
        })
    }
}

/// Changes of a resource server.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateResourceServer {
    #[serde(default, deserialize_with = "present")]
    name: Option<String>,
    /// Replaces the list; a scope that is gone goes from roles, users and grants, too.
    #[serde(default, deserialize_with = "present_objects")]
    #[validate(length(max = 1000))]
    scopes: Option<Vec<Scope>>,
    #[serde(default, deserialize_with = "present")]
    signing_alg: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    signing_secret: Option<SecretString>,
    #[serde(default, deserialize_with = "present")]
    allow_offline_access: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    skip_consent_for_verifiable_first_party_clients: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    token_lifetime: Option<u32>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>)]
    token_lifetime_for_web: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    enforce_policies: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    token_dialect: Option<String>,
    #[serde(default, deserialize_with = "present")]
    token_format: Option<String>,
    #[serde(default, deserialize_with = "present")]
    is_system: Option<bool>,
}

impl TryFrom<UpdateResourceServer> for ResourceServerChanges {
    type Error = Error;

    fn try_from(body: UpdateResourceServer) -> Result<Self, Error> {
        check_is_system(body.is_system)?;
        let skip = body.skip_consent_for_verifiable_first_party_clients;
        Ok(Self {
            name: body.name.map(|name| Text::parse("name", name)).transpose()?,
            scopes: body.scopes.map(scopes).transpose()?,
            signing_algorithm: body.signing_alg.as_deref().map(signing_alg).transpose()?,
            signing_secret: body.signing_secret,
            allow_offline_access: body.allow_offline_access,
            skip_consent_for_verifiable_first_party_clients: skip,
            token_lifetime: body.token_lifetime,
            token_lifetime_for_web: Patch::from(body.token_lifetime_for_web),
            enforce_policies: body.enforce_policies,
            token_dialect: body.token_dialect.as_deref().map(token_dialect).transpose()?,
            token_format: body.token_format.as_deref().map(token_format).transpose()?,
        })
    }
}

fn check_is_system(sent: Option<bool>) -> Result<(), Error> {
    match sent {
        Some(true) => Err(Error::invalid("is_system", "belongs to the management API alone")),
        Some(false) | None => Ok(()),
    }
}

fn scopes(scopes: Vec<Scope>) -> Result<Vec<Model>, Error> {
    scopes.into_iter().map(Model::try_from).collect()
}

fn signing_alg(name: &str) -> Result<SigningAlgorithm, Error> {
    SigningAlgorithm::parse(name)
        .ok_or_else(|| Error::invalid("signing_alg", "must be RS256, HS256, ES256 or EdDSA"))
}

fn token_dialect(name: &str) -> Result<TokenDialect, Error> {
    let reason = "must be access_token or access_token_authz";
    TokenDialect::parse(name).ok_or_else(|| Error::invalid("token_dialect", reason))
}

fn token_format(name: &str) -> Result<TokenFormat, Error> {
    TokenFormat::parse(name).ok_or_else(|| Error::invalid("token_format", "must be jwt or opaque"))
}

/// A resource server.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own on the wire")]
pub(crate) struct ResourceServer {
    id: String,
    identifier: String,
    name: String,
    scopes: Vec<Scope>,
    signing_alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
    allow_offline_access: bool,
    skip_consent_for_verifiable_first_party_clients: bool,
    token_lifetime: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_lifetime_for_web: Option<u32>,
    enforce_policies: bool,
    token_dialect: &'static str,
    token_format: &'static str,
    is_system: bool,
    created_at: String,
    updated_at: String,
}

impl ResourceServer {
    /// The resource server as `call` is to see it.
    pub(crate) fn new(call: &Call, view: ResourceServerView) -> Self {
        let server = view.resource_server;
        let scopes = server.scopes.into_iter().map(|scope| Scope {
            value: scope.name.to_string(),
            description: scope.description.map(Text::into_string),
        });
        Self {
            id: server.id.to_string(),
            identifier: server.identifier.into_string(),
            name: server.name.into_string(),
            scopes: scopes.collect(),
            signing_alg: server.signing_algorithm.as_str(),
            signing_secret: view.signing_secret.map(|secret| secret.expose_secret().to_owned()),
            allow_offline_access: server.allow_offline_access,
            skip_consent_for_verifiable_first_party_clients: server
                .skip_consent_for_verifiable_first_party_clients,
            token_lifetime: server.token_lifetime,
            token_lifetime_for_web: server.token_lifetime_for_web,
            enforce_policies: server.enforce_policies,
            token_dialect: server.token_dialect.as_str(),
            token_format: server.token_format.as_str(),
            is_system: server.is_system,
            created_at: call.time(server.created_at),
            updated_at: call.time(server.updated_at),
        }
    }
}
