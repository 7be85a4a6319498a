//! One-time codes: six digits that are sent to an address and show that it is one's own.
//!
//! A code is good once and for ten minutes, for one tenant, purpose and address (and, for what
//! people change themselves, one user); a new one replaces it, and five wrong guesses end it. Only
//! its keyed hash is kept. Whoever asks for one learns nothing: for an address that nobody has, a
//! code is made that nobody is sent, so that sending and guessing cost the same.
//!
//! What shows a code gets a link secret for each account of the address: 80 letters and digits, good
//! once and for five minutes, bound to the user, the purpose and the address. It signs in, sets a new
//! password, or changes the address of who asked for it.

mod accounts;
mod link;
mod own_address;
mod send;
mod text_message;
mod verify;

use citizenry_identity::{
    CodeAddress, Email, Error, Moment, Origin, Phone, Tenant, TenantId, Ticket, TicketKind,
    Timestamp, User, UserId,
};
use citizenry_storage::{Read, Sealer, Tx, new_ticket, was_mailed_to};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

pub use self::{
    link::{LinkOwner, LinkSignIn},
    own_address::OwnAddress,
};

/// How long a code is good, seconds.
const CODE_SECONDS: u32 = 600;
/// How long a link secret is good, seconds.
const LINK_SECONDS: u32 = 300;
/// The letters and digits of a link secret.
const LINK_LENGTH: usize = 80;
/// With how many wrong guesses a code is gone.
const MAX_FAILURES: u64 = 5;
/// The most accounts of one address that are served.
const MAX_ACCOUNTS: usize = 20;
/// No genuine code or link secret is longer.
const MAX_SECRET: usize = 256;

// The members of tickets' details.
const CODE: &str = "code";
const FAILURES: &str = "failures";
const PURPOSE: &str = "purpose";
const SENT_TO: &str = "sent_to";
const MAILED_TO: &str = "mailed_to";

/// What a code is for. A code for one purpose is never good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// To make an account.
    SignUp,
    /// To sign in.
    SignIn,
    /// To set a new password in place of one that was forgotten.
    PasswordForget,
    /// To change one's own phone number.
    ChangePhone,
    /// To change one's own email address.
    ChangeEmail,
}

impl CodePurpose {
    /// The purpose as tickets and events keep it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::SignIn => "sign_in",
            Self::PasswordForget => "password_forget",
            Self::ChangePhone => "change_phone",
            Self::ChangeEmail => "change_email",
        }
    }

    /// The purpose of a code to what is to be the caller's own address.
    const fn of_change(address: &CodeAddress) -> Self {
        match address {
            CodeAddress::Phone(_) => Self::ChangePhone,
            CodeAddress::Email(_) => Self::ChangeEmail,
        }
    }
}

/// A request for a code.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// The tenant.
    pub tenant: TenantId,
    /// What for.
    pub purpose: CodePurpose,
    /// Where to.
    pub address: CodeAddress,
    /// The wanted language (BCP 47).
    pub locale: Option<String>,
    /// Where from.
    pub origin: Origin,
}

/// A code that is shown.
#[derive(Debug, Clone)]
pub struct CodeCheck {
    /// The tenant.
    pub tenant: TenantId,
    /// What for.
    pub purpose: CodePurpose,
    /// Where it was sent to.
    pub address: CodeAddress,
    /// The code.
    pub code: SecretString,
    /// Where from.
    pub origin: Origin,
}

/// An account that a code or a password has opened the way to.
#[derive(Debug, Clone)]
pub struct LinkedAccount {
    /// Its tenant.
    pub tenant: Tenant,
    /// Whose it is.
    pub user: User,
    /// What signs in, or sets a new password, once.
    pub link_secret: SecretString,
    /// Whether the user has a password.
    pub has_password: bool,
    /// For how long the link secret is good, seconds.
    pub expires_in: u32,
}

/// What a code belongs to.
#[derive(Debug, Clone)]
struct Place {
    tenant: TenantId,
    purpose: CodePurpose,
    address: CodeAddress,
    /// Who changes his own address.
    user: Option<UserId>,
}

impl Place {
    /// The key of the code's ticket: there is one at a time.
    fn hash(&self, sealer: &dyn Sealer) -> [u8; 32] {
        let user = self.user.map(|user| user.to_string()).unwrap_or_default();
        let (purpose, key) = (self.purpose.as_str(), self.address.key());
        let place = format!("place:{}:{purpose}:{user}:{key}", self.tenant);
        sealer.keyed_hash(TicketKind::OneTimeCode.as_str(), place.as_bytes())
    }

    /// What is kept of a code: meaningless in any other place.
    fn code_hash(&self, sealer: &dyn Sealer, code: &SecretString) -> String {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let mut text = b"code:".to_vec();
        text.extend(self.hash(sealer));
        text.extend(code.expose_secret().as_bytes());
        URL_SAFE_NO_PAD.encode(sealer.keyed_hash(TicketKind::OneTimeCode.as_str(), &text))
    }
}

/// What a wrong, used or late code is answered with, and one that never was.
fn wrong_code() -> Error {
    Error::invalid("verification_code", "is wrong or has expired")
}

/// What a wrong, used or late link secret is answered with, and one that never was.
fn wrong_link() -> Error {
    Error::invalid("link_secret", "is wrong or has expired")
}

/// The users of an address who may be sent a code for that purpose, the oldest first: those whose
/// accounts are kept here.
async fn users_of(read: &mut dyn Read, place: &Place, now: Timestamp) -> Result<Vec<User>, Error> {
    let mut users = match &place.address {
        CodeAddress::Email(email) => read.users().find_by_email(place.tenant, email.key()).await?,
        CodeAddress::Phone(phone) => read.users().find_by_phone(place.tenant, phone.e164()).await?,
    };
    users.retain(|user| user.keeps_access(now));
    let mut ids: Vec<_> = users.iter().map(|user| user.connection).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut connections = read.connections().find_many(place.tenant, &ids).await?;
    connections.retain(citizenry_identity::Connection::is_database);
    users.retain(|user| connections.iter().any(|it| it.id == user.connection));
    users.truncate(MAX_ACCOUNTS);
    Ok(users)
}

/// What a link secret was given for.
#[derive(Debug, Clone, Copy)]
enum Exchanged<'a> {
    /// A code, with its hash.
    Code(&'a Place, &'a str),
    /// A password: the secret signs in.
    Password,
}

impl Exchanged<'_> {
    fn purpose(self) -> CodePurpose {
        match self {
            Self::Code(place, _) => place.purpose,
            Self::Password => CodePurpose::SignIn,
        }
    }

    fn details(self) -> Map<String, Value> {
        let mut details = Map::new();
        details.insert(PURPOSE.to_owned(), Value::from(self.purpose().as_str()));
        if let Self::Code(place, code_hash) = self {
            let sent_to = match &place.address {
                CodeAddress::Email(_) => MAILED_TO,
                CodeAddress::Phone(_) => SENT_TO,
            };
            details.insert(sent_to.to_owned(), Value::from(place.address.key()));
            details.insert(CODE.to_owned(), Value::from(code_hash));
        }
        details
    }
}

/// A new link secret for a user, in place of those before.
async fn new_link(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    user: &User,
    exchanged: Exchanged<'_>,
    moment: &Moment,
) -> Result<SecretString, Error> {
    let kind = TicketKind::LinkSecret;
    let secret = moment.alphanumeric(LINK_LENGTH);
    let (mut ticket, _) = new_ticket(sealer, kind, user, LINK_SECONDS, moment);
    ticket.hash = sealer.keyed_hash(kind.as_str(), secret.as_bytes());
    ticket.details = exchanged.details();
    tx.tickets().delete_of_user(user.tenant, user.id, kind).await?;
    tx.tickets().insert(&ticket).await?;
    Ok(secret.into())
}

/// Whether a link secret is for that purpose.
pub(crate) fn is_link_for(ticket: &Ticket, purpose: CodePurpose) -> bool {
    ticket.kind == TicketKind::LinkSecret
        && ticket.details.get(PURPOSE).and_then(Value::as_str) == Some(purpose.as_str())
}

/// Whoever holds the ticket has read what was sent to an address: it is verified if the user still
/// has it. Whether anything changed.
pub(crate) fn verify_addresses(ticket: &Ticket, user: &mut User, now: Timestamp) -> bool {
    let mut changed = false;
    if was_mailed_to(ticket, user) && !user.email_verified {
        user.email_verified = true;
        changed = true;
    }
    let sent_to = ticket.details.get(SENT_TO).and_then(Value::as_str);
    let is_own = sent_to.is_some() && sent_to == user.phone.as_ref().map(Phone::e164);
    if is_own && !user.phone_verified {
        user.phone_verified = true;
        changed = true;
    }
    if changed {
        user.updated_at = now;
    }
    changed
}

/// The keyed hash of a link secret; `None` for what cannot be one.
fn link_hash(sealer: &dyn Sealer, secret: &SecretString) -> Option<[u8; 32]> {
    let text = secret.expose_secret();
    let kind = TicketKind::LinkSecret.as_str();
    (text.len() <= MAX_SECRET).then(|| sealer.keyed_hash(kind, text.as_bytes()))
}

/// Whether what was typed is what the user is known by: username, email address or phone number.
fn is_known_by(user: &User, identifier: &str, phone_country: u16) -> bool {
    let email = Email::key_of(identifier);
    let username = citizenry_identity::Username::key_of(identifier);
    let phone = Phone::parse(identifier, phone_country).ok();
    email.is_some() && email.as_deref() == user.email.as_ref().map(Email::key)
        || username.is_some()
            && username.as_deref() == user.username.as_ref().map(citizenry_identity::Username::key)
        || phone.is_some() && phone == user.phone
}
