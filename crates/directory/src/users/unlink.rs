//! Unlink an identity: it becomes a user of its own.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Connection, DescribedUser, Error, EventKind, Identity, Kind, Moment, Subject, User,
};
use citizenry_storage::Tx;

use super::{NewUser, UserRef, UserView, create::build, event, event_with, view::view};
use crate::{Directory, administrators::find_changeable};

/// Takes an identity from `primary` and makes a user `<provider>|<id>` of it, from its profile
/// data. `source` is the name of its connection or its provider: either matches.
///
/// # Errors
/// `Forbidden`; `NotFound` for the user or the identity; `Invalid` on `user_id` for the identity
/// that the user began with; `Conflict` when the new user's email, phone or username is taken.
pub async fn unlink(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    primary: &UserRef,
    source: &str,
    provider_user_id: &str,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    let mut primary = find_changeable(tx, caller, primary).await?;
    let (position, connection) = locate(tx, &primary, source, provider_user_id).await?;
    if position == 0 {
        return Err(Error::invalid("user_id", "an account cannot be unlinked from itself"));
    }
    let identity = primary.identities.remove(position);
    primary.updated_at = moment.now();
    tx.users().save(&primary).await?;
    primary.version += 1;
    let subject = insert(tx, caller, moment, &connection, identity).await?;
    let detail = ("secondary", vec![subject.to_string()]);
    let event = event_with(caller, moment, EventKind::USER_UNLINKED, &primary, detail);
    tx.events().append(&event).await?;
    Ok(primary)
}

/// Where the identity stands among the user's, and its connection.
async fn locate(
    tx: &mut dyn Tx,
    user: &User,
    source: &str,
    provider_user_id: &str,
) -> Result<(usize, Connection), Error> {
    let candidates = user.identities.iter().enumerate();
    let candidates: Vec<_> =
        candidates.filter(|(_, it)| it.provider_user_id == provider_user_id).collect();
    for (position, identity) in candidates {
        let connection = tx.connections().find(user.tenant, identity.connection).await?;
        let Some(connection) = connection else { continue };
        if connection.name.as_str() == source || identity.provider.as_str() == source {
            return Ok((position, connection));
        }
    }
    Err(Error::not_found(Kind::Identity, format!("{source}|{provider_user_id}")))
}

async fn insert(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    connection: &Connection,
    identity: Identity,
) -> Result<Subject, Error> {
    let country = caller.tenant_context().phone_country;
    let described = DescribedUser::read(&identity.profile_data, country)?;
    let new = NewUser {
        username: described.username,
        email: described.email,
        email_verified: described.email_verified,
        phone: described.phone,
        phone_verified: described.phone_verified,
        profile: described.profile,
        ..NewUser::default()
    };
    let mut user = build(tx, caller, moment, connection, new).await?;
    user.subject = Subject::new(identity.provider.as_str(), &identity.provider_user_id)?;
    user.identities = vec![identity];
    tx.users().insert(&user).await?;
    tx.events().append(&event(caller, moment, EventKind::USER_CREATED, &user)).await?;
    Ok(user.subject)
}

impl Directory {
    /// Makes a user of one of `primary`'s identities. See [`unlink`].
    ///
    /// # Errors
    /// As [`unlink`].
    pub async fn unlink_user(
        &self,
        caller: &Caller,
        primary: &UserRef,
        connection_or_provider: &str,
        provider_user_id: &str,
    ) -> Result<UserView, Error> {
        let (caller, moment, primary) = (caller.clone(), self.moment(), primary.clone());
        let (source, id) = (connection_or_provider.to_owned(), provider_user_id.to_owned());
        self.storage
            .transact(async move |tx| {
                let user = unlink(tx, &caller, &moment, &primary, &source, &id).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
