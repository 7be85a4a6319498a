//! What leaves the installation: the orders that wait in the outbox, and the ports of the services
//! that carry them out.

use std::fmt;

use async_trait::async_trait;
use citizenry_identity::{
    Channel, ClientId, Error, Message, MessageId, Moment, SessionId, TenantId, UserId,
};
use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::{Result, Sealer, StorageError, Tx, sealing};

/// How long a mail is tried, seconds: its ticket is stale after that.
const MAIL_PATIENCE: i64 = 86_400;
/// How long a logout notice is tried, seconds.
const LOGOUT_PATIENCE: i64 = 3_600;

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// How to set a new password.
    PasswordReset,
    /// How to show that the address is one's own.
    EmailVerification,
    /// That the password was changed.
    PasswordChanged,
    /// A password that is good for a while.
    TemporaryPassword,
    /// A code of a few digits that shows that the address is one's own.
    OneTimeCode,
    /// That an import has come to its end.
    ImportCompleted(ImportFigures),
}

/// What came of the rows of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImportFigures {
    /// How many users were made.
    pub inserted: u64,
    /// How many were there already, and are now as the rows say.
    pub updated: u64,
    /// How many rows were refused.
    pub failed: u64,
}

/// A mail to be written and sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailOrder {
    /// What it is about.
    pub kind: MailKind,
    /// The address.
    pub to: String,
    /// The recipient's name, if it is known.
    pub name: Option<String>,
    /// The wanted language (BCP 47).
    pub locale: Option<String>,
    /// The link to follow, with its ticket.
    pub link: Option<String>,
    /// For how long the link, the password or the code is good, seconds.
    pub valid_seconds: Option<u32>,
    /// The password or the code, where the mail brings one. The outbox keeps it sealed.
    #[serde(default)]
    pub secret: Option<String>,
}

impl fmt::Debug for MailOrder {
    /// Without the link, whose ticket is a secret, and without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailOrder").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A text message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsOrder {
    /// The number (E.164).
    pub to: String,
    /// What it says.
    pub text: String,
}

/// A client to be told that a user's session has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutNotice {
    /// The client (a ULID in lower case).
    pub client: String,
    /// Whose session it was (a ULID in lower case).
    pub user: String,
    /// `sub` as the client knows the user.
    pub subject: String,
    /// The session (a ULID in lower case), if one ended rather than all.
    pub session: Option<String>,
}

impl LogoutNotice {
    /// A notice to `client` that `session` of `user`, whom it knows as `subject`, has ended.
    pub fn new(client: ClientId, user: UserId, subject: &str, session: Option<SessionId>) -> Self {
        Self {
            client: client.to_string(),
            user: user.to_string(),
            subject: subject.to_owned(),
            session: session.map(|session| session.to_string()),
        }
    }
}

/// Writes a mail into the outbox.
///
/// # Errors
/// Those of the port, and of sealing.
pub async fn order_mail(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    tenant: TenantId,
    order: &MailOrder,
    moment: &Moment,
) -> Result<(), Error> {
    let content = serde_json::to_vec(order).map_err(Error::internal)?;
    order_sealed(tx, sealer, tenant, Channel::Mail, &content, moment).await
}

/// Writes a text message into the outbox.
///
/// # Errors
/// Those of the port, and of sealing.
pub async fn order_sms(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    tenant: TenantId,
    order: &SmsOrder,
    moment: &Moment,
) -> Result<(), Error> {
    let content = serde_json::to_vec(order).map_err(Error::internal)?;
    order_sealed(tx, sealer, tenant, Channel::Sms, &content, moment).await
}

async fn order_sealed(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    tenant: TenantId,
    channel: Channel,
    content: &[u8],
    moment: &Moment,
) -> Result<(), Error> {
    let id = MessageId::generate(moment);
    let content = sealer.seal(&sealing::message(id), content)?;
    let message = waiting(id, tenant, channel, content, MAIL_PATIENCE, moment);
    Ok(tx.outbox().append(&message).await?)
}

/// Writes a logout notice into the outbox.
///
/// # Errors
/// Those of the port.
pub async fn order_logout(
    tx: &mut dyn Tx,
    tenant: TenantId,
    notice: &LogoutNotice,
    moment: &Moment,
) -> Result<()> {
    let content =
        serde_json::to_vec(notice).map_err(|error| StorageError::Backend(error.into()))?;
    let id = MessageId::generate(moment);
    let message = waiting(id, tenant, Channel::BackChannelLogout, content, LOGOUT_PATIENCE, moment);
    tx.outbox().append(&message).await
}

fn waiting(
    id: MessageId,
    tenant: TenantId,
    channel: Channel,
    content: Vec<u8>,
    patience: i64,
    moment: &Moment,
) -> Message {
    let now = moment.now();
    Message {
        id,
        tenant,
        channel,
        content,
        failures: 0,
        due_at: now,
        expires_at: now.plus_seconds(patience),
        created_at: now,
    }
}

/// Why something could not be delivered or fetched. Never holds what was to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum OutgoingError {
    /// It makes no sense to try again: the address is refused, or the answer was final.
    #[error("refused: {0}")]
    Refused(String),
    /// It may work later.
    #[error("failed: {0}")]
    Failed(String),
}

/// A mail, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedMail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Sends a mail; it has been accepted when this answers.
    async fn send(&self, mail: &RenderedMail) -> Result<(), OutgoingError>;
}

/// Sends text messages.
#[async_trait]
pub trait SmsSender: Send + Sync + fmt::Debug {
    /// Sends a message; it has been accepted when this answers.
    async fn send(&self, sms: &SmsOrder) -> Result<(), OutgoingError>;
}

/// What a web server has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The status.
    pub status: u16,
    /// The content type, if it was said.
    pub content_type: Option<String>,
    /// The body: at most 256 KiB, or the fetch fails.
    pub body: Vec<u8>,
}

/// Speaks to servers whose addresses come from outside (`jwks_uri`, `request_uri`,
/// `sector_identifier_uri`, back-channel logout). Refuses private and special addresses unless the
/// configuration allows them, follows no redirect, and gives up after seconds.
#[async_trait]
pub trait WebClient: Send + Sync + fmt::Debug {
    /// `GET`s a document.
    async fn get(&self, url: &str) -> Result<Document, OutgoingError>;
    /// `POST`s a form.
    async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Document, OutgoingError>;
}
