//! That an email address is its user's, by a ticket that was mailed to it.

use std::sync::Arc;

use citizenry_identity::{
    Actor, Error, EventKind, Kind, Moment, Origin, TenantId, TicketKind, User, UserId,
};
use citizenry_storage::{
    TicketMail, TicketMailKind, Tx, attempt_key, count_attempt, mail_ticket, refused_for,
    was_mailed_to,
};
use secrecy::SecretString;

use super::{find_good, reset::rate_limited, ticket_hash};
use crate::{
    Authn,
    attempts::{MAILS_FROM_ADDRESS, MAILS_TO_ACCOUNT, origin_key},
    service::user_event,
    sign_in::open_tenant,
};

const KIND: TicketKind = TicketKind::EmailVerification;

impl Authn {
    /// Mails a user how to show that the address is his; nothing when he has none, or has shown it
    /// already. At most five such mails an hour; the latest ticket ends those before it.
    ///
    /// # Errors
    /// `NotFound`; `RateLimited`.
    pub async fn request_email_verification(
        &self,
        tenant: TenantId,
        user: UserId,
        locale: Option<&str>,
        origin: &Origin,
    ) -> Result<(), Error> {
        let moment = self.moment();
        let now = moment.now();
        let key = attempt_key(self.sealer(), &format!("verification-account:{user}"));
        let (tenant, user) = self
            .storage
            .read::<_, Error, _>(async move |read| {
                let tenant = open_tenant(read, tenant, now).await?;
                if let Some(seconds) = refused_for(read.attempts(), tenant.id, &key, now).await? {
                    return Err(rate_limited(seconds));
                }
                let found = read.users().find(tenant.id, user).await?;
                let user = found.ok_or_else(|| Error::not_found(Kind::User, user))?;
                Ok((tenant, user))
            })
            .await?;
        if user.email_verified {
            return Ok(());
        }
        let locale = locale.map(str::to_owned);
        let address_key = origin_key(self.sealer(), "mail-address", origin);
        let (sealer, links) = (Arc::clone(&self.environment.sealer), self.links.clone());
        let found = Arc::new((tenant, user));
        self.storage
            .transact(async move |tx| {
                let (tenant, user) = &*found;
                count_attempt(tx, tenant.id, &key, &MAILS_TO_ACCOUNT, now).await?;
                if let Some(key) = &address_key {
                    count_attempt(tx, tenant.id, key, &MAILS_FROM_ADDRESS, now).await?;
                }
                let kind = TicketMailKind::EmailVerification;
                let mail = TicketMail { tenant, user, kind, locale: locale.as_deref() };
                mail_ticket(tx, &*sealer, &links, &mail, &moment).await?;
                Ok(())
            })
            .await
    }

    /// The user whose address that ticket would verify, if it is good: to show a page, not to use
    /// it.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn verification_ticket(
        &self,
        tenant: TenantId,
        ticket: &SecretString,
    ) -> Result<Option<User>, Error> {
        let Some(hash) = ticket_hash(self.sealer(), KIND, ticket) else { return Ok(None) };
        let now = self.moment().now();
        let found = self
            .storage
            .read(async move |read| find_good(read, tenant, KIND, &hash, now).await)
            .await?;
        Ok(found.filter(|(ticket, user)| was_mailed_to(ticket, user)).map(|(_, user)| user))
    }

    /// Verifies the address that the ticket was mailed to, if it still is the user's; the ticket is
    /// used up. `None` when it is not good.
    ///
    /// Programs that look for harm in mails follow its links: use a ticket on a `POST` alone.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn verify_email(
        &self,
        tenant: TenantId,
        ticket: &SecretString,
        origin: &Origin,
    ) -> Result<Option<User>, Error> {
        let Some(hash) = ticket_hash(self.sealer(), KIND, ticket) else { return Ok(None) };
        let (origin, moment) = (origin.clone(), self.moment());
        self.storage
            .transact(async move |tx| verify(tx, tenant, &hash, &origin, &moment).await)
            .await
    }
}

async fn verify(
    tx: &mut dyn Tx,
    tenant: TenantId,
    hash: &[u8; 32],
    origin: &Origin,
    moment: &Moment,
) -> Result<Option<User>, Error> {
    let now = moment.now();
    let found = tx.tickets().find_for_update(KIND, hash).await?;
    let Some(ticket) = found.filter(|it| it.tenant == tenant && it.is_good(now)) else {
        return Ok(None);
    };
    let Some(id) = ticket.user else { return Ok(None) };
    let found = tx.users().find_for_update(tenant, id).await?;
    let Some(mut user) = found.filter(|user| was_mailed_to(&ticket, user)) else {
        return Ok(None);
    };
    tx.tickets().delete_of_user(tenant, id, KIND).await?;
    if !user.email_verified {
        user.email_verified = true;
        user.updated_at = now;
        tx.users().save(&user).await?;
        user.version += 1;
        let (kind, actor) = (EventKind::EMAIL_VERIFIED, Actor::User(id));
        tx.events().append(&user_event(moment, kind, &user, actor, origin)).await?;
    }
    Ok(Some(user))
}
