//! Lock and unlock a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, LockReason, LockWindow, Locks, Moment, Timestamp, User,
};
use citizenry_storage::{Tx, end_access};

use super::{UserRef, UserView, event, view::view};
use crate::{
    Directory,
    administrators::{check_one_remains, find_changeable},
};

/// A start that lies further back than this, seconds, is read as now.
const PATIENCE: i64 = 30;

/// When a lock is to hold, as a caller says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockDates {
    /// From when on; from now on without it.
    pub start: Option<Timestamp>,
    /// Until when; for ever without it.
    pub end: Option<Timestamp>,
}

impl LockDates {
    /// The window that the dates mean at `now`, where `present` is the one that holds so far: dates
    /// that say what it says already leave it as it is. A start more than half a minute ago is now.
    ///
    /// # Errors
    /// `Invalid` on `lock_end` unless it lies in the future and after the start.
    pub fn window(self, present: Option<LockWindow>, now: Timestamp) -> Result<LockWindow, Error> {
        if self.end.is_some_and(|end| end <= now) {
            return Err(Error::invalid("lock_end", "must be in the future"));
        }
        if let Some(present) = present
            && present.until == self.end
            && self.start.map_or(present.contains(now), |start| start == present.from)
        {
            return Ok(present);
        }
        let start = self.start.filter(|start| *start >= now.plus_seconds(-PATIENCE));
        let from = start.unwrap_or(now);
        if self.end.is_some_and(|end| end <= from) {
            return Err(Error::invalid("lock_end", "must be after the start"));
        }
        Ok(LockWindow { from, until: self.end })
    }
}

/// Opens an administrator's lock. One that holds already ends the user's sessions and refresh
/// tokens; one that begins later stops them at each use from then on. The lock that there is
/// already changes nothing.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `last_administrator`.
pub async fn lock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    window: LockWindow,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    set(tx, caller, moment, user, window).await
}

/// Opens an administrator's lock between two dates. See [`lock`].
///
/// # Errors
/// As [`lock`], and `Invalid` on `lock_end`. See [`LockDates::window`].
pub async fn lock_between(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    dates: LockDates,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    let window = dates.window(user.locks.get(LockReason::Admin), moment.now())?;
    set(tx, caller, moment, user, window).await
}

async fn set(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    mut user: User,
    window: LockWindow,
) -> Result<User, Error> {
    if user.locks.get(LockReason::Admin) == Some(window) {
        return Ok(user);
    }
    check_one_remains(tx, user.tenant, &[user.id], moment.now()).await?;
    user.lock(LockReason::Admin, window, moment.now());
    user.updated_by = caller.user();
    tx.users().save(&user).await?;
    user.version += 1;
    if !user.keeps_access(moment.now()) {
        end_access(tx, &user, moment).await?;
    }
    tx.events().append(&event(caller, moment, EventKind::USER_LOCKED, &user)).await?;
    Ok(user)
}

/// Lifts every lock. The status stays as it is.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn unlock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
) -> Result<User, Error> {
    lift(tx, caller, moment, user, |_| Locks::default()).await
}

/// Lifts the lock of one reason. Other locks and the status stay as they are.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn lift_lock(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    reason: LockReason,
) -> Result<User, Error> {
    let others =
        |locks: &Locks| locks.iter().filter(|lock| lock.reason != reason).copied().collect();
    lift(tx, caller, moment, user, others).await
}

/// Leaves those of the user's locks that `remaining` names.
async fn lift(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    remaining: impl Fn(&Locks) -> Locks + Send,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let mut user = find_changeable(tx, caller, user).await?;
    let locks = remaining(&user.locks);
    if locks == user.locks {
        return Ok(user);
    }
    user.locks = locks;
    user.updated_at = moment.now();
    user.updated_by = caller.user();
    tx.users().save(&user).await?;
    user.version += 1;
    tx.events().append(&event(caller, moment, EventKind::USER_UNLOCKED, &user)).await?;
    Ok(user)
}

impl Directory {
    /// Opens an administrator's lock. See [`lock`].
    ///
    /// # Errors
    /// As [`lock`].
    pub async fn lock_user(
        &self,
        caller: &Caller,
        user: &UserRef,
        window: LockWindow,
    ) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = lock(tx, &caller, &moment, &user, window).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }

    /// Opens an administrator's lock between two dates. See [`lock_between`].
    ///
    /// # Errors
    /// As [`lock_between`].
    pub async fn lock_user_between(
        &self,
        caller: &Caller,
        user: &UserRef,
        dates: LockDates,
    ) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = lock_between(tx, &caller, &moment, &user, dates).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }

    /// Lifts every lock. See [`unlock`].
    ///
    /// # Errors
    /// As [`unlock`].
    pub async fn unlock_user(&self, caller: &Caller, user: &UserRef) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = unlock(tx, &caller, &moment, &user).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }

    /// Lifts the administrator's lock alone. See [`lift_lock`].
    ///
    /// # Errors
    /// As [`lift_lock`].
    pub async fn lift_admin_lock(
        &self,
        caller: &Caller,
        user: &UserRef,
    ) -> Result<UserView, Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let user = lift_lock(tx, &caller, &moment, &user, LockReason::Admin).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
