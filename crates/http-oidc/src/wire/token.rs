//! Requests for tokens, and their answers.

use citizenry_oauth::{TokenRequest, TokenResponse};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::client_request::ClientRequest;

/// The request that the parameters spell. Whatever else is sent is ignored (RFC 6749, section 3.2).
pub(crate) fn request(asking: ClientRequest) -> TokenRequest {
    let ClientRequest { tenant, client, pairs, host, origin, .. } = asking;
    let text = |name| pairs.get(name).map(str::to_owned);
    TokenRequest {
        grant_type: text("grant_type"),
        tenant,
        host: Some(host),
        client,
        origin,
        audience: text("audience"),
        resources: pairs.all("resource"),
        scope: text("scope"),
        code: pairs.secret("code"),
        redirect_uri: text("redirect_uri"),
        code_verifier: pairs.secret("code_verifier"),
        refresh_token: pairs.secret("refresh_token"),
        device_code: pairs.secret("device_code"),
        username: text("username"),
        password: pairs.secret("password"),
        realm: text("realm"),
        ..TokenRequest::default()
    }
}

/// Tokens and what they are good for (RFC 6749, section 5.1).
#[derive(Serialize)]
pub(crate) struct TokenAnswer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

impl<'a> From<&'a TokenResponse> for TokenAnswer<'a> {
    fn from(token: &'a TokenResponse) -> Self {
        Self {
            access_token: token.access_token.expose_secret(),
            token_type: token.token_type.as_str(),
            expires_in: token.expires_in,
            scope: &token.scope,
            refresh_token: token.refresh_token.as_ref().map(ExposeSecret::expose_secret),
            id_token: token.id_token.as_ref().map(ExposeSecret::expose_secret),
        }
    }
}
