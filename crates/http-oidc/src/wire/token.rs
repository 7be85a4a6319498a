//! Requests for tokens, and their answers.

use citizenry_oauth::{TokenRequest, TokenResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

/// The parameters of a request for a token. Whatever else is sent is ignored (RFC 6749, section
/// 3.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenForm {
    grant_type: Option<String>,
    client_id: Option<String>,
    #[serde(deserialize_with = "secret")]
    client_secret: Option<SecretString>,
    audience: Option<String>,
    scope: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

impl From<TokenForm> for TokenRequest {
    fn from(form: TokenForm) -> Self {
        Self {
            tenant: None,
            host: None,
            grant_type: form.grant_type,
            basic: None,
            client_id: form.client_id,
            client_secret: form.client_secret,
            audience: form.audience,
            scope: form.scope,
        }
    }
}

/// A token and what it is good for.
#[derive(Serialize)]
pub(crate) struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u32,
    scope: &'a str,
}

impl<'a> From<&'a TokenResponse> for TokenAnswer<'a> {
    fn from(token: &'a TokenResponse) -> Self {
        Self {
            access_token: token.access_token.expose_secret(),
            token_type: "Bearer",
            expires_in: token.expires_in,
            scope: &token.scope,
        }
    }
}
