//! What a right password comes to: all in one unit of work.

use citizenry_identity::{
    Actor, ClientIdentifier, Error, EventKind, Factor, LockReason, Moment, Origin, PasswordHash,
    Session, SessionId, StoredPassword, Text, TicketKind, Timestamp, User,
};
use citizenry_storage::{Sealer, Tx, end_session, new_ticket, sealing};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{
    SignIn,
    account::{Account, locked_for},
};
use crate::service::{session_limits, user_event};

/// How long the ticket is good by which a password that must be changed is changed, seconds.
const CHANGE_TICKET: u32 = 600;
/// The letters and digits of a session's secret: 256 bits.
const SECRET_LENGTH: usize = 43;

/// What was proved, and with which password.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) account: Account,
    pub(crate) user: User,
    pub(crate) password: StoredPassword,
    /// A better hash of the same password.
    pub(super) rehashed: Option<PasswordHash>,
}

/// Who has signed in, with a session and its secret if one was wanted.
pub(super) type Entered = (User, Option<(Session, SecretString)>);

/// What became of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Signed in.
    SignedIn(Box<Entered>),
    /// The password or the user is not what was verified: look again.
    Changed,
    /// Failed attempts have locked the account meanwhile, for so many seconds.
    Locked(i64),
    /// An administrator's lock, or a status that is not active.
    Blocked,
    /// The password must be changed first: the ticket for it.
    MustChange(SecretString),
}

/// Signs the user in if he still is what was verified.
pub(super) async fn complete(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    proof: &Proof,
    request: &SignIn,
    wants_session: bool,
    moment: &Moment,
) -> Result<Outcome, Error> {
    let (tenant, id) = (proof.user.tenant, proof.user.id);
    let Some(mut user) = tx.users().find_for_update(tenant, id).await? else {
        return Ok(Outcome::Changed);
    };
    let password = tx.passwords().find(tenant, id).await?;
    let is_same = |it: &StoredPassword| it.hash == proof.password.hash;
    if !password.as_ref().is_some_and(|it| is_same(it) && !it.has_expired(moment.now())) {
        return Ok(Outcome::Changed);
    }
    // A lock that was opened a moment after our clock was read holds all the same.
    let now = moment.now().max(user.updated_at);
    if let (Some(seconds), false) = (locked_for(&user, now), proof.account.is_known_device) {
        return Ok(Outcome::Locked(seconds));
    }
    if !user.keeps_access(now) {
        let kind = EventKind::USER_SIGN_IN_FAILED;
        let mut event = user_event(moment, kind, &user, Actor::System, &request.origin);
        event.details.insert("reason".to_owned(), Value::from("blocked"));
        tx.events().append(&event).await?;
        return Ok(Outcome::Blocked);
    }
    forget_failures(tx, proof).await?;
    if let Some(new) = &proof.rehashed {
        tx.passwords().rehash(tenant, id, &proof.password.hash, new).await?;
    }
    if password.is_some_and(|password| password.must_change) {
        return Ok(Outcome::MustChange(change_ticket(tx, sealer, &user, moment).await?));
    }
    note_sign_in(&mut user, &request.origin, moment);
    tx.users().save(&user).await?;
    user.version += 1;
    let session = if wants_session {
        Some(begin_session(tx, sealer, proof, &user, request, moment).await?)
    } else {
        None
    };
    let session_id = session.as_ref().map(|(session, _)| session.id);
    tell(tx, &user, request.client.as_ref(), &request.origin, session_id, moment).await?;
    Ok(Outcome::SignedIn(Box::new((user, session))))
}

async fn forget_failures(tx: &mut dyn Tx, proof: &Proof) -> Result<(), Error> {
    // From a known browser only its own: a stranger who guesses must not be given new guesses by
    // the owner's sign-ins.
    tx.attempts().delete(proof.account.tenant.id, &proof.account.key).await?;
    Ok(())
}

pub(crate) fn note_sign_in(user: &mut User, origin: &Origin, moment: &Moment) {
    let now = moment.now();
    let ended = user.locks.get(LockReason::FailedAttempts).is_some_and(|lock| !lock.contains(now));
    if ended {
        user.locks.remove(LockReason::FailedAttempts);
    }
    user.last_login_at = Some(now);
    user.last_ip = origin.ip.or(user.last_ip);
    user.logins_count = user.logins_count.saturating_add(1);
}

/// A ticket of this kind came by no mail, so it verifies no address.
async fn change_ticket(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    user: &User,
    moment: &Moment,
) -> Result<SecretString, Error> {
    let kind = TicketKind::PasswordReset;
    let (ticket, secret) = new_ticket(sealer, kind, user, CHANGE_TICKET, moment);
    tx.tickets().delete_of_user(user.tenant, user.id, kind).await?;
    tx.tickets().insert(&ticket).await?;
    Ok(secret)
}

pub(crate) async fn tell(
    tx: &mut dyn Tx,
    user: &User,
    client: Option<&ClientIdentifier>,
    origin: &Origin,
    session: Option<SessionId>,
    moment: &Moment,
) -> Result<(), Error> {
    let kind = EventKind::USER_SIGNED_IN;
    let mut event = user_event(moment, kind, user, Actor::User(user.id), origin);
    let client = client.map(ClientIdentifier::to_string);
    let details = [("client", client), ("session", session.map(|id| id.to_string()))];
    for (name, value) in details {
        if let Some(value) = value {
            event.details.insert(name.to_owned(), Value::from(value));
        }
    }
    Ok(tx.events().append(&event).await?)
}

/// The browser's session, with a new secret: the same one when the same user proves himself again,
/// so that what he has signed in to stays; another one otherwise, and the old one ends.
async fn begin_session(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    proof: &Proof,
    user: &User,
    request: &SignIn,
    moment: &Moment,
) -> Result<(Session, SecretString), Error> {
    let secret = SecretString::from(moment.alphanumeric(SECRET_LENGTH));
    let fresh = new_session(sealer, proof, user, &secret, request, moment);
    if let Some(previous) = &request.previous {
        let hash = secret_hash(sealer, previous);
        if let Some(old) = tx.sessions().find_by_secret(user.tenant, &hash).await? {
            if old.user == user.id && old.is_alive(moment.now()) {
                let renewed = Session {
                    id: old.id,
                    ip: old.ip,
                    user_agent: old.user_agent,
                    created_at: old.created_at,
                    ..fresh.clone()
                };
                if tx.sessions().save(&renewed).await? {
                    return Ok((renewed, secret));
                }
            } else {
                end_previous(tx, &old, request, moment).await?;
            }
        }
    }
    tx.sessions().insert(&fresh).await?;
    Ok((fresh, secret))
}

/// The keyed hash that a session is found by.
pub(crate) fn secret_hash(sealer: &dyn Sealer, secret: &SecretString) -> [u8; 32] {
    sealer.keyed_hash(sealing::SESSION_SECRET, secret.expose_secret().as_bytes())
}

fn new_session(
    sealer: &dyn Sealer,
    proof: &Proof,
    user: &User,
    secret: &SecretString,
    request: &SignIn,
    moment: &Moment,
) -> Session {
    let (now, limits) = (moment.now(), session_limits(&proof.account.tenant));
    let expires_at: Timestamp = now.plus_seconds(limits.absolute);
    let agent = request.origin.user_agent.clone();
    Session {
        id: SessionId::generate(moment),
        tenant: user.tenant,
        user: user.id,
        secret_hash: secret_hash(sealer, secret),
        factors: vec![Factor::Password],
        authenticated_at: now,
        last_used_at: now,
        idle_until: now.plus_seconds(limits.idle).min(expires_at),
        expires_at,
        ip: request.origin.ip,
        user_agent: agent.and_then(|agent| Text::parse("user_agent", agent).ok()),
        created_at: now,
    }
}

async fn end_previous(
    tx: &mut dyn Tx,
    old: &Session,
    request: &SignIn,
    moment: &Moment,
) -> Result<(), Error> {
    let Some(user) = tx.users().find(old.tenant, old.user).await? else { return Ok(()) };
    end_session(tx, old, &user, moment).await?;
    let (kind, actor) = (EventKind::USER_SIGNED_OUT, Actor::User(user.id));
    let event = user_event(moment, kind, &user, actor, &request.origin);
    Ok(tx.events().append(&event).await?)
}
