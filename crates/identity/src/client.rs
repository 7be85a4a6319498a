//! Clients: applications that ask for tokens.

mod origins;

use std::{borrow::Borrow, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::origins::origin_of;
use crate::{ClientId, Error, ManagementDoor, Metadata, Moment, TenantId, Text, Timestamp};

/// What a client is known by outside: its `client_id`. Unique in the installation; 1 to 128
/// letters, digits and `-._~`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientIdentifier(String);

impl ClientIdentifier {
    /// A new identifier: 32 letters and digits.
    pub fn generate(moment: &Moment) -> Self {
        Self(moment.alphanumeric(32))
    }

    /// Reads an identifier.
    ///
    /// # Errors
    /// `Invalid` on `client_id`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        if (1..=128).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "client_id",
                "must be 1 to 128 letters, digits, hyphens, dots, underscores and tildes",
            ))
        }
    }

    /// An identifier that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ClientIdentifier {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of application a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// On a phone or a desktop.
    Native,
    /// In a browser.
    Spa,
    /// On a web server.
    Web,
    /// Without people.
    NonInteractive,
}

impl ClientKind {
    /// The kind on the wire (Authok's `app_type`) and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Spa => "spa",
            Self::Web => "web",
            Self::NonInteractive => "non_interactive",
        }
    }

    /// The kind of that name; Auth0's `regular_web` is `web`.
    pub fn parse(name: &str) -> Option<Self> {
        if name == "regular_web" {
            return Some(Self::Web);
        }
        [Self::Native, Self::Spa, Self::Web, Self::NonInteractive]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl ClientKind {
    /// The grants that a client of this kind lives on.
    pub const fn usual_grant_types(self) -> &'static [&'static str] {
        match self {
            Self::NonInteractive => &["client_credentials"],
            Self::Web => &["authorization_code", "refresh_token", "client_credentials"],
            Self::Native | Self::Spa => &["authorization_code", "refresh_token"],
        }
    }
}

/// How a client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthenticationMethod {
    /// HTTP Basic.
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
    /// A JWT signed with the secret.
    ClientSecretJwt,
    /// A JWT signed with its own key.
    PrivateKeyJwt,
    /// Not at all (public clients).
    None,
}

impl AuthenticationMethod {
    /// The name of the OAuth registry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// The method of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::ClientSecretBasic,
            Self::ClientSecretPost,
            Self::ClientSecretJwt,
            Self::PrivateKeyJwt,
            Self::None,
        ]
        .into_iter()
        .find(|method| method.as_str() == name)
    }
}

/// A client's secret as it is stored: twice.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// A keyed hash, to compare with.
    pub hash: [u8; 32],
    /// Sealed, for the calls that must show it.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// An application that asks for tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// The identifier inside.
    pub id: ClientId,
    /// The identifier outside.
    pub identifier: ClientIdentifier,
    /// The tenant.
    pub tenant: TenantId,
    /// The name, unique per tenant as it is written.
    pub name: Text<128>,
    /// What kind of application it is.
    pub kind: ClientKind,
    /// How it proves itself.
    pub authentication_method: AuthenticationMethod,
    /// Its secret.
    pub secret: ClientSecret,
    /// Whether it belongs to the tenant itself.
    pub is_first_party: bool,
    /// Everything else.
    pub settings: ClientSettings,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Client {
    /// The grants that the client may use: those that were named, else those of its kind.
    pub fn grant_types(&self) -> Vec<&str> {
        match &self.settings.grant_types {
            Some(named) => named.iter().map(String::as_str).collect(),
            None => self.kind.usual_grant_types().to_vec(),
        }
    }

    /// Whether the client may use the grant of that name.
    pub fn may_use_grant(&self, grant_type: &str) -> bool {
        self.grant_types().contains(&grant_type)
    }
}

/// What a client's administrator may set beside its name and kind. Stored as one JSON document:
/// it is only ever read with its client. Missing members have their default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientSettings {
    /// The name for people.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its logo's URL.
    pub logo_uri: Option<String>,
    /// Where an authorization may lead back to.
    pub redirect_uris: Vec<String>,
    /// Origins that may call the API from a browser.
    pub allowed_origins: Vec<String>,
    /// Origins that may receive `web_message` answers.
    pub web_origins: Vec<String>,
    /// Further audiences it is known by.
    pub client_aliases: Vec<String>,
    /// Clients that may ask for delegation.
    pub allowed_clients: Vec<String>,
    /// Where a logout may lead.
    pub allowed_logout_urls: Vec<String>,
    /// The response types it may use.
    pub response_types: Vec<String>,
    /// The grants it may use; those of its kind when nothing was said.
    pub grant_types: Option<Vec<String>>,
    /// Where an invitation or a third party starts its sign-in.
    pub initiate_login_uri: Option<String>,
    /// `deny`, `allow` or `require`.
    pub organization_usage: Option<String>,
    /// `no_prompt` or `pre_login_prompt`.
    pub organization_require_behavior: Option<String>,
    /// How its ID tokens are signed.
    pub id_token_signed_response_alg: Option<String>,
    /// Free data with text values.
    pub client_metadata: Map<String, Value>,
    /// What the protocols let a client choose.
    pub oidc: OidcMetadata,
    /// The management dialect whose tokens it gets; none for other clients.
    pub door: Option<ManagementDoor>,
    /// Settings of the management dialects that nothing here acts on yet, kept as they came.
    pub other: Map<String, Value>,
}

impl ClientSettings {
    /// The settings, if they keep the limits: 100 entries a list, 64 KiB as a whole.
    ///
    /// # Errors
    /// `Invalid` on the setting that does not.
    pub fn checked(self) -> Result<Self, Error> {
        let lists = [
            ("redirect_uris", &self.redirect_uris),
            ("allowed_origins", &self.allowed_origins),
            ("web_origins", &self.web_origins),
            ("client_aliases", &self.client_aliases),
            ("allowed_clients", &self.allowed_clients),
            ("allowed_logout_urls", &self.allowed_logout_urls),
            ("response_types", &self.response_types),
        ];
        let grant_types = self.grant_types.iter().map(|named| ("grant_types", named));
        for (field, list) in lists.into_iter().chain(grant_types) {
            if list.len() > 100 {
                return Err(Error::invalid(field, "must have at most 100 entries"));
            }
            if list.iter().any(|entry| entry.is_empty() || entry.len() > 2_048) {
                return Err(Error::invalid(field, "must have entries of 1 to 2048 bytes"));
            }
        }
        if self.client_metadata.values().any(|value| !value.is_string()) {
            return Err(Error::invalid("client_metadata", "must have text values"));
        }
        let document = serde_json::to_value(&self).map_err(Error::internal)?;
        if let Value::Object(document) = document {
            Metadata::new("settings", document)?;
        }
        Ok(self)
    }
}

/// What OAuth 2 and OpenID Connect let a client choose, by the names of dynamic registration
/// (RFC 7591, OpenID Connect Dynamic Client Registration 1.0, and the specifications that add to
/// them). Missing members have their default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of its own on the wire")]
pub struct OidcMetadata {
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms of service.
    pub tos_uri: Option<String>,
    /// Mail addresses of those who are responsible for it.
    pub contacts: Vec<String>,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// Its public keys (RFC 7517), instead of `jwks_uri`.
    pub jwks: Option<Value>,
    /// `public` (the default) or `pairwise`.
    pub subject_type: Option<String>,
    /// Where the redirect URIs of a pairwise group stand.
    pub sector_identifier_uri: Option<String>,
    /// The one algorithm of its assertions.
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// How userinfo answers are signed; plain JSON when nothing is said.
    pub userinfo_signed_response_alg: Option<String>,
    /// The one algorithm of its request objects; `none` if they are not signed.
    pub request_object_signing_alg: Option<String>,
    /// Where its request objects may stand.
    pub request_uris: Vec<String>,
    /// Whether requests must be pushed first (RFC 9126).
    pub require_pushed_authorization_requests: bool,
    /// Whether all its tokens must be bound to a key (RFC 9449).
    pub dpop_bound_access_tokens: bool,
    /// Whether its authorization requests must carry PKCE even though it has a secret. Public
    /// clients' always must.
    pub require_pkce: bool,
    /// `max_age` of requests that name none, seconds.
    pub default_max_age: Option<i64>,
    /// Whether ID tokens always carry `auth_time`.
    pub require_auth_time: bool,
    /// `acr_values` of requests that name none.
    pub default_acr_values: Vec<String>,
    /// Where it is told that a session has ended.
    pub backchannel_logout_uri: Option<String>,
    /// Whether it wants to be told which session.
    pub backchannel_logout_session_required: bool,
    /// `jwt` or `opaque`: what access tokens look like that are for no resource server of its own
    /// choosing.
    pub access_token_format: Option<String>,
    /// How long access tokens for userinfo alone, and ID tokens, last, seconds.
    pub id_token_lifetime: Option<u32>,
    /// How long a refresh token lasts from its issuing, seconds.
    pub refresh_token_lifetime: Option<u32>,
    /// How long a refresh token lasts without being used, seconds.
    pub refresh_token_idle_lifetime: Option<u32>,
    /// For how long after its rotation a refresh token still gets its successor, seconds; 0 to 300.
    pub refresh_token_grace: Option<u32>,
    /// Whether refresh tokens stay the same at each use. Only for clients that have a secret or a
    /// key (RFC 9700, section 2.2.2).
    pub refresh_token_reusable: bool,
    /// The keyed hash (base64url) of the token with which a client that registered itself may read
    /// and change its registration (RFC 7592).
    pub registration_token_hash: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_texts_are_limited() {
        let long = ClientSettings {
            grant_types: Some(vec!["x".repeat(2_049)]),
            ..ClientSettings::default()
        };
        let error = long.checked().unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "grant_types"));
        let many = ClientSettings {
            redirect_uris: vec!["https://a.example/".to_owned(); 101],
            ..ClientSettings::default()
        };
        assert!(many.checked().is_err());
    }
}
