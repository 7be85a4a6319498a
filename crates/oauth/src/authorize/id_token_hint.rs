//! `id_token_hint`: an ID token of ours that a client shows, to say whom it means.

use citizenry_identity::{Error, KeyState, SigningKeyId, Tenant};
use serde::Deserialize;

use crate::OAuth;
use crate::jws::{JWT_TYPE, Token};
use crate::one_or_many::OneOrMany;
use crate::signing_keys::public_key;

/// What an ID token of ours says about whom it was issued for. It may have expired: it proves
/// nothing but that it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct IdTokenHint {
    iss: String,
    /// The user.
    pub(crate) sub: String,
    aud: OneOrMany,
    /// The session.
    pub(crate) sid: Option<String>,
}

impl IdTokenHint {
    /// Whether it was issued for that client.
    pub(crate) fn is_for(&self, client: &str) -> bool {
        self.aud.iter().any(|audience| audience == client)
    }

    /// The client that it was issued for, if it was for one alone.
    pub(crate) fn only_audience(&self) -> Option<&str> {
        let mut audiences = self.aud.iter();
        audiences.next().filter(|_| audiences.next().is_none())
    }
}

impl OAuth {
    /// Reads an ID token of `tenant`. `None` for anything that was not signed by one of its keys,
    /// or is a token of another type.
    pub(crate) async fn id_token_hint(
        &self,
        tenant: &Tenant,
        hint: &str,
    ) -> Result<Option<IdTokenHint>, Error> {
        let Some(token) = Token::read(hint) else { return Ok(None) };
        let typ_fits = token.header.typ.is_none() || token.header.is_of_type(JWT_TYPE);
        let kid = token.header.kid.as_deref().and_then(|kid| kid.parse::<SigningKeyId>().ok());
        let (true, Some(kid)) = (typ_fits, kid) else { return Ok(None) };
        let id = tenant.id;
        let key = self
            .shared
            .storage
            .read(async move |ports| Ok::<_, Error>(ports.signing_keys().find(id, kid).await?))
            .await?;
        let Some(key) = key.filter(|key| key.state != KeyState::Revoked) else { return Ok(None) };
        if !public_key(&key)?.verifies(&token).map_err(Error::internal)? {
            return Ok(None);
        }
        let issuer = self.shared.issuers.issuer(&tenant.name);
        Ok(token.claims::<IdTokenHint>().filter(|hint| hint.iss == issuer))
    }
}
