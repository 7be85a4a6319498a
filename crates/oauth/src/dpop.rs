//! Proofs of possession: tokens that are of no use to who has stolen them (RFC 9449).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{Error, TenantId, Timestamp};
use citizenry_storage::sealing;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use url::Url;

use crate::jws::{ASYMMETRIC_ALGORITHMS, ForeignKey, Token};
use crate::{OAuth, TokenError};

/// The type of a proof.
const TYPE: &str = "dpop+jwt";
/// How old a proof may be, seconds.
const MAX_AGE: i64 = 300;
/// How far the clocks may be apart, seconds.
const SKEW: i64 = 60;
/// The longest identifier of a proof, bytes.
const MAX_IDENTIFIER: usize = 256;
/// For how long one nonce is offered, seconds; it is taken for as long again.
const NONCE_WINDOW: i64 = 120;

/// A proof as it came, and what it must be for.
#[derive(Debug, Clone)]
pub struct DpopHeader {
    /// The one `DPoP` header.
    pub proof: String,
    /// The method of the request.
    pub method: String,
    /// The URL of the endpoint as the client knows it. Its scheme and host may be those of the
    /// request or of the public URL.
    pub url: String,
}

/// Why a proof proves nothing.
#[derive(Debug)]
pub(crate) enum DpopError {
    /// It is malformed, for something else, too old, or was used before.
    Invalid(&'static str),
    /// It must carry this nonce.
    UseNonce(String),
    /// The system failed.
    Other(Error),
}

impl From<DpopError> for TokenError {
    fn from(error: DpopError) -> Self {
        match error {
            DpopError::Invalid(reason) => Self::InvalidDpopProof(reason),
            DpopError::UseNonce(nonce) => Self::UseDpopNonce { nonce },
            DpopError::Other(error) => error.into(),
        }
    }
}

/// What a proof claims.
#[derive(Debug, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    nonce: Option<String>,
    ath: Option<String>,
}

/// A proof that is good but for its nonce and its first use.
struct Proof {
    thumbprint: String,
    claims: Claims,
}

impl Proof {
    /// Reads a proof. `token`: the access token that it is sent with.
    fn read(
        header: &DpopHeader,
        public_url: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, &'static str> {
        let proof = Token::read_proof(&header.proof).ok_or("the proof is no plain token")?;
        let key = proof.header.own_key().and_then(ForeignKey::read);
        let key = key.ok_or("the proof brings no public key of a supported kind along")?;
        if !proof.header.is_of_type(TYPE) {
            return Err("the proof is of another type");
        }
        let known = ASYMMETRIC_ALGORITHMS.contains(&proof.header.alg.as_str());
        if !known || !key.verifies(&proof) {
            return Err("the signature of the proof is wrong");
        }
        let claims: Claims = proof.claims().ok_or("the proof lacks a claim")?;
        if claims.htm != header.method {
            return Err("the proof is for another method");
        }
        if !is_same_place(&claims.htu, &header.url, public_url) {
            return Err("the proof is for another URL");
        }
        let age = now.unix_seconds().saturating_sub(claims.iat);
        if !(-SKEW..=MAX_AGE).contains(&age) {
            return Err("the proof is too old or of the future");
        }
        if !(1..=MAX_IDENTIFIER).contains(&claims.jti.len()) {
            return Err("the identifier of the proof is empty or too long");
        }
        if let Some(token) = token
            && claims.ath.as_deref() != Some(token_hash(token).as_str())
        {
            return Err("the proof is for another token");
        }
        let thumbprint = key.public.as_ref().map(crate::jws::PublicKey::thumbprint);
        Ok(Self { thumbprint: thumbprint.unwrap_or_default(), claims })
    }
}

/// The hash of an access token that a proof for it carries (`ath`).
fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

/// Whether `claimed` is the URL of the endpoint, query and fragment aside, by the host of the
/// request or by that of the public URL.
fn is_same_place(claimed: &str, url: &str, public_url: &str) -> bool {
    let (Ok(claimed), Ok(url)) = (Url::parse(claimed), Url::parse(url)) else { return false };
    let public = Url::parse(public_url).ok();
    let is_origin = claimed.origin() == url.origin()
        || public.is_some_and(|public| public.origin() == claimed.origin());
    is_origin && claimed.path() == url.path()
}

impl OAuth {
    /// A nonce for proofs, good for two minutes at least. Nothing is stored: every server of the
    /// installation knows it.
    pub fn dpop_nonce(&self) -> String {
        self.nonce_of(self.nonce_window())
    }

    fn nonce_window(&self) -> i64 {
        self.shared.environment.clock.now().unix_seconds().div_euclid(NONCE_WINDOW)
    }

    fn nonce_of(&self, window: i64) -> String {
        let sealer = &self.shared.environment.sealer;
        URL_SAFE_NO_PAD.encode(sealer.keyed_hash(sealing::DPOP_NONCE, &window.to_be_bytes()))
    }

    fn is_nonce(&self, nonce: &str) -> bool {
        let window = self.nonce_window();
        [window, window - 1]
            .into_iter()
            .any(|window| self.nonce_of(window).as_bytes().ct_eq(nonce.as_bytes()).into())
    }

    /// The thumbprint of the key whose possession a proof proves. `token`: the access token that it
    /// is sent with, at a resource.
    pub(crate) async fn proved_key(
        &self,
        header: &DpopHeader,
        token: Option<&str>,
        tenant: TenantId,
    ) -> Result<String, DpopError> {
        let now = self.shared.environment.clock.now();
        let public_url = self.shared.issuers.public_url();
        let proof = Proof::read(header, public_url, token, now).map_err(DpopError::Invalid)?;
        let nonce_is_good = match proof.claims.nonce.as_deref() {
            Some(nonce) => self.is_nonce(nonce),
            None => !self.shared.settings.require_dpop_nonce,
        };
        if !nonce_is_good {
            return Err(DpopError::UseNonce(self.dpop_nonce()));
        }
        let identifier = format!("dpop:{}:{}", proof.thumbprint, proof.claims.jti);
        let until = now.plus_seconds(MAX_AGE + 2 * SKEW);
        let first = self.use_identifier(tenant, &identifier, until).await;
        if first.map_err(DpopError::Other)? {
            Ok(proof.thumbprint)
        } else {
            Err(DpopError::Invalid("the proof was used before"))
        }
    }
}

#[cfg(test)]
mod tests;
