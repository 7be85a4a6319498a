//! ID tokens (OpenID Connect Core 1.0, section 2).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use citizenry_identity::{Client, Factor, SigningAlgorithm};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::claims::{self, Place};
use crate::jws::{JWT_TYPE, Signer, unsigned};
use crate::scopes::OPENID;
use crate::token::Prepared;
use crate::{OAuth, TokenError, lifetimes};

/// How an ID token is signed when the client has not said: what every relying party can verify.
const DEFAULT: SigningAlgorithm = SigningAlgorithm::Rs256;

/// The key pair that signs the ID token for `scopes`, if there is one and a key pair signs it.
pub(crate) fn algorithm(client: &Client, scopes: &[String]) -> Option<SigningAlgorithm> {
    if !scopes.iter().any(|scope| scope == OPENID) {
        return None;
    }
    match client.settings.id_token_signed_response_alg.as_deref() {
        Some("none") => None,
        named => Some(parse(named)).filter(|it| *it != SigningAlgorithm::Hs256),
    }
}

/// The algorithm of that name; the default when none is named, or one that is not known.
pub(crate) fn parse(name: Option<&str>) -> SigningAlgorithm {
    name.and_then(SigningAlgorithm::parse).unwrap_or(DEFAULT)
}

/// The left half of the hash of an access token (`at_hash`): by the hash function of the ID
/// token's algorithm, which is SHA-512 within Ed25519.
fn half_hash(algorithm: Option<SigningAlgorithm>, token: &str) -> String {
    let function = match algorithm {
        Some(SigningAlgorithm::EdDsa) => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let hash = digest::digest(function, token.as_bytes());
    let half = hash.as_ref().split_at(function.output_len() / 2).0;
    URL_SAFE_NO_PAD.encode(half)
}

impl OAuth {
    /// The ID token that goes with an access token.
    pub(crate) async fn id_token(
        &self,
        prepared: &Prepared,
        access_token: &SecretString,
    ) -> Result<SecretString, TokenError> {
        let client = &prepared.client;
        let algorithm = algorithm(client, &prepared.scopes);
        let mut claims = self.id_claims(prepared);
        claims.insert(
            "at_hash".to_owned(),
            half_hash(algorithm, access_token.expose_secret()).into(),
        );
        let token = match algorithm {
            Some(algorithm) => {
                let (keys, tenant) = (&prepared.keys, &prepared.tenant);
                self.sign_with(keys, tenant, algorithm, JWT_TYPE, &claims).await?
            }
            None if client.settings.id_token_signed_response_alg.as_deref() == Some("HS256") => {
                Signer::hs256(&self.secret_bytes(client)?).sign(JWT_TYPE, None, &claims)?
            }
            None => unsigned(&claims)?,
        };
        Ok(token.into())
    }

    fn id_claims(&self, prepared: &Prepared) -> Map<String, Value> {
        let (family, client) = (&prepared.family, &prepared.client);
        let authorized = &family.authorized;
        let now = prepared.issued_at.unix_seconds();
        let lifetime = lifetimes::id_token(client);
        let requested = authorized.claims.as_ref();
        // What describes the user comes first, so that it cannot take the place of what follows.
        let mut claims = claims::of(&prepared.user, &prepared.scopes, requested, Place::IdToken);
        let factors = authorized.factors.iter().map(|factor| Factor::as_str(*factor));
        let amr: Vec<&str> = factors.collect();
        let protocol = [
            ("iss", Some(json!(self.shared.issuers.issuer(&prepared.tenant.name)))),
            ("sub", Some(json!(prepared.user.subject.as_str()))),
            ("aud", Some(json!(client.identifier.as_str()))),
            ("azp", Some(json!(client.identifier.as_str()))),
            ("iat", Some(json!(now))),
            ("exp", Some(json!(now.saturating_add(lifetime.into())))),
            ("auth_time", Some(json!(authorized.auth_time))),
            ("nonce", prepared.nonce.as_ref().map(|nonce| json!(nonce))),
            ("sid", family.session.map(|session| json!(session.to_string()))),
            ("acr", authorized.acr.as_ref().map(|acr| json!(acr))),
            ("amr", (!amr.is_empty()).then(|| json!(amr))),
        ];
        for (name, value) in protocol {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        }
        claims
    }
}
