//! A request in which everything has been checked.

use citizenry_identity::{ClientIdentifier, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Prompt, ResponseMode, ReturnAddress};

/// An authorization request in which everything has been checked that does not depend on who is
/// signed in. Only [`OAuth::validate`](crate::OAuth::validate) and
/// [`OAuth::open_request`](crate::OAuth::open_request) make one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ValidatedRequest {
    /// The tenant: the client's.
    #[serde(with = "as_text")]
    pub tenant: TenantId,
    /// The client that asks.
    #[serde(with = "client_as_text")]
    pub client: ClientIdentifier,
    /// Where the answer goes: a redirect URI of the client.
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_uri_was_sent: bool,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// `state`, for the answer.
    pub state: Option<String>,
    /// The issuer, for the answer.
    pub issuer: String,
    /// The scopes that are known, in the order they were asked for, each once.
    pub scopes: Vec<String>,
    /// The identifiers of the resource servers that tokens are for.
    pub audiences: Vec<String>,
    /// `nonce`, for the ID token.
    pub nonce: Option<String>,
    /// The `claims` parameter.
    pub claims: Option<Map<String, Value>>,
    /// What the user is to be asked, whatever is known already.
    pub prompts: Vec<Prompt>,
    /// How long ago the user may have signed in at the most, seconds.
    pub max_age: Option<i64>,
    /// Whether the ID token is to say when he did.
    pub wants_auth_time: bool,
    /// The subject that the client expects (`id_token_hint`, or `sub` of the `claims` parameter).
    pub expected_subject: Option<String>,
    /// The PKCE challenge (`S256`).
    pub code_challenge: Option<String>,
    /// The thumbprint of the key that tokens are to be bound to (`dpop_jkt`).
    pub dpop_thumbprint: Option<String>,
    /// `login_hint`: what to fill in as the user's name.
    pub login_hint: Option<String>,
    /// `ui_locales`: the wanted languages of the pages, the best first.
    pub ui_locales: Vec<String>,
    /// `acr_values`.
    pub acr_values: Vec<String>,
    /// `display`: `page`, `popup`, `touch` or `wap`.
    pub display: Option<String>,
    /// `screen_hint`: `signup` opens the page for new accounts (Auth0's SDKs).
    pub screen_hint: Option<String>,
    /// `connection`: the connection to sign in through.
    pub connection: Option<String>,
    /// When it was validated, microseconds since 1970.
    pub(super) started_at_micros: i64,
}

impl ValidatedRequest {
    /// Whether something that happened at `at` happened for this request: after it was validated.
    pub fn is_older_than(&self, at: Timestamp) -> bool {
        self.started_at_micros <= at.unix_micros()
    }

    /// Whether it was validated at most `seconds` before `now`.
    pub(crate) fn is_younger_than(&self, seconds: i64, now: Timestamp) -> bool {
        let age = now.unix_micros().saturating_sub(self.started_at_micros);
        (0..=seconds.saturating_mul(1_000_000)).contains(&age)
    }

    /// Whether the user is to be asked for `prompt`.
    pub fn has_prompt(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }

    /// Where the answers go.
    pub(crate) fn return_address(&self) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: self.redirect_uri.clone(),
            redirect_uri_was_sent: self.redirect_uri_was_sent,
            mode: self.response_mode.clone(),
            state: self.state.clone(),
            issuer: self.issuer.clone(),
        }
    }
}

/// Identifiers as their text.
mod as_text {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(id: &impl Display, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: FromStr>(
        from: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_malformed| D::Error::custom("not an identifier"))
    }
}

/// A client's identifier as its text.
mod client_as_text {
    use citizenry_identity::ClientIdentifier;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        client: &ClientIdentifier,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(client.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<ClientIdentifier, D::Error> {
        let text = String::deserialize(from)?;
        ClientIdentifier::parse(&text).map_err(D::Error::custom)
    }
}
