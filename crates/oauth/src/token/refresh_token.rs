//! The refresh token grant (RFC 6749, section 6), with rotation (RFC 9700, section 4.14).
//!
//! A rotated token's successor is derived from it, so that requests that come at the same time, or
//! again because an answer was lost, all get the same one, without it being stored in the open.

use std::sync::Arc;

use citizenry_identity::{EventKind, StoredToken, Timestamp, TokenFamily, TokenKind};
use citizenry_storage::{Sealer, Tx};
use secrecy::{ExposeSecret, SecretString};

use super::issue::{hash_refresh, is_public};
use super::{Asked, Issuance, Outcome, Refresh, TokenResponse, find_all, issue};
use crate::{OAuth, TokenError, families, lifetimes, opaque, scopes};

/// A token that was never issued, has expired, was revoked, or is another client's: one answer.
const BAD_TOKEN: TokenError = TokenError::InvalidGrant("the refresh token is not good");

impl OAuth {
    /// Exchanges a refresh token for new tokens. One that was rotated before its client's grace
    /// ended gets its successor again; after that, all tokens of the authorization are revoked:
    /// somebody else has one of them.
    pub(super) async fn refresh(&self, asked: Arc<Asked>) -> Result<TokenResponse, TokenError> {
        let token = asked.request.refresh_token.clone();
        let token = token.ok_or(TokenError::InvalidRequest("refresh_token is missing"))?;
        if token.expose_secret().len() > opaque::MAX_LENGTH {
            return Err(BAD_TOKEN);
        }
        let service = self.clone();
        let outcome = self
            .shared
            .storage
            .transact(async move |tx| exchange(tx, &service, &asked, &token).await)
            .await?;
        self.finish(outcome?).await
    }
}

async fn exchange(
    tx: &mut dyn Tx,
    service: &OAuth,
    asked: &Asked,
    presented: &SecretString,
) -> Result<Outcome, TokenError> {
    let sealer = &*service.shared.environment.sealer;
    let now = asked.moment.now();
    let hash = hash_refresh(sealer, presented);
    let Some(mut token) = tx.tokens().find_for_update(TokenKind::Refresh, &hash).await? else {
        return Ok(Err(BAD_TOKEN));
    };
    if token.client != asked.client.id || token.tenant != asked.tenant.id {
        return Ok(Err(BAD_TOKEN));
    }
    let Some(mut family) = family_of(tx, &token).await? else { return Ok(Err(BAD_TOKEN)) };
    if !family.is_alive(now) {
        return Ok(Err(BAD_TOKEN));
    }
    let grace_has_ended = |rotated_at| now >= lifetimes::grace(&asked.client, rotated_at);
    if token.rotated_at.is_some_and(grace_has_ended) {
        let (kind, origin) = (EventKind::TOKEN_REUSED, &asked.request.origin);
        families::revoke(tx, &asked.moment, &mut family, kind, origin).await?;
        return Ok(Err(TokenError::InvalidGrant("the refresh token was used before")));
    }
    if now >= token.expires_at {
        return Ok(Err(BAD_TOKEN));
    }
    let user = tx.users().find(token.tenant, family.user).await?;
    let Some(user) = user.filter(|user| user.keeps_access(now)) else {
        return Ok(Err(TokenError::InvalidGrant("the user may not sign in")));
    };
    if !session_lasts(tx, &family, now).await? {
        return Ok(Err(TokenError::InvalidGrant("the session has ended")));
    }
    if token.dpop_thumbprint.is_some() && token.dpop_thumbprint != asked.thumbprint {
        return Ok(Err(TokenError::InvalidGrant("the refresh token is bound to another key")));
    }
    let scopes = match narrowed_scopes(asked, &family) {
        Ok(scopes) => scopes,
        Err(refused) => return Ok(Err(refused)),
    };
    let audiences = match narrowed_audiences(tx, asked, &family).await {
        Ok(audiences) => audiences,
        Err(refused @ TokenError::InvalidTarget) => return Ok(Err(refused)),
        Err(failed) => return Err(failed),
    };
    let next = rotate(tx, sealer, asked, &family, &mut token, presented).await?;
    let issuance = Issuance {
        tenant: asked.tenant.clone(),
        client: asked.client.clone(),
        user,
        family,
        is_new: false,
        scopes,
        audiences,
        thumbprint: asked.thumbprint.clone(),
        refresh: Refresh::Stored(next),
        // Said once, in the ID token of the authorization (OpenID Connect Core 1.0, section 12.2).
        nonce: None,
    };
    Ok(Ok(issue(tx, service, &asked.moment, issuance).await?))
}

async fn family_of(
    tx: &mut dyn Tx,
    token: &StoredToken,
) -> Result<Option<TokenFamily>, TokenError> {
    match token.family {
        Some(family) => Ok(tx.token_families().find_for_update(token.tenant, family).await?),
        None => Ok(None),
    }
}

/// Whether the session that the tokens belong to is alive, unless they outlive it.
async fn session_lasts(
    tx: &mut dyn Tx,
    family: &TokenFamily,
    now: Timestamp,
) -> Result<bool, TokenError> {
    let Some(session) = family.session.filter(|_| !family.is_offline) else { return Ok(true) };
    let session = tx.sessions().find(family.tenant, session).await?;
    Ok(session.is_some_and(|session| session.is_alive(now)))
}

/// The scopes of the access token: those that were authorized, or fewer of them.
fn narrowed_scopes(asked: &Asked, family: &TokenFamily) -> Result<Vec<String>, TokenError> {
    let authorized = &family.authorized.scopes;
    let wanted = scopes::split(asked.request.scope.as_deref().unwrap_or_default());
    // The management doors' words for scopes are not ours, and narrow nothing.
    if wanted.is_empty() || asked.client.settings.door.is_some() {
        return Ok(authorized.clone());
    }
    if wanted.iter().any(|scope| !authorized.iter().any(|it| it == scope)) {
        return Err(TokenError::InvalidScope);
    }
    Ok(wanted.into_iter().map(str::to_owned).collect())
}

/// The resource servers of the access token: those that were authorized, or fewer of them.
async fn narrowed_audiences(
    tx: &mut dyn Tx,
    asked: &Asked,
    family: &TokenFamily,
) -> Result<Vec<String>, TokenError> {
    let authorized = &family.authorized.audiences;
    if asked.wanted().names().next().is_none() {
        return Ok(authorized.clone());
    }
    let wanted = find_all(tx.resource_servers(), asked.wanted(), &asked.tenant).await?;
    let wanted: Vec<String> =
        wanted.into_iter().map(|server| server.identifier.as_str().to_owned()).collect();
    if wanted.iter().all(|audience| authorized.contains(audience)) {
        Ok(wanted)
    } else {
        Err(TokenError::InvalidTarget)
    }
}

/// The token to use from now on: the presented one if it stays the same, else its successor, which
/// is stored when the first request asks for it.
async fn rotate(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    asked: &Asked,
    family: &TokenFamily,
    token: &mut StoredToken,
    presented: &SecretString,
) -> Result<SecretString, TokenError> {
    let now = asked.moment.now();
    let expires_at = lifetimes::refresh_token(&asked.client, family.created_at, now);
    if asked.client.settings.oidc.refresh_token_reusable && !is_public(&asked.client) {
        token.expires_at = expires_at;
        tx.tokens().save(token).await?;
        return Ok(presented.clone());
    }
    let successor = opaque::successor(sealer, presented, asked.client.settings.door);
    if token.rotated_at.is_none() {
        let stored = StoredToken {
            hash: hash_refresh(sealer, &successor),
            issued_at: now,
            expires_at,
            ..token.clone()
        };
        tx.tokens().insert(&stored).await?;
        token.rotated_at = Some(now);
        tx.tokens().save(token).await?;
    }
    Ok(successor)
}
