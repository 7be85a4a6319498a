//! Signing in with a link secret, which a code or a password was exchanged for.

use std::sync::Arc;

use citizenry_identity::{
    Actor, ClientIdentifier, Error, EventKind, Moment, Number, Origin, Tenant, TenantId,
    TicketKind, User,
};
use citizenry_storage::{Sealer, Tx, count_attempt, refused_for};
use secrecy::SecretString;
use serde_json::Value;

use super::{CodePurpose, is_known_by, is_link_for, link_hash, verify_addresses};
use crate::{
    Authn, SignInError,
    attempts::{address_rule, origin_key},
    service::{nobodys_event, user_event},
    sign_in::{note_sign_in, open_tenant, tell},
};

/// Whom somebody says a link secret is for.
#[derive(Debug, Clone)]
pub enum LinkOwner {
    /// The user of that number.
    Number(Number),
    /// The user of that username, email address or phone number, as it was typed.
    Identifier(String),
}

/// An attempt to sign in with a link secret.
#[derive(Debug, Clone)]
pub struct LinkSignIn {
    /// The tenant.
    pub tenant: TenantId,
    /// Who is said to sign in.
    pub owner: LinkOwner,
    /// The link secret.
    pub link_secret: SecretString,
    /// The client that he signs in to.
    pub client: Option<ClientIdentifier>,
    /// Where from.
    pub origin: Origin,
}

/// What became of it.
#[derive(Debug)]
enum Outcome {
    SignedIn(Box<User>),
    Wrong,
    Blocked,
}

impl Authn {
    /// Signs in with a link secret, which is used up, and verifies the address that its code was sent
    /// to; without a session. Locks by failed passwords do not stop it.
    ///
    /// # Errors
    /// `Wrong` when the secret is not good, or not that user's; `Blocked`; `TooMany` by the address
    /// that the request came from; `Other`.
    pub async fn sign_in_with_link(&self, request: LinkSignIn) -> Result<User, SignInError> {
        let tenant = self.tenant_unless_refused(&request).await?;
        let Some(hash) = link_hash(self.sealer(), &request.link_secret) else {
            return Err(SignInError::Wrong);
        };
        let (request, moment) = (Arc::new(request), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        let outcome = self
            .storage
            .transact(async move |tx| {
                let outcome = enter(tx, &tenant, &hash, &request, &moment).await?;
                if matches!(outcome, Outcome::Wrong) {
                    count_wrong(tx, &*sealer, &tenant, &request.origin, &moment).await?;
                }
                Ok::<_, Error>(outcome)
            })
            .await?;
        match outcome {
            Outcome::SignedIn(user) => Ok(*user),
            Outcome::Wrong => Err(SignInError::Wrong),
            Outcome::Blocked => Err(SignInError::Blocked),
        }
    }

    async fn tenant_unless_refused(&self, request: &LinkSignIn) -> Result<Tenant, SignInError> {
        let (tenant, now) = (request.tenant, self.moment().now());
        let key = origin_key(self.sealer(), "address", &request.origin);
        let (tenant, refused) = self
            .storage
            .read::<_, Error, _>(async move |read| {
                let tenant = open_tenant(read, tenant, now).await?;
                let refused = match &key {
                    Some(key) => refused_for(read.attempts(), tenant.id, key, now).await?,
                    None => None,
                };
                Ok((tenant, refused))
            })
            .await?;
        match refused {
            Some(retry_after) => Err(SignInError::TooMany { retry_after }),
            None => Ok(tenant),
        }
    }
}

async fn enter(
    tx: &mut dyn Tx,
    tenant: &Tenant,
    hash: &[u8; 32],
    request: &LinkSignIn,
    moment: &Moment,
) -> Result<Outcome, Error> {
    let (kind, now) = (TicketKind::LinkSecret, moment.now());
    let found = tx.tickets().find_for_update(kind, hash).await?;
    let good = found.filter(|ticket| {
        ticket.tenant == tenant.id
            && ticket.is_good(now)
            && is_link_for(ticket, CodePurpose::SignIn)
    });
    let Some((ticket, id)) = good.and_then(|ticket| ticket.user.map(|user| (ticket, user))) else {
        return Ok(Outcome::Wrong);
    };
    let found = tx.users().find_for_update(tenant.id, id).await?;
    let Some(mut user) = found.filter(|user| is_claimed(user, tenant, &request.owner)) else {
        return Ok(Outcome::Wrong);
    };
    let connection = tx.connections().find(tenant.id, user.connection).await?;
    let is_open = connection.is_some_and(|connection| {
        let is_default = connection.name.as_str() == tenant.settings.default_connection;
        connection.is_enabled_for(request.client.as_ref(), is_default)
    });
    if !is_open || !tx.tickets().delete(kind, hash).await? {
        return Ok(Outcome::Wrong);
    }
    if !user.keeps_access(now.max(user.updated_at)) {
        let kind = EventKind::USER_SIGN_IN_FAILED;
        let mut event = user_event(moment, kind, &user, Actor::System, &request.origin);
        event.details.insert("reason".to_owned(), Value::from("blocked"));
        tx.events().append(&event).await?;
        return Ok(Outcome::Blocked);
    }
    verify_addresses(&ticket, &mut user, now);
    note_sign_in(&mut user, &request.origin, moment);
    tx.users().save(&user).await?;
    user.version += 1;
    tell(tx, &user, request.client.as_ref(), &request.origin, None, moment).await?;
    Ok(Outcome::SignedIn(Box::new(user)))
}

fn is_claimed(user: &User, tenant: &Tenant, owner: &LinkOwner) -> bool {
    match owner {
        LinkOwner::Number(number) => user.number == *number,
        LinkOwner::Identifier(identifier) => {
            is_known_by(user, identifier, tenant.settings.phone_country)
        }
    }
}

async fn count_wrong(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    tenant: &Tenant,
    origin: &Origin,
    moment: &Moment,
) -> Result<(), Error> {
    if let Some(key) = origin_key(sealer, "address", origin) {
        let rule = address_rule(&tenant.settings.sign_in);
        count_attempt(tx, tenant.id, &key, &rule, moment.now()).await?;
    }
    let kind = EventKind::USER_SIGN_IN_FAILED;
    let mut event = nobodys_event(moment, kind, tenant.id, origin);
    event.details.insert("reason".to_owned(), Value::from("link_secret"));
    Ok(tx.events().append(&event).await?)
}
