//! The device authorization grant (RFC 8628, section 3.4): a device asks until its user has
//! decided.

use std::sync::Arc;

use citizenry_identity::{Ticket, TicketKind, TokenFamilyId};
use citizenry_storage::Tx;
use secrecy::{ExposeSecret, SecretString};

use super::authorization_code::revoke_all;
use super::{Asked, Issuance, Outcome, TokenResponse, issue, new_family};
use crate::device::{DeviceDetails, DeviceStatus, hash_device_code};
use crate::{OAuth, TokenError};

/// How much longer a device must wait that has asked too early, seconds.
const SLOWER: i64 = 5;
/// For how long a second use of a device code is noticed, seconds.
const REMEMBERED: i64 = 600;
/// The longest device code that is looked at, bytes.
const MAX_LENGTH: usize = 128;

/// A code that was never issued or is another client's: one answer.
const BAD_CODE: TokenError = TokenError::InvalidGrant("the device code is not good");

impl OAuth {
    /// Answers a device that asks whether its user has decided.
    pub(super) async fn poll_device(&self, asked: Arc<Asked>) -> Result<TokenResponse, TokenError> {
        let code = asked.request.device_code.clone();
        let code = code.ok_or(TokenError::InvalidRequest("device_code is missing"))?;
        if code.expose_secret().len() > MAX_LENGTH {
            return Err(BAD_CODE);
        }
        let service = self.clone();
        let outcome = self
            .shared
            .storage
            .transact(async move |tx| poll(tx, &service, &asked, &code).await)
            .await?;
        self.finish(outcome?).await
    }
}

async fn poll(
    tx: &mut dyn Tx,
    service: &OAuth,
    asked: &Asked,
    code: &SecretString,
) -> Result<Outcome, TokenError> {
    let now = asked.moment.now();
    let hash = hash_device_code(&*service.shared.environment.sealer, code);
    let found = tx.tickets().find_for_update(TicketKind::DeviceCode, &hash).await?;
    let ours = |ticket: &Ticket| {
        ticket.client == Some(asked.client.id) && ticket.tenant == asked.tenant.id
    };
    let Some(mut ticket) = found.filter(ours) else { return Ok(Err(BAD_CODE)) };
    if ticket.used_at.is_some() {
        revoke_all(tx, asked, &ticket).await?;
        return Ok(Err(TokenError::InvalidGrant("the device code was used before")));
    }
    if now >= ticket.expires_at {
        return Ok(Err(TokenError::ExpiredToken));
    }
    let mut details = DeviceDetails::of(&ticket)?;
    match details.status {
        DeviceStatus::Pending => {
            let too_early = details.is_asked_too_early(now);
            details.last_poll = Some(now.unix_seconds());
            if too_early {
                details.interval = details.interval.saturating_add(SLOWER);
            }
            ticket.details = details.into_map()?;
            tx.tickets().save(&ticket).await?;
            Ok(Err(if too_early { TokenError::SlowDown } else { TokenError::AuthorizationPending }))
        }
        DeviceStatus::Denied => Ok(Err(TokenError::Denied)),
        DeviceStatus::Approved => approved(tx, service, asked, ticket, details).await,
    }
}

async fn approved(
    tx: &mut dyn Tx,
    service: &OAuth,
    asked: &Asked,
    mut ticket: Ticket,
    details: DeviceDetails,
) -> Result<Outcome, TokenError> {
    let now = asked.moment.now();
    let user = match ticket.user {
        Some(user) => tx.users().find_for_update(ticket.tenant, user).await?,
        None => None,
    };
    let Some(user) = user.filter(|user| user.keeps_access(now)) else {
        return Ok(Err(TokenError::Denied));
    };
    ticket.used_at = Some(now);
    ticket.expires_at = now.plus_seconds(REMEMBERED);
    tx.tickets().save(&ticket).await?;
    // A device lives on when the browser that approved it has signed out.
    let id = ticket.family.unwrap_or_else(|| TokenFamilyId::generate(&asked.moment));
    let family = new_family(id, &asked.client, &user, None, details.authorized, now);
    let issuance = Issuance::first(asked, user, family);
    Ok(Ok(issue(tx, service, &asked.moment, issuance).await?))
}
