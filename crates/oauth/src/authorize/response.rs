//! Answers of the authorization endpoint: where they go, and how.

use citizenry_identity::{Client, Error};
use citizenry_storage::StorageError;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::parameters::Parameters;
use crate::{origins, redirect_uri};

/// How an answer travels to the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment.
    Fragment,
    /// As a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
    /// By `postMessage` to the page that opened this one.
    WebMessage {
        /// The only origin that the message may be posted to; registered for the client.
        origin: String,
    },
}

impl ResponseMode {
    /// The name of `response_mode`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::WebMessage { .. } => "web_message",
        }
    }
}

/// An answer for the client, good or bad, on its way through the browser.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// Where it goes: a redirect URI of the client, checked.
    pub redirect_uri: String,
    /// How it travels.
    pub mode: ResponseMode,
    /// Its parameters (`code`, `state`, `iss`; or `error`, `error_description`, `state`, `iss`).
    pub parameters: Vec<(String, String)>,
}

impl AuthorizationResponse {
    /// The URL that the browser is to be sent to; none for the modes that need a page.
    pub fn location(&self) -> Option<String> {
        match self.mode {
            ResponseMode::Query => {
                Some(redirect_uri::with_query(&self.redirect_uri, &self.parameters))
            }
            ResponseMode::Fragment => {
                Some(redirect_uri::with_fragment(&self.redirect_uri, &self.parameters))
            }
            ResponseMode::FormPost | ResponseMode::WebMessage { .. } => None,
        }
    }

    /// The parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(parameter, _)| parameter == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Shows where it goes and an error's code, never a code or a state.
impl std::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.redirect_uri)
            .field("mode", &self.mode)
            .field("error", &self.parameter("error"))
            .finish_non_exhaustive()
    }
}

/// Why an authorization request is not served.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// For the user alone: who asked is not known well enough to be answered (RFC 6749, section
    /// 4.1.2.1). Never redirected.
    #[error("{code}: {description}")]
    Page {
        /// The code of the OAuth registry.
        code: &'static str,
        /// What is wrong, in English; repeats nothing of the request.
        description: String,
    },
    /// For the client.
    #[error("answered with an error")]
    Answer(AuthorizationResponse),
    /// A part failed.
    #[error(transparent)]
    Other(#[from] Error),
}

impl AuthorizationError {
    /// An error for the user alone.
    pub(crate) fn page(code: &'static str, description: &str) -> Self {
        Self::Page { code, description: description.to_owned() }
    }

    /// The code of the OAuth registry.
    pub fn code(&self) -> &str {
        match self {
            Self::Page { code, .. } => code,
            Self::Answer(response) => response.parameter("error").unwrap_or_default(),
            Self::Other(Error::Unavailable | Error::RateLimited { .. }) => {
                "temporarily_unavailable"
            }
            Self::Other(_) => "server_error",
        }
    }
}

impl From<StorageError> for AuthorizationError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.into())
    }
}

/// Where the answers to a request go. Made only of a redirect URI that is the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnAddress {
    pub(crate) redirect_uri: String,
    pub(crate) redirect_uri_was_sent: bool,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
    pub(crate) issuer: String,
}

impl ReturnAddress {
    /// Where the answers to a request with `parameters` go.
    ///
    /// # Errors
    /// `Page` when the redirect URI, or the origin that a message is to be posted to, is not the
    /// client's; `Answer` for a response mode that there is not.
    pub(crate) fn of(
        client: &Client,
        issuer: &str,
        parameters: &Parameters,
    ) -> Result<Self, AuthorizationError> {
        let page = |description| AuthorizationError::page("invalid_request", description);
        let sent = parameters.get("redirect_uri");
        let redirect_uri = match sent {
            Some(sent) if redirect_uri::is_registered(client, sent) => sent,
            Some(_) => return Err(page("the redirect URI is not registered for this client")),
            None => default_redirect_uri(client, parameters)
                .ok_or_else(|| page("the redirect URI is missing"))?,
        };
        let mut address = Self {
            redirect_uri: redirect_uri.to_owned(),
            redirect_uri_was_sent: sent.is_some(),
            mode: ResponseMode::Query,
            state: parameters.get("state").map(str::to_owned),
            issuer: issuer.to_owned(),
        };
        address.mode = match parameters.get("response_mode") {
            None | Some("query") => ResponseMode::Query,
            Some("fragment") => ResponseMode::Fragment,
            Some("form_post") => ResponseMode::FormPost,
            Some("web_message") => {
                let origin = citizenry_identity::origin_of(redirect_uri)
                    .filter(|origin| origins::may_receive_messages(client, origin));
                let origin = origin.ok_or_else(|| {
                    page("the origin of the redirect URI is not registered for web messages")
                })?;
                ResponseMode::WebMessage { origin }
            }
            Some(_) => {
                return Err(address.error("invalid_request", "unknown response_mode"));
            }
        };
        Ok(address)
    }

    /// The good answer.
    pub(crate) fn success(&self, code: &SecretString) -> AuthorizationResponse {
        self.response(vec![("code".to_owned(), code.expose_secret().to_owned())])
    }

    /// The answer that it did not work out.
    pub(crate) fn failure(&self, code: &str, description: &str) -> AuthorizationResponse {
        self.response(vec![
            ("error".to_owned(), code.to_owned()),
            ("error_description".to_owned(), description.to_owned()),
        ])
    }

    /// The same as an error.
    pub(crate) fn error(&self, code: &str, description: &str) -> AuthorizationError {
        AuthorizationError::Answer(self.failure(code, description))
    }

    fn response(&self, mut parameters: Vec<(String, String)>) -> AuthorizationResponse {
        if let Some(state) = &self.state {
            parameters.push(("state".to_owned(), state.clone()));
        }
        // RFC 9207: the client sees which server has answered.
        parameters.push(("iss".to_owned(), self.issuer.clone()));
        AuthorizationResponse {
            redirect_uri: self.redirect_uri.clone(),
            mode: self.mode.clone(),
            parameters,
        }
    }
}

/// The redirect URI of a request that names none: the only registered one, and never in OpenID
/// Connect (Core, section 3.1.2.1).
fn default_redirect_uri<'c>(client: &'c Client, parameters: &Parameters) -> Option<&'c str> {
    if parameters.words("scope").any(|scope| scope == "openid") {
        return None;
    }
    match client.settings.redirect_uris.as_slice() {
        [only] if redirect_uri::is_safe(only) => Some(only),
        _ => None,
    }
}
