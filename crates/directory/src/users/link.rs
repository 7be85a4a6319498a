//! Link two users: one takes over the identities of the other.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ConnectionName, Error, EventKind, Identity, Moment, Strategy, User, UserId,
};
use citizenry_storage::Tx;

use super::{
    UserRef, UserView, create::find_named, delete::remove, event_with, find_user_id, view::view,
};
use crate::{
    Directory,
    administrators::{check_one_remains, find_changeable},
};

/// Which identity of the secondary user a caller means; all of them move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySelector {
    /// Whichever.
    Any,
    /// He must have one of this connection.
    Connection(ConnectionName),
    /// He must have one of this provider.
    Provider(Strategy),
}

/// Moves the identities of `secondary` to `primary`; his profile becomes the profile data of the
/// identity that he began with, and he is deleted.
///
/// # Errors
/// `Forbidden`; `Invalid` on `user_id` when one of the two is unknown, both are the same, or the
/// secondary has no such identity; `Conflict` on `last_administrator`.
pub async fn link(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    primary: &UserRef,
    secondary: &UserRef,
    selector: &IdentitySelector,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let (mut primary, secondary) = find_both(tx, caller, primary, secondary).await?;
    check_selected(tx, caller, &secondary, selector).await?;
    check_one_remains(tx, secondary.tenant, &[secondary.id], moment.now()).await?;
    remove(tx, caller, moment, &secondary).await?;
    let taken = taken_over(&secondary, moment);
    let subject = secondary.subject.to_string();
    primary.identities.extend(taken);
    primary.updated_at = moment.now();
    tx.users().save(&primary).await?;
    primary.version += 1;
    let detail = ("secondary", vec![subject]);
    let event = event_with(caller, moment, EventKind::USER_LINKED, &primary, detail);
    tx.events().append(&event).await?;
    Ok(primary)
}

/// The two users, locked in the order of their identifiers.
async fn find_both(
    tx: &mut dyn Tx,
    caller: &Caller,
    primary: &UserRef,
    secondary: &UserRef,
) -> Result<(User, User), Error> {
    let tenant = caller.tenant();
    let first = find_user_id(tx.users(), tenant, primary).await.map_err(unknown)?;
    let second = find_user_id(tx.users(), tenant, secondary).await.map_err(unknown)?;
    if first == second {
        return Err(Error::invalid("user_id", "must be another user than the one in the path"));
    }
    if second < first {
        let secondary = find(tx, caller, second).await?;
        return Ok((find(tx, caller, first).await?, secondary));
    }
    let primary = find(tx, caller, first).await?;
    Ok((primary, find(tx, caller, second).await?))
}

async fn find(tx: &mut dyn Tx, caller: &Caller, user: UserId) -> Result<User, Error> {
    find_changeable(tx, caller, &user.into()).await.map_err(unknown)
}

fn unknown(error: Error) -> Error {
    match error {
        Error::NotFound { id, .. } => Error::invalid("user_id", format!("there is no user {id}")),
        other => other,
    }
}

async fn check_selected(
    tx: &mut dyn Tx,
    caller: &Caller,
    secondary: &User,
    selector: &IdentitySelector,
) -> Result<(), Error> {
    let has = |wanted: &dyn Fn(&Identity) -> bool| secondary.identities.iter().any(wanted);
    let found = match selector {
        IdentitySelector::Any => true,
        IdentitySelector::Provider(provider) => has(&|identity| identity.provider == *provider),
        IdentitySelector::Connection(name) => {
            let connection = find_named(tx.connections(), caller.tenant(), name).await?;
            connection.is_some_and(|it| has(&|identity| identity.connection == it.id))
        }
    };
    if found {
        Ok(())
    } else {
        Err(Error::invalid("user_id", "the user has no identity of that connection or provider"))
    }
}

/// The secondary's identities as the primary keeps them.
fn taken_over(secondary: &User, moment: &Moment) -> Vec<Identity> {
    let mut identities = secondary.identities.clone();
    if let Some(first) = identities.first_mut() {
        first.profile_data = secondary.profile_data();
        first.updated_at = moment.now();
    }
    identities
}

impl Directory {
    /// Moves the identities of `secondary` to `primary`. See [`link`].
    ///
    /// # Errors
    /// As [`link`].
    pub async fn link_user(
        &self,
        caller: &Caller,
        primary: &UserRef,
        secondary: &UserRef,
        selector: IdentitySelector,
    ) -> Result<UserView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let (primary, secondary) = (primary.clone(), secondary.clone());
        self.storage
            .transact(async move |tx| {
                let user = link(tx, &caller, &moment, &primary, &secondary, &selector).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
