//! Device authorization (RFC 8628): a device without a browser shows a short code, which its user
//! types into a browser elsewhere.

use std::sync::Arc;

use citizenry_identity::{
    Authorized, Client, Error, EventKind, FailedAttempts, Moment, Origin, ResourceServer, Session,
    TenantId, Ticket, TicketKind, Timestamp, TokenFamilyId, User,
};
use citizenry_storage::{Sealer, Tx, sealing};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::authorize::{ConsentScope, consent_screen};
use crate::discovery::{ACTIVATE_PATH, DEVICE_PATH};
use crate::scopes::{OFFLINE_ACCESS, may_be_offline, offered, split};
use crate::token::{DEVICE_CODE, Wanted, find_all};
use crate::{ClientCredentials, OAuth, TokenError, audit};

/// How long a device code is good, seconds.
const LIFETIME: u32 = 900;
/// How long a device waits between two attempts, seconds.
const INTERVAL: u32 = 5;
/// Letters and digits of a device code: 256 bits.
const LENGTH: usize = 43;
/// The letters of user codes: no vowels, so that they spell nothing, and none that look alike.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters of a user code: 34 bits, for fifteen minutes and a few guesses.
const USER_CODE_LENGTH: usize = 8;
/// How many wrong user codes an address may send before it has to wait.
const MAX_GUESSES: i32 = 10;
/// How long it has to wait, and how long guesses are counted, seconds.
const GUESS_WINDOW: i64 = 600;
/// The longest `scope` that is looked at, bytes.
const MAX_SCOPE: usize = 8 * 1024;

/// What a device sends to begin.
#[derive(Debug, Clone, Default)]
pub struct DeviceRequest {
    /// The tenant that the endpoint's path names; none at the installation's own.
    pub tenant: Option<String>,
    /// The host, and the port if there was one, that the request was sent to.
    pub host: Option<String>,
    /// What the client proves itself by.
    pub client: ClientCredentials,
    /// `scope`: names separated by blanks.
    pub scope: Option<String>,
    /// `audience`: the identifier of a resource server.
    pub audience: Option<String>,
    /// `resource`, as often as it was sent: the same (RFC 8707).
    pub resources: Vec<String>,
    /// Where the request came from.
    pub origin: Origin,
}

/// What the device is to show, and what it is to ask with.
#[derive(Debug, Clone)]
pub struct DeviceAuthorization {
    /// What the device asks with at the token endpoint.
    pub device_code: SecretString,
    /// What its user types: `XXXX-XXXX`.
    pub user_code: String,
    /// Where he types it.
    pub verification_uri: String,
    /// The same with the code in it.
    pub verification_uri_complete: String,
    /// For how long both codes are good, seconds.
    pub expires_in: u32,
    /// How long the device waits between two attempts, seconds.
    pub interval: u32,
}

/// What the page asks the user of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceScreen {
    /// The client on the device.
    pub client: Client,
    /// The user code, to be compared with what the device shows.
    pub user_code: String,
    /// What the client wants.
    pub scopes: Vec<ConsentScope>,
}

/// Why a user code cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum DeviceCodeError {
    /// Too many wrong codes from this address.
    #[error("too many attempts")]
    TooMany {
        /// How long to wait, seconds.
        retry_after: i64,
    },
    /// The system failed.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<citizenry_storage::StorageError> for DeviceCodeError {
    fn from(error: citizenry_storage::StorageError) -> Self {
        Self::Other(error.into())
    }
}

/// How far a device has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeviceStatus {
    /// Its user has not decided.
    #[default]
    Pending,
    /// He has said yes.
    Approved,
    /// He has said no.
    Denied,
}

/// What is known of a device: the `details` of its ticket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DeviceDetails {
    /// How far it has come.
    pub(crate) status: DeviceStatus,
    /// How long it must wait between two attempts, seconds.
    pub(crate) interval: i64,
    /// When it last asked, seconds since 1970.
    pub(crate) last_poll: Option<i64>,
    /// What it asks for; once approved, what it gets.
    pub(crate) authorized: Authorized,
}

impl DeviceDetails {
    /// What is known of the device of `ticket`.
    pub(crate) fn of(ticket: &Ticket) -> Result<Self, Error> {
        serde_json::from_value(Value::Object(ticket.details.clone())).map_err(Error::internal)
    }

    /// The same as it is stored.
    pub(crate) fn into_map(self) -> Result<Map<String, Value>, Error> {
        match serde_json::to_value(self).map_err(Error::internal)? {
            Value::Object(details) => Ok(details),
            _ => Err(Error::internal("the details of a device are an object")),
        }
    }

    /// Whether the device asks before its time.
    pub(crate) fn is_asked_too_early(&self, now: Timestamp) -> bool {
        self.last_poll.is_some_and(|last| now.unix_seconds() < last.saturating_add(self.interval))
    }
}

/// The keyed hash of a device code.
pub(crate) fn hash_device_code(sealer: &dyn Sealer, code: &SecretString) -> [u8; 32] {
    sealer.keyed_hash(TicketKind::DeviceCode.as_str(), code.expose_secret().as_bytes())
}

fn hash_user_code(sealer: &dyn Sealer, letters: &str) -> [u8; 32] {
    sealer.keyed_hash(sealing::USER_CODE, letters.as_bytes())
}

/// The letters of a user code, however it was typed. `None` for what cannot be one.
fn letters_of(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let letters = typed.bytes().filter(|byte| !b" -_.".contains(byte));
    let letters: Vec<u8> = letters.map(|byte| byte.to_ascii_uppercase()).collect();
    let is_code =
        letters.len() == USER_CODE_LENGTH && letters.iter().all(|it| ALPHABET.contains(it));
    String::from_utf8(letters).ok().filter(|_| is_code)
}

/// The letters of a new user code.
fn new_letters(moment: &Moment) -> String {
    let mut letters = String::with_capacity(USER_CODE_LENGTH);
    while letters.len() < USER_CODE_LENGTH {
        let mut bytes = [0_u8; 16];
        moment.fill(&mut bytes);
        // Values past the last whole multiple of 20 would favour some letters.
        let fair = bytes.iter().filter(|byte| **byte < 240);
        let missing = USER_CODE_LENGTH - letters.len();
        letters.extend(
            fair.filter_map(|byte| ALPHABET.get(usize::from(*byte % 20)))
                .map(|letter| char::from(*letter))
                .take(missing),
        );
    }
    letters
}

/// The code as it is shown.
fn shown(letters: &str) -> String {
    let (first, second) = letters.split_at_checked(USER_CODE_LENGTH / 2).unwrap_or((letters, ""));
    format!("{first}-{second}")
}

impl OAuth {
    /// Begins: gives a device its two codes.
    ///
    /// # Errors
    /// Those of client authentication, `UnauthorizedClient`, `InvalidTarget`; those of a server
    /// that fails.
    pub async fn device_authorization(
        &self,
        request: DeviceRequest,
    ) -> Result<DeviceAuthorization, TokenError> {
        let tenant = request.tenant.as_deref();
        let (client, tenant) =
            self.authenticate_client(&request.client, tenant, DEVICE_PATH).await?.parts();
        if !client.may_use_grant(DEVICE_CODE) {
            return Err(TokenError::UnauthorizedClient);
        }
        if request.scope.as_ref().is_some_and(|scope| scope.len() > MAX_SCOPE) {
            return Err(TokenError::InvalidRequest("a parameter is too long"));
        }
        let moment = self.shared.environment.moment();
        let device_code = SecretString::from(moment.alphanumeric(LENGTH));
        let letters = new_letters(&moment);
        let sealer = &*self.shared.environment.sealer;
        let ticket = Ticket {
            kind: TicketKind::DeviceCode,
            hash: hash_device_code(sealer, &device_code),
            second_hash: Some(hash_user_code(sealer, &letters)),
            tenant: tenant.id,
            user: None,
            client: Some(client.id),
            family: None,
            details: Map::new(),
            created_at: moment.now(),
            expires_at: moment.now().plus_seconds(LIFETIME.into()),
            used_at: None,
        };
        let name = tenant.name.clone();
        let request = Arc::new(request);
        self.shared
            .storage
            .transact(async move |tx| {
                let wanted = Wanted {
                    audience: request.audience.as_deref(),
                    resources: &request.resources,
                    host: request.host.as_deref(),
                    door: client.settings.door,
                };
                let servers = find_all(tx.resource_servers(), wanted, &tenant).await?;
                let mut ticket = ticket.clone();
                let wanted = request.scope.as_deref().unwrap_or_default();
                ticket.details = DeviceDetails {
                    interval: INTERVAL.into(),
                    authorized: asked_for(&client, wanted, &servers),
                    ..DeviceDetails::default()
                }
                .into_map()?;
                tx.tickets().insert(&ticket).await?;
                Ok::<_, TokenError>(())
            })
            .await?;
        let user_code = shown(&letters);
        let verification_uri = self.shared.issuers.endpoint(&name, ACTIVATE_PATH);
        Ok(DeviceAuthorization {
            device_code,
            verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
            user_code,
            verification_uri,
            expires_in: LIFETIME,
            interval: INTERVAL,
        })
    }

    /// What to ask the user who has typed `code`; `None` when no device shows it.
    ///
    /// # Errors
    /// `TooMany` after too many wrong codes from one address.
    pub async fn device_by_user_code(
        &self,
        tenant: TenantId,
        code: &str,
        origin: &Origin,
    ) -> Result<Option<DeviceScreen>, DeviceCodeError> {
        let Some((ticket, letters)) = self.device_ticket(tenant, code, origin).await? else {
            return Ok(None);
        };
        let details = DeviceDetails::of(&ticket)?;
        let Some(client) = ticket.client else { return Ok(None) };
        let authorized = details.authorized;
        let screen = self
            .shared
            .storage
            .read(async move |ports| {
                let Some(client) = ports.clients().find(tenant, client).await? else {
                    return Ok(None);
                };
                let audiences = &authorized.audiences;
                let servers =
                    ports.resource_servers().find_by_identifiers(tenant, audiences).await?;
                Ok::<_, DeviceCodeError>(Some(consent_screen(
                    &client,
                    &authorized.scopes,
                    &servers,
                )))
            })
            .await?;
        Ok(screen.map(|screen| DeviceScreen {
            client: screen.client,
            user_code: shown(&letters),
            scopes: screen.scopes,
        }))
    }

    /// Notes what the user has decided. `false` when no device shows the code any more.
    ///
    /// # Errors
    /// `RateLimited` after too many wrong codes from one address; `Unavailable`, `Internal`.
    pub async fn decide_device(
        &self,
        tenant: TenantId,
        code: &str,
        signed_in: &(Session, User),
        allow: bool,
        origin: &Origin,
    ) -> Result<bool, Error> {
        let found =
            self.device_ticket(tenant, code, origin).await.map_err(|error| match error {
                DeviceCodeError::TooMany { retry_after } => Error::RateLimited {
                    retry_after: std::time::Duration::from_secs(retry_after.unsigned_abs()),
                },
                DeviceCodeError::Other(error) => error,
            })?;
        let Some((ticket, _)) = found else { return Ok(false) };
        let moment = self.shared.environment.moment();
        let (session, user) = signed_in.clone();
        let origin = origin.clone();
        self.shared
            .storage
            .transact(async move |tx| {
                let by = Decision { session: &session, user: &user, allow, origin: &origin };
                decide(tx, &moment, ticket.hash, &by).await
            })
            .await
    }

    /// The ticket of the device that shows `code` and waits for a decision. Wrong codes are
    /// counted.
    async fn device_ticket(
        &self,
        tenant: TenantId,
        code: &str,
        origin: &Origin,
    ) -> Result<Option<(Ticket, String)>, DeviceCodeError> {
        // What cannot be a code is no guess.
        let Some(letters) = letters_of(code) else { return Ok(None) };
        let sealer = &self.shared.environment.sealer;
        let hash = hash_user_code(&**sealer, &letters);
        let address = origin.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let key = sealer.keyed_hash(sealing::ATTEMPTS, format!("user_code:{address}").as_bytes());
        let now = self.shared.environment.clock.now();
        let (attempts, ticket) = self
            .shared
            .storage
            .read(async move |ports| {
                let attempts = ports.attempts().find(tenant, &key).await?;
                let ticket = ports.tickets().find_by_second(TicketKind::DeviceCode, &hash).await?;
                Ok::<_, DeviceCodeError>((attempts, ticket))
            })
            .await?;
        let until = attempts.and_then(|attempts| attempts.blocked_until);
        if let Some(until) = until.filter(|until| now < *until) {
            let retry_after = until.unix_seconds().saturating_sub(now.unix_seconds()).max(1);
            return Err(DeviceCodeError::TooMany { retry_after });
        }
        let waits = |ticket: &Ticket| {
            ticket.tenant == tenant
                && ticket.is_good(now)
                && DeviceDetails::of(ticket).is_ok_and(|it| it.status == DeviceStatus::Pending)
        };
        if let Some(ticket) = ticket.filter(waits) {
            return Ok(Some((ticket, letters)));
        }
        self.count_guess(tenant, key, now).await?;
        Ok(None)
    }

    async fn count_guess(
        &self,
        tenant: TenantId,
        key: [u8; 32],
        now: Timestamp,
    ) -> Result<(), Error> {
        self.shared
            .storage
            .transact(async move |tx| {
                let known = tx.attempts().find_for_update(tenant, &key).await?;
                let count = known.filter(|it| now < it.expires_at).map_or(0, |it| it.count);
                let count = count.saturating_add(1);
                let until = now.plus_seconds(GUESS_WINDOW);
                let attempts = FailedAttempts {
                    tenant,
                    key,
                    count,
                    last_at: now,
                    blocked_until: (count >= MAX_GUESSES).then_some(until),
                    expires_at: until,
                };
                Ok::<_, Error>(tx.attempts().put(&attempts).await?)
            })
            .await
    }
}

/// What the device asks for.
fn asked_for(client: &Client, scope: &str, servers: &[ResourceServer]) -> Authorized {
    let may_be_offline = may_be_offline(client, servers);
    let mut scopes = offered(split(scope), servers);
    scopes.retain(|scope| may_be_offline || scope != OFFLINE_ACCESS);
    let audiences = servers.iter().map(|server| server.identifier.as_str().to_owned()).collect();
    Authorized { scopes, audiences, ..Authorized::default() }
}

/// Who decides what.
struct Decision<'d> {
    session: &'d Session,
    user: &'d User,
    allow: bool,
    origin: &'d Origin,
}

async fn decide(
    tx: &mut dyn Tx,
    moment: &Moment,
    hash: [u8; 32],
    by: &Decision<'_>,
) -> Result<bool, Error> {
    let now = moment.now();
    let found = tx.tickets().find_for_update(TicketKind::DeviceCode, &hash).await?;
    let Some(mut ticket) = found.filter(|ticket| ticket.is_good(now)) else { return Ok(false) };
    let mut details = DeviceDetails::of(&ticket)?;
    if details.status != DeviceStatus::Pending {
        return Ok(false);
    }
    details.status = DeviceStatus::Denied;
    if by.allow {
        details.status = DeviceStatus::Approved;
        details.authorized.auth_time = by.session.authenticated_at.unix_seconds();
        details.authorized.factors.clone_from(&by.session.factors);
        ticket.user = Some(by.user.id);
        ticket.family = Some(TokenFamilyId::generate(moment));
        if let Some(client) = ticket.client {
            let kind = EventKind::CLIENT_AUTHORIZED;
            let event = audit::by_user(by.user, moment, kind, client, by.origin);
            tx.events().append(&event).await?;
        }
    }
    ticket.details = details.into_map()?;
    tx.tickets().save(&ticket).await?;
    Ok(true)
}

#[cfg(test)]
mod tests;
