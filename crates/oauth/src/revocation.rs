//! Revocation (RFC 7009): a client ends a token that it no longer needs.

use std::sync::Arc;

use citizenry_authz::{Action, Caller, Resource, Subject};
use citizenry_identity::{Error, Event, EventKind, Moment, Origin, TokenKind};
use citizenry_storage::{Tx, sealing};
use secrecy::{ExposeSecret, SecretString};

use crate::active_token::{ActiveToken, Handle, revocation};
use crate::discovery::REVOKE_PATH;
use crate::{ClientCredentials, OAuth, TokenError, families, opaque};

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
            self.authenticate_client(&request.client, named, REVOKE_PATH).await?.parts();
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
            Err(Error::Conflict { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Signs somebody out at a management door: ends the token that its client shows, and all that
    /// came from the same sign-in. A token that is not good has ended already.
    ///
    /// # Errors
    /// Those of client authentication; `InvalidGrant` for a token of another client, or one that was
    /// made by hand, which go on; those of a server that fails.
    pub async fn sign_out_by_client(&self, request: RevokeRequest) -> Result<(), TokenError> {
        let named = request.tenant.as_deref();
        let (client, tenant) =
            self.authenticate_client(&request.client, named, REVOKE_PATH).await?.parts();
        let token = self.active_token(&request.token).await?;
        let Some(token) = token.filter(|token| token.tenant.id == tenant.id) else {
            return if self.is_made_by_hand(&request.token).await? {
                Err(TokenError::InvalidGrant("the token was made by hand"))
            } else {
                Ok(())
            };
        };
        if token.client.id != client.id {
            return Err(TokenError::InvalidGrant("the token was issued to another client"));
        }
        let moment = self.shared.environment.moment();
        let (kind, origin) = (EventKind::TOKENS_REVOKED, request.origin);
        let event = token.family.as_ref().map(|family| {
            let actor = citizenry_identity::Actor::Client(client.id);
            families::event(&moment, tenant.id, kind, actor, family.id, &origin)
        });
        Ok(self.end_whole(moment, token, event).await?)
    }

    /// Ends a token of a management door that its owner, or an administrator of his tenant, shows,
    /// and all that came from the same sign-in. Whether it was good and his to end.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn revoke_shown_token(
        &self,
        caller: &Caller,
        token: &SecretString,
    ) -> Result<bool, Error> {
        let is_doors = |token: &Arc<ActiveToken>| {
            token.tenant.id == caller.tenant() && token.client.settings.door.is_some()
        };
        let Some(token) = self.active_token(token).await?.filter(is_doors) else {
            return Ok(false);
        };
        let is_owner = match (&token.user, caller.subject()) {
            (Some(user), Subject::User(id)) => user.id == id,
            (None, Subject::Client(id)) => token.client.id == id,
            _ => false,
        };
        if !is_owner && caller.may(Action::Delete, Resource::ApiToken).is_err() {
            return Ok(false);
        }
        let moment = self.shared.environment.moment();
        let family = token.family.as_ref();
        let event = family.map(|it| caller.event(&moment, EventKind::TOKENS_REVOKED, it.id));
        self.end_whole(moment, token, event).await?;
        Ok(true)
    }

    /// Whether a token is one that a person or an administrator has made.
    async fn is_made_by_hand(&self, token: &SecretString) -> Result<bool, Error> {
        if token.expose_secret().len() > opaque::MAX_LENGTH {
            return Ok(false);
        }
        let sealer = &self.shared.environment.sealer;
        let hash = sealer.keyed_hash(sealing::API_TOKEN, token.expose_secret().as_bytes());
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.api_tokens().find_by_hash(&hash).await?.is_some())
            })
            .await
    }

    /// Ends the family of a token, with `event`; the token alone if it has none.
    async fn end_whole(
        &self,
        moment: Moment,
        token: Arc<ActiveToken>,
        event: Option<Event>,
    ) -> Result<(), Error> {
        let ended = self.shared.storage.transact(async move |tx| {
            let family = match &token.family {
                Some(family) => {
                    tx.token_families().find_for_update(family.tenant, family.id).await?
                }
                None => None,
            };
            if let Some(mut family) = family {
                if family.revoke(moment.now()) {
                    tx.token_families().save(&family).await?;
                    if let Some(event) = &event {
                        tx.events().append(event).await?;
                    }
                }
            } else if let Handle::Stored(hash) = &token.handle {
                tx.tokens().delete(token.kind, hash).await?;
            }
            Ok::<_, Error>(())
        });
        ended.await
    }
}

async fn end(
    tx: &mut dyn Tx,
    service: &OAuth,
    moment: &Moment,
    token: &ActiveToken,
    origin: &Origin,
) -> Result<(), Error> {
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
