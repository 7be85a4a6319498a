//! What a wrong password comes to.

use citizenry_identity::{Actor, Error, EventKind, LockReason, LockWindow, Moment, User};
use citizenry_storage::{Sealer, Tx, count_attempt};
use serde_json::Value;

use super::{SignIn, account::Account};
use crate::{
    attempts::{account_rule, address_rule},
    service::{nobodys_event, user_event},
};

/// Counts a failure, locks the account at the threshold, and tells of it, with the `reason` if it was
/// another than a wrong password. A name that nobody has costs the same statements. For how many
/// seconds further attempts are refused, if they are from now on.
pub(super) async fn count_failure(
    tx: &mut dyn Tx,
    account: &Account,
    request: &SignIn,
    reason: Option<&'static str>,
    moment: &Moment,
) -> Result<Option<i64>, Error> {
    let (tenant, now) = (account.tenant.id, moment.now());
    let settings = &account.tenant.settings.sign_in;
    let user = match &account.user {
        Some(user) => tx.users().find_for_update(tenant, user.id).await?,
        None => None,
    };
    if let Some(user) = user.as_ref().filter(|_| !account.is_known_device) {
        forget_what_was_lifted(tx, account, user).await?;
    }
    let counter = count_attempt(tx, tenant, &account.key, &account_rule(settings), now).await?;
    let mut event = match &user {
        Some(user) => {
            let kind = EventKind::USER_SIGN_IN_FAILED;
            user_event(moment, kind, user, Actor::System, &request.origin)
        }
        None => nobodys_event(moment, EventKind::USER_SIGN_IN_FAILED, tenant, &request.origin),
    };
    if let Some(reason) = reason {
        event.details.insert("reason".to_owned(), Value::from(reason));
    }
    tx.events().append(&event).await?;
    let refused_for = counter.retry_after(now);
    if let (Some(user), Some(until), false) = (user, counter.blocked_until, account.is_known_device)
    {
        let window = LockWindow { from: now, until: Some(until) };
        lock(tx, user, window, request, moment).await?;
    }
    if let Some(key) = &account.address_key {
        count_attempt(tx, tenant, key, &address_rule(settings), now).await?;
    }
    Ok(refused_for)
}

/// An administrator, or a new password, has lifted the lock that the counter had led to: then it
/// counts from the beginning.
async fn forget_what_was_lifted(
    tx: &mut dyn Tx,
    account: &Account,
    user: &User,
) -> Result<(), Error> {
    if user.locks.get(LockReason::FailedAttempts).is_none() {
        let counter = tx.attempts().find_for_update(account.tenant.id, &account.key).await?;
        if counter.is_some_and(|counter| counter.blocked_until.is_some()) {
            tx.attempts().delete(account.tenant.id, &account.key).await?;
        }
    }
    Ok(())
}

async fn lock(
    tx: &mut dyn Tx,
    mut user: User,
    window: LockWindow,
    request: &SignIn,
    moment: &Moment,
) -> Result<(), Error> {
    user.lock(LockReason::FailedAttempts, window, moment.now());
    tx.users().save(&user).await?;
    let kind = EventKind::USER_LOCKED_OUT;
    let event = user_event(moment, kind, &user, Actor::System, &request.origin);
    Ok(tx.events().append(&event).await?)
}

/// Forgets the failures on an account: for whoever has proved to be its owner.
pub(crate) async fn forget_failures(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    user: &User,
) -> Result<(), Error> {
    let key = crate::attempts::account_key(sealer, user.id);
    tx.attempts().delete(user.tenant, &key).await?;
    Ok(())
}
