//! Tickets that are mailed: made in the unit of work of what they follow from.

use citizenry_identity::{
    Email, Error, Moment, ProvedAddress, Tenant, Ticket, TicketKind, Timestamp, User,
};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{Links, MailKind, MailOrder, Sealer, Tx, order_mail};

/// The letters and digits of a ticket's secret: 256 bits.
const LENGTH: usize = 43;
/// The member of a ticket's details that holds the key of the address it was mailed to.
const MAILED_TO: &str = "mailed_to";

/// A new ticket for a user, good for `seconds`, and its secret; nothing is stored yet.
pub fn new_ticket(
    sealer: &dyn Sealer,
    kind: TicketKind,
    user: &User,
    seconds: u32,
    moment: &Moment,
) -> (Ticket, SecretString) {
    let secret = moment.alphanumeric(LENGTH);
    let ticket = Ticket {
        kind,
        hash: sealer.keyed_hash(kind.as_str(), secret.as_bytes()),
        second_hash: None,
        tenant: user.tenant,
        user: Some(user.id),
        client: None,
        family: None,
        details: Map::new(),
        created_at: moment.now(),
        expires_at: moment.now().plus_seconds(seconds.into()),
        used_at: None,
    };
    (ticket, secret.into())
}

/// Whether whoever holds the ticket has read the mail to the address that the user has today.
pub fn was_mailed_to(ticket: &Ticket, user: &User) -> bool {
    let address = ticket.details.get(MAILED_TO).and_then(Value::as_str);
    address.is_some() && address == user.email.as_ref().map(Email::key)
}

/// Makes a ticket in place of the user's earlier ones of its kind, and orders the mail that carries
/// it. Nothing without an address. Whether a mail was ordered.
///
/// # Errors
/// Those of the ports, and of sealing.
pub async fn mail_ticket(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    links: &Links,
    mail: &TicketMail<'_>,
    moment: &Moment,
) -> Result<bool, Error> {
    use secrecy::ExposeSecret as _;
    let TicketMail { tenant, user, kind, locale } = *mail;
    let Some(email) = &user.email else { return Ok(false) };
    let settings = &tenant.settings.sign_in;
    let (ticket_kind, path, seconds) = match kind {
        TicketMailKind::PasswordReset => {
            (TicketKind::PasswordReset, Links::RESET, settings.reset_ticket_seconds)
        }
        TicketMailKind::EmailVerification => {
            (TicketKind::EmailVerification, Links::VERIFY, settings.verification_ticket_seconds)
        }
    };
    let (mut ticket, secret) = new_ticket(sealer, ticket_kind, user, seconds, moment);
    ticket.details.insert(MAILED_TO.to_owned(), Value::from(email.key()));
    tx.tickets().delete_of_user(user.tenant, user.id, ticket_kind).await?;
    tx.tickets().insert(&ticket).await?;
    let order = MailOrder {
        kind: match kind {
            TicketMailKind::PasswordReset => MailKind::PasswordReset,
            TicketMailKind::EmailVerification => MailKind::EmailVerification,
        },
        to: email.as_str().to_owned(),
        name: Some(user.display_name()),
        locale: locale.map(str::to_owned).or_else(|| locale_of(user)),
        link: Some(links.page(&tenant.name, &format!("{path}{}", secret.expose_secret()))),
        valid_seconds: Some(seconds),
        secret: None,
    };
    order_mail(tx, sealer, tenant.id, &order, moment).await?;
    Ok(true)
}

/// Uses up the proof of an address, in the unit of work that makes the account of it.
///
/// # Errors
/// `Invalid` on `verification_code` when it has been used, or has expired.
pub async fn redeem_proof(
    tx: &mut dyn Tx,
    proof: &ProvedAddress,
    now: Timestamp,
) -> Result<(), Error> {
    let kind = TicketKind::OneTimeCode;
    let found = tx.tickets().find_for_update(kind, &proof.ticket).await?;
    let is_good = found.is_some_and(|it| it.tenant == proof.tenant && it.is_good(now));
    if is_good && tx.tickets().delete(kind, &proof.ticket).await? {
        return Ok(());
    }
    Err(Error::invalid("verification_code", "is wrong or has expired"))
}

/// The language that a user's profile names.
pub fn locale_of(user: &User) -> Option<String> {
    user.profile.locale.as_ref().map(|locale| locale.as_str().to_owned())
}

/// What [`mail_ticket`] mails.
#[derive(Debug, Clone, Copy)]
pub struct TicketMail<'a> {
    /// The tenant, whose settings say how long the ticket is good.
    pub tenant: &'a Tenant,
    /// To whom.
    pub user: &'a User,
    /// What for.
    pub kind: TicketMailKind,
    /// The wanted language (BCP 47); that of the user's profile without one.
    pub locale: Option<&'a str>,
}

/// The tickets that are mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketMailKind {
    /// Sets a new password.
    PasswordReset,
    /// Shows that the address is the user's.
    EmailVerification,
}
