//! Sessions: recognised, listed and ended.

use std::sync::Arc;

use citizenry_authz::{Action, Caller, Resource, Subject};
use citizenry_identity::{
    Actor, Error, EventKind, Kind, Origin, Session, SessionId, TenantId, Timestamp, User, UserId,
};
use citizenry_storage::{Read, Tx, end_session};
use secrecy::SecretString;

use crate::{
    Authn,
    service::{session_limits, user_event},
    sign_in::secret_hash,
};

/// No genuine secret is longer.
const MAX_SECRET: usize = 256;
/// How often at most the sessions of a user are listed anew until all have ended.
const ROUNDS: usize = 50;

/// The session that has that secret, and its user, if both are good.
async fn find_alive(
    read: &mut dyn Read,
    tenant: TenantId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(Session, User)>, Error> {
    let found = read.sessions().find_by_secret(tenant, hash).await?;
    let Some(session) = found.filter(|session| session.is_alive(now)) else { return Ok(None) };
    let user = read.users().find(tenant, session.user).await?;
    Ok(user.filter(|user| user.keeps_access(now)).map(|user| (session, user)))
}

/// Passes for the user himself, and for who may do `action` to users.
fn check_own(caller: &Caller, user: UserId, action: Action) -> Result<(), Error> {
    if caller.subject() == Subject::User(user) {
        Ok(())
    } else {
        caller.may(action, Resource::User)
    }
}

/// Ends one session of a user and tells of it. Whether there was one.
async fn end_one(
    tx: &mut dyn Tx,
    session: &Session,
    actor: Option<&Caller>,
    origin: &Origin,
    moment: &citizenry_identity::Moment,
) -> Result<bool, Error> {
    let Some(user) = tx.users().find(session.tenant, session.user).await? else { return Ok(false) };
    if !end_session(tx, session, &user, moment).await? {
        return Ok(false);
    }
    let kind = EventKind::USER_SIGNED_OUT;
    let mut event = user_event(moment, kind, &user, Actor::User(user.id), origin);
    if let Some(caller) = actor {
        event.actor = caller.event(moment, kind, user.id).actor;
    }
    event.details.insert("session".to_owned(), session.id.to_string().into());
    tx.events().append(&event).await?;
    Ok(true)
}

impl Authn {
    /// The session of a browser and its user, if the session is alive and the user active and not
    /// locked at this moment (failed attempts aside: see [`User::keeps_access`]). Notes the use, at
    /// most once a minute.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn session(
        &self,
        tenant: TenantId,
        secret: &SecretString,
    ) -> Result<Option<(Session, User)>, Error> {
        use secrecy::ExposeSecret as _;
        if secret.expose_secret().len() > MAX_SECRET {
            return Ok(None);
        }
        let hash = secret_hash(self.sealer(), secret);
        let now = self.moment().now();
        let found = self
            .storage
            .read::<_, Error, _>(async move |read| {
                let Some((session, user)) = find_alive(read, tenant, &hash, now).await? else {
                    return Ok(None);
                };
                // Only a use that is to be noted needs to know for how long.
                let tenant = if session.is_to_be_touched(now) {
                    read.tenants().find(tenant).await?
                } else {
                    None
                };
                Ok(Some((session, user, tenant.as_ref().map(session_limits))))
            })
            .await?;
        let Some((mut session, user, limits)) = found else { return Ok(None) };
        if limits.is_some_and(|limits| session.touch(now, limits)) {
            self.note_use(&session).await;
        }
        Ok(Some((session, user)))
    }

    /// A use that could not be noted is no reason to turn its user away.
    async fn note_use(&self, session: &Session) {
        let session = session.clone();
        let saved = self.storage.transact::<_, Error, _>(async move |tx| {
            // The secret may have been rotated since it was read; that must stay.
            let found = tx.sessions().find(session.tenant, session.id).await?;
            match found.filter(|found| found.secret_hash == session.secret_hash) {
                Some(_) => Ok(tx.sessions().save(&session).await?),
                None => Ok(false),
            }
        });
        if let Err(error) = saved.await {
            tracing::warn!(%error, "the use of a session could not be noted");
        }
    }

    /// The sessions of a user that are alive, the newest first, at most 100. Users may look at
    /// their own.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn sessions(&self, caller: &Caller, user: UserId) -> Result<Vec<Session>, Error> {
        check_own(caller, user, Action::Read)?;
        let (tenant, now) = (caller.tenant(), self.moment().now());
        self.storage
            .read(async move |read| {
                let mut sessions = read.sessions().list_of_user(tenant, user).await?;
                sessions.retain(|session| session.is_alive(now));
                Ok(sessions)
            })
            .await
    }

    /// Ends a session. Users may end their own.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn end_session(&self, caller: &Caller, id: SessionId) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let found = tx.sessions().find(caller.tenant(), id).await?;
                let Some(session) = found else {
                    caller.may(Action::Update, Resource::User)?;
                    return Err(Error::not_found(Kind::Session, id));
                };
                check_own(&caller, session.user, Action::Update)?;
                end_one(tx, &session, Some(&caller), caller.origin(), &moment).await?;
                Ok(())
            })
            .await
    }

    /// Ends all sessions of a user; how many there were. What was granted offline goes on. Users
    /// may end their own.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn end_sessions(&self, caller: &Caller, user: UserId) -> Result<u64, Error> {
        check_own(caller, user, Action::Update)?;
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let mut ended = 0;
                for _ in 0..ROUNDS {
                    let sessions = tx.sessions().list_of_user(caller.tenant(), user).await?;
                    if sessions.is_empty() {
                        break;
                    }
                    for session in &sessions {
                        let by = Some(&caller);
                        ended +=
                            u64::from(end_one(tx, session, by, caller.origin(), &moment).await?);
                    }
                }
                Ok(ended)
            })
            .await
    }

    /// Ends the session of a user who signs out. Whether there was one.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn sign_out(
        &self,
        tenant: TenantId,
        session: SessionId,
        origin: &Origin,
    ) -> Result<bool, Error> {
        let (origin, moment) = (Arc::new(origin.clone()), self.moment());
        self.storage
            .transact(async move |tx| match tx.sessions().find(tenant, session).await? {
                Some(session) => end_one(tx, &session, None, &origin, &moment).await,
                None => Ok(false),
            })
            .await
    }
}
