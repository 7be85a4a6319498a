//! Suspend users, and activate them again.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, Moment, User, UserId};
use citizenry_storage::Tx;

use super::{UserRef, change::save};
use crate::{
    Directory, Unknown,
    administrators::{check_may_change, check_one_remains},
    limits::check_length,
    ports::Ports,
    references::{check_distinct, find_user_ids},
};

/// The most users that one call enables or disables.
const MAX_AT_ONCE: usize = 1_000;

/// Suspends users, or activates those that are suspended or deactivated, all or none; those that
/// there are not are passed over, unless none is there. What a user is already changes nothing;
/// locks stay as they are.
///
/// # Errors
/// `Forbidden`; `NotFound` when none is there; `Invalid` on `users` for more than 1,000 or the same
/// one twice; `Conflict` on `status` for a final one, or on `last_administrator`.
pub async fn set_enabled(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    users: &[(UserRef, bool)],
) -> Result<(), Error> {
    caller.may(Action::Update, Resource::User)?;
    check_length("users", users.len(), MAX_AT_ONCE)?;
    let references: Vec<UserRef> = users.iter().map(|(user, _)| user.clone()).collect();
    let ids = find_user_ids(tx.users(), caller.tenant(), &references).await?;
    let found = ids.into_iter().zip(users).map(|(id, (_, enabled))| Some((id?, *enabled)));
    let mut wanted = Unknown::RefuseIfAll.keep(&references, found.collect())?;
    check_distinct("users", &wanted, |(id, _)| *id)?;
    // In a fixed order, so that two calls do not wait for each other crosswise.
    wanted.sort_unstable();
    let named: Vec<UserId> = wanted.iter().map(|(id, _)| *id).collect();
    check_may_change(&mut Ports::Tx(tx), caller, &named).await?;
    let now = moment.now();
    let mut changed: Vec<(User, User)> = Vec::new();
    for (id, enabled) in wanted {
        let Some(before) = tx.users().find_for_update(caller.tenant(), id).await? else { continue };
        let mut user = before.clone();
        if user.set_enabled(enabled, now)? {
            changed.push((before, user));
        }
    }
    let stops = |(before, user): &&(User, User)| before.can_sign_in(now) && !user.can_sign_in(now);
    let lost: Vec<_> = changed.iter().filter(stops).map(|(_, user)| user.id).collect();
    if !lost.is_empty() {
        check_one_remains(tx, caller.tenant(), &lost, now).await?;
    }
    for (before, mut user) in changed {
        save(tx, caller, moment, &before, &mut user).await?;
    }
    Ok(())
}

impl Directory {
    /// Suspends users, or activates them. See [`set_enabled`].
    ///
    /// # Errors
    /// As [`set_enabled`].
    pub async fn set_users_enabled(
        &self,
        caller: &Caller,
        users: Vec<(UserRef, bool)>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| set_enabled(tx, &caller, &moment, &users).await).await
    }
}
