//! Create a user who comes from elsewhere.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Connection, ConnectionName, DescribedUser, Error, EventKind, Identity, IdentityId, Metadata,
    Moment, User,
};
use citizenry_storage::{Sealer, Tx};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    NewUser, UserView, create::build, create::find_connection, event, event_with, view::view,
};
use crate::{Directory, administrators::find_changeable};

/// A user as an identity provider tells of him.
#[derive(Debug, Clone)]
pub struct NewIdentity {
    /// The connection to the provider; not a database connection.
    pub connection: ConnectionName,
    /// What the provider calls the user.
    pub provider_user_id: String,
    /// Whether the provider is a social network; by the connection's strategy when nothing is said.
    pub is_social: Option<bool>,
    /// The provider's access token.
    pub access_token: Option<SecretString>,
    /// The provider's refresh token.
    pub refresh_token: Option<SecretString>,
    /// How long the access token lasts, seconds.
    pub expires_in: Option<i64>,
    /// What the provider says of the user.
    pub profile_data: Metadata,
}

/// What the tokens of an identity are sealed for.
pub(super) fn token_context(identity: IdentityId) -> String {
    format!("identity_token:{identity}")
}

/// Makes a user from an identity; where the identity exists, it is brought up to date.
///
/// # Errors
/// `Forbidden`; `Invalid` on `connection` when it is unknown or a database connection, or on a
/// member of the profile data; `Conflict` on a unique field.
pub async fn create_by_identity(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    new: &NewIdentity,
) -> Result<User, Error> {
    caller.may(Action::Create, Resource::User)?;
    let connection = find_connection(tx, caller, Some(&new.connection)).await?;
    if connection.is_database() {
        return Err(Error::invalid("connection", "must not be a database connection"));
    }
    let (tenant, provider) = (caller.tenant(), &connection.strategy);
    let qualified = connection.qualified(&new.provider_user_id);
    let found = tx.users().find_by_identity(tenant, provider, &qualified).await?;
    match found {
        Some(user) => refresh(tx, caller, moment, sealer, user, &qualified, new).await,
        None => insert(tx, caller, moment, sealer, &connection, new).await,
    }
}

async fn insert(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    connection: &Connection,
    new: &NewIdentity,
) -> Result<User, Error> {
    let country = caller.tenant_context().phone_country;
    let described = DescribedUser::read(&new.profile_data, country)?;
    let new_user = NewUser {
        provider_user_id: Some(new.provider_user_id.clone()),
        username: described.username,
        email: described.email,
        email_verified: described.email_verified,
        phone: described.phone,
        phone_verified: described.phone_verified,
        profile: described.profile,
        ..NewUser::default()
    };
    let mut user = build(tx, caller, moment, connection, new_user).await?;
    if let Some(identity) = user.identities.first_mut() {
        fill(identity, sealer, new)?;
    }
    tx.users().insert(&user).await?;
    tx.events().append(&event(caller, moment, EventKind::USER_CREATED, &user)).await?;
    Ok(user)
}

async fn refresh(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    user: User,
    qualified: &str,
    new: &NewIdentity,
) -> Result<User, Error> {
    let mut user = find_changeable(tx, caller, &user.id.into()).await?;
    let wanted = |identity: &&mut Identity| identity.provider_user_id == qualified;
    if let Some(identity) = user.identities.iter_mut().find(wanted) {
        fill(identity, sealer, new)?;
        identity.updated_at = moment.now();
    }
    user.updated_at = moment.now();
    tx.users().save(&user).await?;
    user.version += 1;
    let detail = ("fields", vec!["identities".to_owned()]);
    let event = event_with(caller, moment, EventKind::USER_UPDATED, &user, detail);
    tx.events().append(&event).await?;
    Ok(user)
}

fn fill(identity: &mut Identity, sealer: &dyn Sealer, new: &NewIdentity) -> Result<(), Error> {
    let context = token_context(identity.id);
    let seal = |token: &Option<SecretString>| {
        let token = token.as_ref().map(|token| token.expose_secret().as_bytes());
        token.map(|token| sealer.seal(&context, token)).transpose()
    };
    identity.access_token = seal(&new.access_token)?;
    identity.refresh_token = seal(&new.refresh_token)?;
    identity.expires_in = new.expires_in;
    identity.is_social = new.is_social.unwrap_or(identity.is_social);
    identity.profile_data = new.profile_data.clone();
    Ok(())
}

impl Directory {
    /// Makes a user from an identity, or brings the identity up to date. See
    /// [`create_by_identity`].
    ///
    /// # Errors
    /// As [`create_by_identity`].
    pub async fn create_user_by_identity(
        &self,
        caller: &Caller,
        new: NewIdentity,
    ) -> Result<UserView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                let user = create_by_identity(tx, &caller, &moment, &*sealer, &new).await?;
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
