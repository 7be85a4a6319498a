//! A new password, by a ticket that was mailed.

use std::sync::Arc;

use citizenry_identity::{
    Actor, Email, Error, EventKind, LockReason, Moment, Origin, PasswordHash, PasswordPolicy,
    PasswordStrength, StoredPassword, Tenant, TenantId, Ticket, TicketKind, User, folded,
};
use citizenry_storage::{
    MailKind, MailOrder, TicketMail, TicketMailKind, Tx, count_attempt, end_access, locale_of,
    mail_ticket, order_mail, password_policy, password_violations, passwords_to_keep, refused_for,
    refused_hashes, replace_password,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{PasswordError, find_good, ticket_hash};
use crate::{
    Authn, CodePurpose, UserKey,
    attempts::{MAILS_FROM_ADDRESS, MAILS_TO_ACCOUNT, origin_key},
    codes::{is_link_for, verify_addresses},
    service::{nobodys_event, user_event},
    sign_in::{Lookup, find_user, forget_failures, open_tenant},
};

/// A request for a mail.
#[derive(Debug, Clone)]
struct Request {
    tenant: Tenant,
    user: Option<User>,
    /// The counter of mails to the account, or to the name.
    key: [u8; 32],
    address_key: Option<[u8; 32]>,
    locale: Option<String>,
    origin: Origin,
}

/// A new password for somebody who has shown a code.
#[derive(Debug, Clone)]
pub struct LinkReset {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose password it is.
    pub user: UserKey,
    /// What the code was exchanged for.
    pub link_secret: SecretString,
    /// The new password.
    pub password: SecretString,
    /// Rules beside those of tenant and connection.
    pub policy: Option<PasswordPolicy>,
}

/// What a new password is for.
#[derive(Debug, Clone)]
struct Renewal {
    /// What the password is set by.
    kind: TicketKind,
    hash: [u8; 32],
    tenant: Tenant,
    user: User,
    policy: PasswordPolicy,
    refused: Vec<PasswordHash>,
}

impl Authn {
    /// Mails a user of that email address how to set a new password. An address that nobody has,
    /// or several, is answered the same, and costs the same work. A user gets five such mails an
    /// hour and no more; the latest ticket ends those before it.
    ///
    /// # Errors
    /// `RateLimited` by the address that the request came from.
    pub async fn request_password_reset(
        &self,
        tenant: TenantId,
        connection: Option<&str>,
        email: &str,
        locale: Option<&str>,
        origin: &Origin,
    ) -> Result<(), Error> {
        let request = self.reset_request(tenant, connection, email, locale, origin).await?;
        let (request, moment) = (Arc::new(request), self.moment());
        let (sealer, links) = (Arc::clone(&self.environment.sealer), self.links.clone());
        self.storage
            .transact(async move |tx| order_reset(tx, &*sealer, &links, &request, &moment).await)
            .await
    }

    async fn reset_request(
        &self,
        tenant: TenantId,
        connection: Option<&str>,
        email: &str,
        locale: Option<&str>,
        origin: &Origin,
    ) -> Result<Request, Error> {
        let sealer = Arc::clone(&self.environment.sealer);
        let (connection, email) = (connection.map(str::to_owned), email.to_owned());
        let (locale, origin) = (locale.map(str::to_owned), origin.clone());
        let now = self.moment().now();
        self.storage
            .read(async move |read| {
                let tenant = open_tenant(read, tenant, now).await?;
                let address_key = origin_key(&*sealer, "mail-address", &origin);
                if let Some(key) = &address_key
                    && let Some(seconds) = refused_for(read.attempts(), tenant.id, key, now).await?
                {
                    return Err(rate_limited(seconds));
                }
                let lookup = Lookup {
                    connection: connection.as_deref(),
                    client: None,
                    identifier: &email,
                    number: None,
                };
                let user = find_user(read, &tenant, &lookup).await?;
                // By his address alone: a username is not what was asked for.
                let key = Email::key_of(&email);
                let user = user.filter(|user| {
                    user.email.as_ref().map(Email::key) == key.as_deref() && user.keeps_access(now)
                });
                let counted = match &user {
                    Some(user) => format!("mail-account:{}", user.id),
                    None => format!("mail-name:{}", folded(&email)),
                };
                let key = citizenry_storage::attempt_key(&*sealer, &counted);
                let (locale, origin) = (locale.clone(), origin.clone());
                Ok(Request { tenant, user, key, address_key, locale, origin })
            })
            .await
    }

    /// The user who would set a new password with that ticket, if it is good: to show a page, not
    /// to use it.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn reset_ticket(
        &self,
        tenant: TenantId,
        ticket: &SecretString,
    ) -> Result<Option<User>, Error> {
        let kind = TicketKind::PasswordReset;
        let Some(hash) = ticket_hash(self.sealer(), kind, ticket) else { return Ok(None) };
        let now = self.moment().now();
        let found = self
            .storage
            .read(async move |read| find_good(read, tenant, kind, &hash, now).await)
            .await?;
        Ok(found.map(|(_, user)| user))
    }

    /// Sets a new password by a ticket, which is used up. Lifts a lock by failed attempts, ends
    /// every session and refresh token of the user, verifies the address that the ticket was mailed
    /// to, and tells him by mail.
    ///
    /// # Errors
    /// See [`PasswordError`]. A password that is refused does not use the ticket up.
    pub async fn reset_password(
        &self,
        tenant: TenantId,
        ticket: &SecretString,
        password: SecretString,
        origin: &Origin,
    ) -> Result<User, PasswordError> {
        let kind = TicketKind::PasswordReset;
        let renewal = self.renewal(tenant, kind, ticket, None, any).await?;
        self.renew_with(renewal.ok_or(PasswordError::TicketGone)?, password, origin).await
    }

    /// Sets a new password by what a code was exchanged for, under the rules of the user's tenant and
    /// connection and `policy`; the rest as [`Authn::reset_password`].
    ///
    /// # Errors
    /// See [`PasswordError`]. A password that is refused does not use the secret up.
    pub async fn reset_password_with_link(
        &self,
        reset: LinkReset,
        origin: &Origin,
    ) -> Result<User, PasswordError> {
        let LinkReset { tenant, user, link_secret, password, policy } = reset;
        let is_for = move |ticket: &Ticket, found: &User| {
            is_link_for(ticket, CodePurpose::PasswordForget) && user.is(found)
        };
        let kind = TicketKind::LinkSecret;
        let renewal = self.renewal(tenant, kind, &link_secret, policy, is_for).await?;
        self.renew_with(renewal.ok_or(PasswordError::TicketGone)?, password, origin).await
    }

    async fn renew_with(
        &self,
        renewal: Renewal,
        password: SecretString,
        origin: &Origin,
    ) -> Result<User, PasswordError> {
        let personal = renewal.user.personal_data_under(&renewal.policy);
        let (policy, refused) = (&renewal.policy, &renewal.refused);
        let environment = &self.environment;
        let broken =
            password_violations(environment, policy, &password, &personal, refused).await?;
        if !broken.is_empty() {
            return Err(PasswordError::Refused(broken));
        }
        let hash = self.environment.passwords.hash(&password).await?;
        let strength = PasswordStrength::of(password.expose_secret());
        let (renewal, origin, moment) = (Arc::new(renewal), origin.clone(), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        let renewed = self.storage.transact(async move |tx| {
            let password = StoredPassword::new(hash.clone(), strength, moment.now());
            renew(tx, &*sealer, &renewal, &password, &origin, &moment).await
        });
        renewed.await?.ok_or(PasswordError::TicketGone)
    }

    async fn renewal(
        &self,
        tenant: TenantId,
        kind: TicketKind,
        ticket: &SecretString,
        extra: Option<PasswordPolicy>,
        is_for: impl Fn(&Ticket, &User) -> bool + Clone + Send + Sync + 'static,
    ) -> Result<Option<Renewal>, Error> {
        let Some(hash) = ticket_hash(self.sealer(), kind, ticket) else { return Ok(None) };
        let now = self.moment().now();
        self.storage
            .read(async move |read| {
                let tenant = open_tenant(read, tenant, now).await?;
                let found = find_good(read, tenant.id, kind, &hash, now).await?;
                let Some((_, user)) = found.filter(|(ticket, user)| is_for(ticket, user)) else {
                    return Ok(None);
                };
                let connection = read.connections().find(tenant.id, user.connection).await?;
                let policy = match &connection {
                    Some(connection) => password_policy(&tenant, connection)?,
                    None => tenant.settings.password_policy.clone(),
                };
                let policy = match &extra {
                    Some(extra) => policy.and(extra.clone()),
                    None => policy,
                };
                let refused = refused_hashes(read, tenant.id, user.id, &policy).await?;
                Ok(Some(Renewal { kind, hash, tenant, user, policy, refused }))
            })
            .await
    }
}

/// Every ticket that is good.
fn any(_ticket: &Ticket, _user: &User) -> bool {
    true
}

pub(crate) fn rate_limited(seconds: i64) -> Error {
    let seconds = u64::try_from(seconds).unwrap_or(1);
    Error::RateLimited { retry_after: std::time::Duration::from_secs(seconds) }
}

/// Counts the request and, for a user who has not had his fill, orders the mail.
async fn order_reset(
    tx: &mut dyn Tx,
    sealer: &dyn citizenry_storage::Sealer,
    links: &citizenry_storage::Links,
    request: &Request,
    moment: &Moment,
) -> Result<(), Error> {
    let (tenant, now) = (&request.tenant, moment.now());
    let before = tx.attempts().find(tenant.id, &request.key).await?;
    let is_refused = before.is_some_and(|counter| counter.is_blocked(now));
    count_attempt(tx, tenant.id, &request.key, &MAILS_TO_ACCOUNT, now).await?;
    if let Some(key) = &request.address_key {
        count_attempt(tx, tenant.id, key, &MAILS_FROM_ADDRESS, now).await?;
    }
    let kind = EventKind::PASSWORD_RESET_REQUESTED;
    match &request.user {
        Some(user) if !is_refused => {
            let locale = request.locale.as_deref();
            let mail = TicketMail { tenant, user, kind: TicketMailKind::PasswordReset, locale };
            mail_ticket(tx, sealer, links, &mail, moment).await?;
            let event = user_event(moment, kind, user, Actor::System, &request.origin);
            Ok(tx.events().append(&event).await?)
        }
        _ => {
            pretend(tx, sealer, request, moment).await?;
            let event = nobodys_event(moment, kind, tenant.id, &request.origin);
            Ok(tx.events().append(&event).await?)
        }
    }
}

/// Writes what a mail would write, and takes it back.
async fn pretend(
    tx: &mut dyn Tx,
    sealer: &dyn citizenry_storage::Sealer,
    request: &Request,
    moment: &Moment,
) -> Result<(), Error> {
    let secret = moment.alphanumeric(43);
    let kind = TicketKind::PasswordReset;
    let ticket = Ticket {
        kind,
        hash: sealer.keyed_hash(kind.as_str(), secret.as_bytes()),
        second_hash: None,
        tenant: request.tenant.id,
        user: None,
        client: None,
        family: None,
        details: serde_json::Map::new(),
        created_at: moment.now(),
        expires_at: moment.now(),
        used_at: None,
    };
    let order = MailOrder {
        kind: MailKind::PasswordReset,
        to: String::new(),
        name: None,
        locale: request.locale.clone(),
        link: Some(secret),
        valid_seconds: None,
        secret: None,
    };
    let tenant = request.tenant.id;
    let nobody = citizenry_identity::UserId::generate(moment);
    let taken_back = tx
        .nested(async move |tx: &mut dyn Tx| {
            tx.tickets().delete_of_user(tenant, nobody, kind).await?;
            tx.tickets().insert(&ticket).await?;
            order_mail(tx, sealer, tenant, &order, moment).await?;
            Err::<(), _>(Error::Stale)
        })
        .await;
    match taken_back {
        Err(Error::Stale) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Uses the ticket and sets the password; `None` when the ticket is not good any more.
async fn renew(
    tx: &mut dyn Tx,
    sealer: &dyn citizenry_storage::Sealer,
    renewal: &Renewal,
    password: &StoredPassword,
    origin: &Origin,
    moment: &Moment,
) -> Result<Option<User>, Error> {
    let (tenant, now) = (renewal.tenant.id, moment.now());
    let found = tx.tickets().find_for_update(renewal.kind, &renewal.hash).await?;
    let good = found.filter(|ticket| ticket.is_good(now) && ticket.user == Some(renewal.user.id));
    let Some(ticket) = good else { return Ok(None) };
    let found = tx.users().find_for_update(tenant, renewal.user.id).await?;
    let Some(mut user) = found.filter(|user| user.keeps_access(now.max(user.updated_at))) else {
        return Ok(None);
    };
    let lifted = user.lift_lock(LockReason::FailedAttempts, now);
    let verifies = verify_addresses(&ticket, &mut user, now);
    if lifted || verifies {
        tx.users().save(&user).await?;
        user.version += 1;
    }
    // Ends every mailed ticket of the user, this one too.
    let keep = passwords_to_keep(&renewal.policy);
    replace_password(tx, tenant, user.id, password, keep).await?;
    end_access(tx, &user, moment).await?;
    forget_failures(tx, sealer, &user).await?;
    let (kind, actor) = (EventKind::PASSWORD_RESET, Actor::User(user.id));
    tx.events().append(&user_event(moment, kind, &user, actor, origin)).await?;
    tell_by_mail(tx, sealer, &user, moment).await?;
    Ok(Some(user))
}

/// Tells somebody by mail that his password was changed.
pub(crate) async fn tell_by_mail(
    tx: &mut dyn Tx,
    sealer: &dyn citizenry_storage::Sealer,
    user: &User,
    moment: &Moment,
) -> Result<(), Error> {
    let Some(email) = &user.email else { return Ok(()) };
    let order = MailOrder {
        kind: MailKind::PasswordChanged,
        to: email.as_str().to_owned(),
        name: Some(user.display_name()),
        locale: locale_of(user),
        link: None,
        valid_seconds: None,
        secret: None,
    };
    order_mail(tx, sealer, user.tenant, &order, moment).await
}
