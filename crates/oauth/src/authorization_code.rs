//! Authorization codes (RFC 6749, section 4.1.2): what one stands for between the authorization
//! endpoint, which issues it, and the token endpoint, which redeems it.

use citizenry_identity::{
    Authorized, ClientId, Error, Moment, SessionId, TenantId, Ticket, TicketKind, TokenFamilyId,
    UserId,
};
use citizenry_storage::{Sealer, Tx};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How long a code is good, seconds (RFC 6749 asks for at most ten minutes).
pub(crate) const LIFETIME: i64 = 60;
/// Letters and digits of a code: 256 bits.
const LENGTH: usize = 43;
/// The longest code that is looked at, bytes.
const MAX_LENGTH: usize = 128;

/// For whom a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodeOwner {
    /// The tenant.
    pub(crate) tenant: TenantId,
    /// The client that may redeem it.
    pub(crate) client: ClientId,
    /// Who authorized the client.
    pub(crate) user: UserId,
}

/// What was agreed on when the code was issued: the `details` of its ticket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CodeDetails {
    /// Where the code was sent.
    pub(crate) redirect_uri: String,
    /// Whether the request named it: then the token request must repeat it.
    pub(crate) redirect_uri_was_sent: bool,
    /// The PKCE challenge (RFC 7636), if there was one.
    pub(crate) code_challenge: Option<String>,
    /// How the challenge was made: `S256` whenever there is one.
    pub(crate) code_challenge_method: Option<String>,
    /// What the user has authorized.
    pub(crate) authorized: Authorized,
    /// The session in which he did (a ULID in lower case).
    pub(crate) session: Option<String>,
}

impl CodeDetails {
    /// The session in which the code was authorized.
    pub(crate) fn session(&self) -> Option<SessionId> {
        self.session.as_deref().and_then(|session| session.parse().ok())
    }
}

/// Issues a code: writes its ticket. The family of the tokens to come is named in it already, so
/// that a second redemption finds what to revoke.
pub(crate) async fn issue(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    moment: &Moment,
    owner: CodeOwner,
    details: &CodeDetails,
) -> Result<SecretString, Error> {
    let code = moment.alphanumeric(LENGTH);
    let Value::Object(details) = serde_json::to_value(details).map_err(Error::internal)? else {
        return Err(Error::internal("the details of a code are an object"));
    };
    let now = moment.now();
    let ticket = Ticket {
        kind: TicketKind::AuthorizationCode,
        hash: hash(sealer, &code),
        second_hash: None,
        tenant: owner.tenant,
        user: Some(owner.user),
        client: Some(owner.client),
        family: Some(TokenFamilyId::generate(moment)),
        details,
        created_at: now,
        expires_at: now.plus_seconds(LIFETIME),
        used_at: None,
    };
    tx.tickets().insert(&ticket).await?;
    Ok(code.into())
}

/// The ticket of a code and what was agreed on, kept from others' changes until the unit ends.
/// Nothing is judged: neither whether it was used or has expired, nor whose it is.
pub(crate) async fn find_for_update(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    code: &SecretString,
) -> Result<Option<(Ticket, CodeDetails)>, Error> {
    let code = code.expose_secret();
    if code.is_empty() || code.len() > MAX_LENGTH {
        return Ok(None);
    }
    let kind = TicketKind::AuthorizationCode;
    let Some(ticket) = tx.tickets().find_for_update(kind, &hash(sealer, code)).await? else {
        return Ok(None);
    };
    let details = read_details(&ticket.details)?;
    Ok(Some((ticket, details)))
}

fn read_details(details: &Map<String, Value>) -> Result<CodeDetails, Error> {
    serde_json::from_value(Value::Object(details.clone())).map_err(Error::internal)
}

fn hash(sealer: &dyn Sealer, code: &str) -> [u8; 32] {
    sealer.keyed_hash(TicketKind::AuthorizationCode.as_str(), code.as_bytes())
}
