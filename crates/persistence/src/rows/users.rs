//! `users`, `identities`, `user_locks`, `passwords` and `password_history`.

use std::net::IpAddr;

use citizenry_identity::{
    Email, Identity, Lock, LockReason, LockWindow, PasswordHash, PasswordStrength, Phone, Profile,
    Status, StoredPassword, Strategy, Subject, TenantId, Text, Timestamp, User, UserId, Username,
};
use citizenry_storage::{Result, StorageError};
use diesel::prelude::*;
use serde::Serialize;

use super::{Column, document, optional, stored};
use crate::{
    schema,
    types::{DbId, DbJson, DbTime},
};

/// 0001-01-01T00:00:00Z, microseconds: what `last_login_key` is for a user who never signed in.
const NEVER: i64 = -62_135_596_800_000_000;

/// The key that users are ordered by for the time of their last sign-in.
pub(crate) fn last_login_key(at: Option<Timestamp>) -> DbTime {
    let key = at.or_else(|| Timestamp::from_unix_micros(NEVER));
    // The day is in the calendar.
    DbTime(key.unwrap_or_else(|| Timestamp::new(time::OffsetDateTime::UNIX_EPOCH)))
}

/// What a text is compared by: folded and cut.
pub(crate) fn key_of(text: &str) -> String {
    citizenry_storage::text_key(text)
}

fn text_key(text: Option<&Text<255>>) -> String {
    text.map(|text| key_of(text)).unwrap_or_default()
}

/// What conditions compare of a user besides the columns; what has no value is absent.
#[derive(Serialize)]
struct Keys<'u> {
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    landline: Option<String>,
}

impl<'u> Keys<'u> {
    fn new(user: &'u User) -> Self {
        let profile = &user.profile;
        Self {
            phone: user.phone.as_ref().map(Phone::national),
            given_name: profile.given_name.as_deref().map(key_of),
            family_name: profile.family_name.as_deref().map(key_of),
            title: profile.title.as_deref().map(key_of),
            landline: profile.landline.as_deref().map(key_of),
        }
    }
}

/// The key that users are ordered by for their name.
pub(crate) fn name_key(profile: &Profile) -> String {
    text_key(profile.name.as_ref())
}

/// A user without identities and locks.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::users, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct UserRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) number: i64,
    pub(crate) subject: String,
    pub(crate) connection_id: DbId,
    pub(crate) status: String,
    pub(crate) username: Option<String>,
    pub(crate) username_key: Option<String>,
    pub(crate) email: Option<String>,
    /// `''` without an address.
    pub(crate) email_key: String,
    pub(crate) email_verified: bool,
    /// E.164.
    pub(crate) phone: Option<String>,
    pub(crate) phone_country_code: Option<i32>,
    pub(crate) phone_verified: bool,
    pub(crate) external_id: Option<String>,
    /// The name, folded and cut; `''` without one.
    pub(crate) name_key: String,
    /// The nickname, folded and cut, to search in; `''` without one.
    pub(crate) nickname_key: String,
    pub(crate) profile: DbJson,
    pub(crate) user_metadata: DbJson,
    pub(crate) app_metadata: DbJson,
    pub(crate) signed_up_at: DbTime,
    pub(crate) signed_up_ip: Option<String>,
    pub(crate) last_login_at: Option<DbTime>,
    /// [`last_login_key`].
    pub(crate) last_login_key: DbTime,
    pub(crate) last_ip: Option<String>,
    pub(crate) logins_count: i64,
    pub(crate) version: i64,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
    pub(crate) created_by: Option<DbId>,
    pub(crate) updated_by: Option<DbId>,
    /// [`Keys`].
    pub(crate) keys: DbJson,
}

fn column(name: &'static str) -> Column {
    Column("users", name)
}

impl UserRow {
    pub(crate) fn new(user: &User) -> Result<Self> {
        Ok(Self {
            tenant_id: user.tenant.into(),
            id: user.id.into(),
            number: user.number.get(),
            subject: user.subject.as_str().to_owned(),
            connection_id: user.connection.into(),
            status: user.status.as_str().to_owned(),
            username: user.username.as_ref().map(|name| name.as_str().to_owned()),
            username_key: user.username.as_ref().map(|name| name.key().to_owned()),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            email_key: user.email.as_ref().map(|email| email.key().to_owned()).unwrap_or_default(),
            email_verified: user.email_verified,
            phone: user.phone.as_ref().map(|phone| phone.e164().to_owned()),
            phone_country_code: user.phone.as_ref().map(|phone| phone.country_code().into()),
            phone_verified: user.phone_verified,
            external_id: optional(user.external_id.as_ref()),
            name_key: name_key(&user.profile),
            nickname_key: text_key(user.profile.nickname.as_ref()),
            profile: document(&user.profile)?,
            user_metadata: stored(&user.user_metadata)?,
            app_metadata: stored(&user.app_metadata)?,
            signed_up_at: user.signed_up_at.into(),
            signed_up_ip: user.signed_up_ip.map(|ip: IpAddr| ip.to_string()),
            last_login_at: user.last_login_at.map(DbTime),
            last_login_key: last_login_key(user.last_login_at),
            last_ip: user.last_ip.map(|ip| ip.to_string()),
            logins_count: user.logins_count,
            version: user.version,
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
            created_by: user.created_by.map(DbId::from),
            updated_by: user.updated_by.map(DbId::from),
            keys: document(&Keys::new(user))?,
        })
    }

    /// The user with identities and locks, which are in order already.
    pub(crate) fn model(self, identities: Vec<Identity>, locks: Vec<Lock>) -> Result<User> {
        Ok(User {
            id: self.id.typed(),
            number: column("number").number(self.number)?,
            tenant: self.tenant_id.typed(),
            subject: Subject::from_stored(self.subject),
            connection: self.connection_id.typed(),
            status: column("status").word(&self.status, Status::parse)?,
            locks: locks.into_iter().collect(),
            username: both("username", self.username, self.username_key)?
                .map(|(typed, key)| Username::from_stored(typed, key)),
            email: self.email.map(|typed| Email::from_stored(typed, self.email_key)),
            email_verified: self.email_verified,
            phone: phone(self.phone, self.phone_country_code)?,
            phone_verified: self.phone_verified,
            external_id: self.external_id.map(Text::from_stored),
            profile: column("profile").read(&self.profile)?,
            user_metadata: column("user_metadata").metadata(&self.user_metadata)?,
            app_metadata: column("app_metadata").metadata(&self.app_metadata)?,
            identities,
            signed_up_at: self.signed_up_at.into(),
            signed_up_ip: column("signed_up_ip").address(self.signed_up_ip)?,
            last_login_at: self.last_login_at.map(Timestamp::from),
            last_ip: column("last_ip").address(self.last_ip)?,
            logins_count: self.logins_count,
            created_by: self.created_by.map(DbId::typed),
            updated_by: self.updated_by.map(DbId::typed),
            version: self.version,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// Two columns that are both there or both absent.
fn both<A, B>(name: &'static str, first: Option<A>, second: Option<B>) -> Result<Option<(A, B)>> {
    match (first, second) {
        (Some(first), Some(second)) => Ok(Some((first, second))),
        (None, None) => Ok(None),
        _ => Err(StorageError::inconsistent("users", name, "half of it is missing")),
    }
}

fn phone(e164: Option<String>, country_code: Option<i32>) -> Result<Option<Phone>> {
    both("phone", e164, country_code)?
        .map(|(e164, code)| {
            Ok(Phone::from_stored(e164, column("phone_country_code").fitting(code)?))
        })
        .transpose()
}

/// One way in of a user.
#[derive(Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = schema::identities, primary_key(tenant_id, id), treat_none_as_null = true)]
pub(crate) struct IdentityRow {
    pub(crate) tenant_id: DbId,
    pub(crate) id: DbId,
    pub(crate) user_id: DbId,
    /// Where it stands among the identities of its user.
    pub(crate) position: i64,
    pub(crate) connection_id: DbId,
    pub(crate) provider: String,
    pub(crate) provider_user_id: String,
    pub(crate) is_social: bool,
    pub(crate) access_token: Option<Vec<u8>>,
    pub(crate) refresh_token: Option<Vec<u8>>,
    pub(crate) expires_in: Option<i64>,
    pub(crate) profile_data: DbJson,
    pub(crate) created_at: DbTime,
    pub(crate) updated_at: DbTime,
}

impl IdentityRow {
    /// The rows of a user's identities.
    pub(crate) fn all(user: &User) -> Result<Vec<Self>> {
        (0..)
            .zip(&user.identities)
            .map(|(position, identity)| Self::new(user, position, identity))
            .collect()
    }

    fn new(user: &User, position: i64, identity: &Identity) -> Result<Self> {
        Ok(Self {
            tenant_id: user.tenant.into(),
            id: identity.id.into(),
            user_id: user.id.into(),
            position,
            connection_id: identity.connection.into(),
            provider: identity.provider.as_str().to_owned(),
            provider_user_id: identity.provider_user_id.clone(),
            is_social: identity.is_social,
            access_token: identity.access_token.clone(),
            refresh_token: identity.refresh_token.clone(),
            expires_in: identity.expires_in,
            profile_data: stored(&identity.profile_data)?,
            created_at: identity.created_at.into(),
            updated_at: identity.updated_at.into(),
        })
    }

    pub(crate) fn model(self) -> Result<Identity> {
        Ok(Identity {
            id: self.id.typed(),
            connection: self.connection_id.typed(),
            provider: Strategy::from_stored(self.provider),
            provider_user_id: self.provider_user_id,
            is_social: self.is_social,
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            expires_in: self.expires_in,
            profile_data: Column("identities", "profile_data").metadata(&self.profile_data)?,
            created_at: self.created_at.into(),
            updated_at: self.updated_at.into(),
        })
    }
}

/// A lock of a user.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::user_locks)]
pub(crate) struct LockRow {
    pub(crate) tenant_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) reason: String,
    pub(crate) locked_from: DbTime,
    pub(crate) locked_until: Option<DbTime>,
}

impl LockRow {
    /// The rows of a user's locks.
    pub(crate) fn all(user: &User) -> Vec<Self> {
        let row = |lock: &Lock| Self {
            tenant_id: user.tenant.into(),
            user_id: user.id.into(),
            reason: lock.reason.as_str().to_owned(),
            locked_from: lock.window.from.into(),
            locked_until: lock.window.until.map(DbTime),
        };
        user.locks.iter().map(row).collect()
    }

    pub(crate) fn model(self) -> Result<Lock> {
        Ok(Lock {
            reason: Column("user_locks", "reason").word(&self.reason, LockReason::parse)?,
            window: LockWindow {
                from: self.locked_from.into(),
                until: self.locked_until.map(Timestamp::from),
            },
        })
    }
}

/// The password of a user.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = schema::passwords,
    primary_key(tenant_id, user_id),
    treat_none_as_null = true
)]
pub(crate) struct PasswordRow {
    pub(crate) tenant_id: DbId,
    pub(crate) user_id: DbId,
    pub(crate) hash: String,
    pub(crate) must_change: bool,
    pub(crate) changed_at: DbTime,
    pub(crate) expires_at: Option<DbTime>,
    pub(crate) strength: String,
}

impl PasswordRow {
    pub(crate) fn new(tenant: TenantId, user: UserId, password: &StoredPassword) -> Self {
        Self {
            tenant_id: tenant.into(),
            user_id: user.into(),
            hash: password.hash.as_str().to_owned(),
            must_change: password.must_change,
            changed_at: password.changed_at.into(),
            expires_at: password.expires_at.map(DbTime),
            strength: password.strength.as_str().to_owned(),
        }
    }

    pub(crate) fn model(self) -> Result<StoredPassword> {
        Ok(StoredPassword {
            hash: PasswordHash::new(self.hash),
            must_change: self.must_change,
            changed_at: self.changed_at.into(),
            expires_at: self.expires_at.map(Timestamp::from),
            strength: Column("passwords", "strength")
                .word(&self.strength, PasswordStrength::parse)?,
        })
    }
}

/// A password that a user has had.
#[derive(Insertable)]
#[diesel(table_name = schema::password_history)]
pub(crate) struct PastPasswordRow {
    pub(crate) tenant_id: DbId,
    pub(crate) user_id: DbId,
    /// Counts from the first one that was remembered.
    pub(crate) position: i64,
    pub(crate) hash: String,
    pub(crate) changed_at: DbTime,
}

impl PastPasswordRow {
    pub(crate) fn new(
        tenant: TenantId,
        user: UserId,
        position: i64,
        password: &StoredPassword,
    ) -> Self {
        Self {
            tenant_id: tenant.into(),
            user_id: user.into(),
            position,
            hash: password.hash.as_str().to_owned(),
            changed_at: password.changed_at.into(),
        }
    }
}
