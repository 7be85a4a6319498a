//! Revocation (RFC 7009): a client ends a token that it no longer needs.

use citizenry_identity::{EventKind, Moment, Origin, TokenKind};
use citizenry_storage::Tx;
use secrecy::SecretString;

use crate::active_token::{ActiveToken, Handle, revocation};
use crate::discovery::REVOKE_PATH;
use crate::{ClientCredentials, OAuth, TokenError, families};

/// A token that a client wants to end.
#[derive(Debug, Clone)]
pub struct RevokeRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// What the client proves itself by.
    pub client: ClientCredentials,
    /// The token. Which kind it is is found out.
    pub token: SecretString,
    /// Where the request came from.
    pub origin: Origin,
}

impl OAuth {
    /// Ends a token of the client's: a refresh token with all that came from the same
    /// authorization, an access token by itself. A token that is not good has ended already.
    ///
    /// # Errors
    /// Those of client authentication; `InvalidGrant` for a token of another client, which goes on;
    /// those of a server that fails.
    pub async fn revoke(&self, request: RevokeRequest) -> Result<(), TokenError> {
        let named = request.tenant.as_deref();
        let (client, tenant) =
            self.authenticate_client(&request.client, named, REVOKE_PATH).await?;
        let token = self.active_token(&request.token).await?;
        let Some(token) = token.filter(|token| token.tenant.id == tenant.id) else {
            return Ok(());
        };
        if token.client.id != client.id {
            return Err(TokenError::InvalidGrant("the token was issued to another client"));
        }
        let moment = self.shared.environment.moment();
        let (service, origin) = (self.clone(), request.origin);
        let ended = self
            .shared
            .storage
            .transact(async move |tx| end(tx, &service, &moment, &token, &origin).await)
            .await;
        match ended {
            // Somebody else has ended the same token at the same time.
            Err(citizenry_identity::Error::Conflict { .. }) => Ok(()),
            other => Ok(other?),
        }
    }
}

async fn end(
    tx: &mut dyn Tx,
    service: &OAuth,
    moment: &Moment,
    token: &ActiveToken,
    origin: &Origin,
) -> Result<(), citizenry_identity::Error> {
    match (&token.handle, token.kind, &token.family) {
        (_, TokenKind::Refresh, Some(family)) => {
            let family = tx.token_families().find_for_update(family.tenant, family.id).await?;
            if let Some(mut family) = family {
                let kind = EventKind::TOKENS_REVOKED;
                families::revoke(tx, moment, &mut family, kind, origin).await?;
            }
        }
        (Handle::Stored(hash), kind, _) => {
            tx.tokens().delete(kind, hash).await?;
        }
        (Handle::Jwt(jti), _, _) => {
            let sealer = &*service.shared.environment.sealer;
            let tenant = token.tenant.id;
            let ticket = revocation(sealer, moment, tenant, jti, token.expires_at);
            tx.tickets().insert(&ticket).await?;
        }
    }
    Ok(())
}
