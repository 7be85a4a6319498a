//! Userinfo (OpenID Connect Core 1.0, section 5.3): what is said of the user to who has his token.

use citizenry_identity::{Error, SigningAlgorithm, TokenKind, User};
use citizenry_storage::StorageError;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::active_token::{ActiveToken, Handle};
use crate::claims::{self, Place};
use crate::discovery::USERINFO_PATH;
use crate::dpop::DpopError;
use crate::jws::{ASYMMETRIC_ALGORITHMS, JWT_TYPE, Signer};
use crate::scopes::OPENID;
use crate::{DpopHeader, OAuth, TokenError, TokenType, id_token};

/// What somebody sends to userinfo.
#[derive(Debug, Clone)]
pub struct UserinfoRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The access token.
    pub token: SecretString,
    /// The scheme that it came by in the header; `Bearer` if it came in a form.
    pub scheme: TokenType,
    /// The proof of possession that came with it.
    pub dpop: Option<DpopHeader>,
}

/// What is said of a user.
#[derive(Debug, Clone, PartialEq)]
pub enum Userinfo {
    /// As JSON.
    Json(Map<String, Value>),
    /// As a signed token, for clients that have registered for that.
    Jwt(String),
}

/// Why nothing is said (RFC 6750, section 3.1; RFC 9449, section 7.1).
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The token is not good here.
    #[error("{0}")]
    InvalidToken(&'static str),
    /// The token is good, but not for this.
    #[error("the token lacks the scope openid")]
    InsufficientScope,
    /// The proof of possession is missing or not good.
    #[error("{0}")]
    InvalidDpopProof(&'static str),
    /// The proof must carry this nonce.
    #[error("the proof must carry the nonce of the server")]
    UseDpopNonce {
        /// The nonce, good for the next minutes.
        nonce: String,
    },
    /// The system failed.
    #[error(transparent)]
    Other(Error),
}

impl ResourceError {
    /// The `error` of the challenge.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidToken(_) => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof(_) => "invalid_dpop_proof",
            Self::UseDpopNonce { .. } => "use_dpop_nonce",
            Self::Other(_) => "server_error",
        }
    }

    /// The values of the `WWW-Authenticate` headers of the answer; none when the system failed.
    pub fn challenges(&self) -> Vec<String> {
        let code = self.code();
        let bearer = format!("Bearer error=\"{code}\", error_description=\"{self}\"");
        let dpop = format!("DPoP error=\"{code}\", algs=\"{}\"", ASYMMETRIC_ALGORITHMS.join(" "));
        match self {
            Self::InvalidToken(_) => vec![bearer, dpop],
            Self::InsufficientScope => vec![format!("{bearer}, scope=\"{OPENID}\"")],
            Self::InvalidDpopProof(_) | Self::UseDpopNonce { .. } => vec![dpop],
            Self::Other(_) => Vec::new(),
        }
    }

    /// The value of the `WWW-Authenticate` header for who sends no token at all: it names no error.
    pub fn challenge_without_token() -> String {
        "Bearer".to_owned()
    }
}

impl From<Error> for ResourceError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<StorageError> for ResourceError {
    fn from(error: StorageError) -> Self {
        Self::Other(error.into())
    }
}

impl From<DpopError> for ResourceError {
    fn from(error: DpopError) -> Self {
        match error {
            DpopError::Invalid(reason) => Self::InvalidDpopProof(reason),
            DpopError::UseNonce(nonce) => Self::UseDpopNonce { nonce },
            DpopError::Other(error) => Self::Other(error),
        }
    }
}

impl OAuth {
    /// What is said of the user whose access token somebody shows.
    ///
    /// # Errors
    /// See [`ResourceError`].
    pub async fn userinfo(&self, request: UserinfoRequest) -> Result<Userinfo, ResourceError> {
        let bad = || ResourceError::InvalidToken("the token is not good");
        let token = self.active_token(&request.token).await?.ok_or_else(bad)?;
        let named = request.tenant.as_deref();
        let is_here = named.is_none_or(|named| named == token.tenant.name.as_str());
        if token.kind != TokenKind::Access || !is_here {
            return Err(bad());
        }
        self.check_binding(&request, &token).await?;
        let Some(user) = &token.user else { return Err(ResourceError::InsufficientScope) };
        if !self.opens_userinfo(&token) {
            return Err(ResourceError::InsufficientScope);
        }
        let claims = userinfo_claims(&token, user);
        match token.client.settings.oidc.userinfo_signed_response_alg.as_deref() {
            None | Some("none") => Ok(Userinfo::Json(claims)),
            Some(algorithm) => self.signed_userinfo(&token, claims, algorithm).await,
        }
    }

    /// Whether a bound token comes with a proof of its key, and no other as if it were bound.
    async fn check_binding(
        &self,
        request: &UserinfoRequest,
        token: &ActiveToken,
    ) -> Result<(), ResourceError> {
        let wrong_scheme = ResourceError::InvalidToken("the token was sent by the wrong scheme");
        match (&token.thumbprint, request.scheme) {
            (None, TokenType::Bearer) => Ok(()),
            (Some(thumbprint), TokenType::Dpop) => {
                let header = request.dpop.as_ref();
                let header = header.ok_or(ResourceError::InvalidDpopProof("there is no proof"))?;
                let text = request.token.expose_secret();
                let proved = self.proved_key(header, Some(text), token.tenant.id).await?;
                if proved == *thumbprint {
                    Ok(())
                } else {
                    Err(ResourceError::InvalidToken("the token is bound to another key"))
                }
            }
            _ => Err(wrong_scheme),
        }
    }

    fn opens_userinfo(&self, token: &ActiveToken) -> bool {
        let has_scope = token.scopes.iter().any(|scope| scope == OPENID);
        let is_for_us = match token.handle {
            Handle::Stored(_) => true,
            Handle::Jwt(_) => {
                let endpoint = self.shared.issuers.endpoint(&token.tenant.name, USERINFO_PATH);
                token.audiences.contains(&endpoint)
            }
        };
        has_scope && is_for_us
    }

    async fn signed_userinfo(
        &self,
        token: &ActiveToken,
        mut claims: Map<String, Value>,
        algorithm: &str,
    ) -> Result<Userinfo, ResourceError> {
        let issuer = self.shared.issuers.issuer(&token.tenant.name);
        claims.insert("iss".to_owned(), json!(issuer));
        claims.insert("aud".to_owned(), json!(token.client.identifier.as_str()));
        let signed = match id_token::parse(Some(algorithm)) {
            SigningAlgorithm::Hs256 => self
                .secret_bytes(&token.client)
                .and_then(|secret| Ok(Signer::hs256(&secret).sign(JWT_TYPE, None, &claims)?)),
            algorithm => self.sign(&token.tenant, algorithm, JWT_TYPE, &claims).await,
        };
        let signed = signed.map_err(|error| match error {
            TokenError::Unavailable => ResourceError::Other(Error::Unavailable),
            other => ResourceError::Other(Error::internal(other)),
        })?;
        Ok(Userinfo::Jwt(signed))
    }
}

fn userinfo_claims(token: &ActiveToken, user: &User) -> Map<String, Value> {
    let requested = token.family.as_ref().and_then(|it| it.authorized.claims.as_ref());
    let mut claims = claims::of(user, &token.scopes, requested, Place::Userinfo);
    claims.insert("sub".to_owned(), json!(user.subject.as_str()));
    claims
}

#[cfg(test)]
mod tests;
