//! A row and a user: the user that it makes, or the one that he becomes.

use citizenry_authz::Caller;
use citizenry_identity::{
    Email, Error, Identity, IdentityId, Metadata, Moment, Number, Profile, RowProblem, Status,
    StoredPassword, Strategy, StrategyKind, Subject, Timestamp, User, UserId,
};

use super::{
    given::{GivenIdentity, GivenPassword},
    members::refused,
    row::Row,
};

/// Takes what the one says over into the other.
macro_rules! overlay {
    ($from:expr, $into:expr, $($name:ident),*) => {
        $( if let Some(value) = &$from.$name {
            $into.$name = Some(value.clone());
        } )*
    };
}

/// The user that a row makes; without a number yet.
pub(super) fn made(row: &Row, caller: &Caller, moment: &Moment) -> Result<User, RowProblem> {
    let now = moment.now();
    let id = row.id.unwrap_or_else(|| UserId::generate(moment));
    let subject = if let Some(subject) = &row.subject {
        subject.clone()
    } else {
        let provider_user_id = row.connection.qualified(&id.to_string());
        Subject::new(row.connection.strategy.as_str(), &provider_user_id)
            .map_err(|error| refused("user_id", &error))?
    };
    let past = &row.past;
    let created_at = past.created_at.unwrap_or(now);
    let mut user = User {
        id,
        number: Number::FIRST,
        tenant: caller.tenant(),
        identities: identities(row, &subject, created_at, moment),
        subject,
        connection: row.connection.id,
        status: row.status.unwrap_or(Status::Active),
        locks: citizenry_identity::Locks::default(),
        username: None,
        email: None,
        email_verified: false,
        phone: None,
        phone_verified: false,
        external_id: None,
        profile: Profile::default(),
        user_metadata: Metadata::default(),
        app_metadata: Metadata::default(),
        signed_up_at: past.signed_up_at.unwrap_or(created_at),
        signed_up_ip: past.signed_up_ip,
        last_login_at: past.last_login_at,
        last_ip: past.last_ip,
        logins_count: past.logins_count.unwrap_or_default(),
        created_by: caller.user(),
        updated_by: caller.user(),
        version: 1,
        created_at,
        updated_at: created_at,
    };
    put(row, &mut user, now)?;
    user.updated_at = past.updated_at.or(past.created_at).unwrap_or(now);
    Ok(user)
}

/// What a user becomes by a row. The times of his past stay as they are.
pub(super) fn merged(row: &Row, stored: &User, moment: &Moment) -> Result<User, RowProblem> {
    let mut user = stored.clone();
    put(row, &mut user, moment.now())?;
    for given in &row.identities {
        let same = |identity: &&mut Identity| {
            identity.provider == given.provider
                && identity.provider_user_id == given.provider_user_id
        };
        if let Some(identity) = user.identities.iter_mut().find(same) {
            identity.profile_data = given.profile_data.clone();
        } else {
            user.identities.push(identity(given, moment.now(), moment));
        }
    }
    // A change of nothing else is none.
    user.updated_at = stored.updated_at;
    Ok(user)
}

/// Puts what a row says into a user.
fn put(row: &Row, user: &mut User, now: Timestamp) -> Result<(), RowProblem> {
    let key = |email: Option<&Email>| email.map(|email| email.key().to_owned());
    let same_email = row.email.is_none() || key(row.email.as_ref()) == key(user.email.as_ref());
    let same_phone = row.phone.is_none() || row.phone == user.phone;
    overlay!(row, user, username, email, phone, external_id);
    let verified = row.email_verified.unwrap_or(user.email_verified && same_email);
    user.email_verified = verified && user.email.is_some();
    let verified = row.phone_verified.unwrap_or(user.phone_verified && same_phone);
    user.phone_verified = verified && user.phone.is_some();
    put_profile(&row.profile, &mut user.profile);
    if let Some(metadata) = &row.user_metadata {
        user.user_metadata = metadata.clone();
    }
    if let Some(metadata) = &row.app_metadata {
        user.app_metadata = metadata.clone();
    }
    let status = |error: Error| refused("status", &error);
    if let Some(wanted) = row.status {
        user.set_status(wanted, now).map_err(status)?;
    }
    if let Some(locks) = &row.locks {
        user.locks = locks.clone();
    }
    match row.blocked {
        Some(true) => _ = user.block(now),
        Some(false) => _ = user.unblock(now).map_err(|error| refused("blocked", &error))?,
        None => {}
    }
    Ok(())
}

fn put_profile(from: &Profile, into: &mut Profile) {
    overlay!(
        from,
        into,
        name,
        given_name,
        middle_name,
        family_name,
        nickname,
        picture,
        gender,
        birthdate,
        locale,
        zoneinfo,
        profile,
        website,
        title,
        company,
        landline,
        description,
        source
    );
    overlay!(
        from.address,
        into.address,
        address,
        street_address,
        formatted,
        country,
        province,
        city,
        district,
        postal_code
    );
}

/// The identities of a user who is made: those of the row, or the one that his subject names.
fn identities(
    row: &Row,
    subject: &Subject,
    created_at: Timestamp,
    moment: &Moment,
) -> Vec<Identity> {
    if row.identities.is_empty() {
        let mut only = only_identity(subject, row.connection.id, created_at);
        only.id = IdentityId::generate(moment);
        return vec![only];
    }
    row.identities.iter().map(|given| identity(given, created_at, moment)).collect()
}

/// An identity that a row names, new; from `created_at` on where the row does not say.
fn identity(given: &GivenIdentity, created_at: Timestamp, moment: &Moment) -> Identity {
    let at = given.created_at.unwrap_or(created_at);
    Identity {
        id: IdentityId::generate(moment),
        connection: given.connection,
        provider: given.provider.clone(),
        provider_user_id: given.provider_user_id.clone(),
        is_social: given.is_social,
        access_token: None,
        refresh_token: None,
        expires_in: None,
        profile_data: given.profile_data.clone(),
        created_at: at,
        updated_at: given.updated_at.unwrap_or(at),
    }
}

/// The identity of a user of whom no other is known; its own identifier is of no meaning.
pub(crate) fn only_identity(
    subject: &Subject,
    connection: citizenry_identity::ConnectionId,
    created_at: Timestamp,
) -> Identity {
    use citizenry_identity::Id as _;
    let (provider, id) = subject.as_str().split_once('|').unwrap_or(("", subject.as_str()));
    let provider = Strategy::from_stored(provider.to_owned());
    Identity {
        id: IdentityId::from_ulid(ulid::Ulid::default()),
        connection,
        is_social: provider.kind() == StrategyKind::Social,
        provider,
        provider_user_id: id.to_owned(),
        access_token: None,
        refresh_token: None,
        expires_in: None,
        profile_data: Metadata::default(),
        created_at,
        updated_at: created_at,
    }
}

/// The password that a user gets by a row; none when he keeps the one that he has. A user who has
/// signed in keeps his: it may have been changed or hashed anew since the file was written.
pub(super) fn password(
    given: Option<&GivenPassword>,
    stored: Option<&StoredPassword>,
    user: &User,
    now: Timestamp,
) -> Option<StoredPassword> {
    let given = given?;
    let wanted = StoredPassword {
        hash: given.hash.clone(),
        must_change: given.must_change,
        changed_at: given.set_at.unwrap_or(now),
        expires_at: given.expires_at,
        strength: given.strength,
    };
    match stored {
        Some(stored) if stored.hash == wanted.hash || user.logins_count > 0 => None,
        Some(_) | None => Some(wanted),
    }
}
