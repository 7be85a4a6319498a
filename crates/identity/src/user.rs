//! Users: one person or account of a tenant, and the pure rules of their state.

mod account_state;
mod identity;
mod lock;
mod password;
mod profile;
mod profile_changes;
mod profile_data;
mod status;

use std::{fmt, net::IpAddr};

pub use self::{
    account_state::AccountState,
    identity::Identity,
    lock::{Lock, LockReason, LockWindow, Locks},
    password::{PasswordHash, PasswordStrength, StoredPassword},
    profile::{Address, Gender, Profile},
    profile_changes::ProfileChanges,
    profile_data::DescribedUser,
    status::Status,
};
use crate::{
    ConnectionId, Email, Error, Kind, Metadata, Number, PasswordPolicy, Phone, TenantId, Text,
    Timestamp, UserId, Username,
};

/// What a user is known by in tokens (`sub`) and in Authok's dialect (`user_id`):
/// `<provider>|<provider's user id>` of the identity it began with. Unique per tenant, at most
/// 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// The subject of the user whose first identity is `provider_user_id` at `provider`.
    ///
    /// # Errors
    /// `Invalid` on `user_id` when the id is empty, too long, or holds blanks or control characters.
    pub fn new(provider: &str, provider_user_id: &str) -> Result<Self, Error> {
        let legal = |c: char| !c.is_control() && !c.is_whitespace();
        let text = format!("{provider}|{provider_user_id}");
        if provider_user_id.is_empty() || text.len() > 255 || !text.chars().all(legal) {
            return Err(Error::invalid(
                "user_id",
                "must be at most 255 bytes with its provider, without blanks and control characters",
            ));
        }
        Ok(Self(text))
    }

    /// A subject that a caller asks for or that the database holds; not checked.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The subject.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a password should not be made of: the username, the names, the email address and the part of
/// it before the `@`, and the phone number without its country.
pub fn personal_data(
    username: Option<&Username>,
    email: Option<&Email>,
    phone: Option<&Phone>,
    profile: &Profile,
) -> Vec<String> {
    let local_part =
        email.and_then(|email| email.as_str().rsplit_once('@')).map(|(local, _)| local);
    [
        username.map(Username::as_str),
        email.map(Email::as_str),
        local_part,
        phone.map(Phone::national),
        profile.name.as_deref(),
        profile.given_name.as_deref(),
        profile.middle_name.as_deref(),
        profile.family_name.as_deref(),
        profile.nickname.as_deref(),
    ]
    .into_iter()
    .flatten()
    .map(str::to_owned)
    .collect()
}

/// One person, or one account, of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The identifier.
    pub id: UserId,
    /// The number.
    pub number: Number,
    /// The tenant.
    pub tenant: TenantId,
    /// What the user is known by in tokens.
    pub subject: Subject,
    /// The connection in which username, email and phone are unique: that of the first identity.
    pub connection: ConnectionId,
    /// Where the account stands in its life.
    pub status: Status,
    /// What keeps the user from signing in for a while.
    pub locks: Locks,
    /// The username, unique per connection.
    pub username: Option<Username>,
    /// The email address, unique per connection.
    pub email: Option<Email>,
    /// Whether the user has shown that the address is his.
    pub email_verified: bool,
    /// The phone number, unique per connection.
    pub phone: Option<Phone>,
    /// Whether the user has shown that the number is his.
    pub phone_verified: bool,
    /// What the customer's own system calls the user; unique per tenant.
    pub external_id: Option<Text<255>>,
    /// Who the person is.
    pub profile: Profile,
    /// Free data that the user may edit.
    pub user_metadata: Metadata,
    /// Free data that only the tenant may edit.
    pub app_metadata: Metadata,
    /// The ways in; the first is the one the user began with.
    pub identities: Vec<Identity>,
    /// When the account was signed up for.
    pub signed_up_at: Timestamp,
    /// Where from.
    pub signed_up_ip: Option<IpAddr>,
    /// When the user last signed in.
    pub last_login_at: Option<Timestamp>,
    /// The address of the last sign-in; that of the sign-up before the first.
    pub last_ip: Option<IpAddr>,
    /// How often the user has signed in.
    pub logins_count: i64,
    /// The user who made it; none when it was no user of the tenant.
    pub created_by: Option<UserId>,
    /// The user who last changed it; none when it was no user of the tenant.
    pub updated_by: Option<UserId>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether the user may sign in at `now`: active, and no lock's window contains it.
    pub fn can_sign_in(&self, now: Timestamp) -> bool {
        self.status == Status::Active && !self.locks.contain(now)
    }

    /// Whether the user's sessions and tokens are good at `now`: active, and no lock's window
    /// contains it but one for failed attempts. Those anybody can bring about, so they stop
    /// passwords alone and put nobody out who is in already.
    pub fn keeps_access(&self, now: Timestamp) -> bool {
        let stops =
            |lock: &Lock| lock.reason != LockReason::FailedAttempts && lock.window.contains(now);
        self.status == Status::Active && !self.locks.iter().any(stops)
    }

    /// Whether a two-state door shows the user as blocked: a window contains `now`, or the status
    /// is not active.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        !self.can_sign_in(now)
    }

    /// Opens an administrator's lock. A user who is blocked already stays as he is, so that a door
    /// that writes the value it would read changes nothing.
    ///
    /// Returns whether anything changed.
    pub fn block(&mut self, now: Timestamp) -> bool {
        if self.is_blocked(now) {
            return false;
        }
        self.lock(LockReason::Admin, LockWindow { from: now, until: None }, now);
        true
    }

    /// Lifts every lock and activates the account. A user who is not blocked stays as he is.
    ///
    /// Returns whether anything changed.
    ///
    /// # Errors
    /// `Conflict` on `status` for a resigned or archived user: both are final.
    pub fn unblock(&mut self, now: Timestamp) -> Result<bool, Error> {
        if !self.is_blocked(now) {
            return Ok(false);
        }
        self.set_status(Status::Active, now)?;
        self.locks = Locks::default();
        Ok(true)
    }

    /// Opens a lock; one of the same reason is replaced.
    pub fn lock(&mut self, reason: LockReason, window: LockWindow, now: Timestamp) {
        self.locks.set(Lock { reason, window });
        self.updated_at = now;
    }

    /// Lifts the lock of one reason. Returns whether there was one.
    pub fn lift_lock(&mut self, reason: LockReason, now: Timestamp) -> bool {
        let lifted = self.locks.remove(reason);
        if lifted {
            self.updated_at = now;
        }
        lifted
    }

    /// Lifts every lock. Returns whether there was one.
    pub fn lift_locks(&mut self, now: Timestamp) -> bool {
        if self.locks.is_empty() {
            return false;
        }
        self.locks = Locks::default();
        self.updated_at = now;
        true
    }

    /// Moves the account to `status`.
    ///
    /// # Errors
    /// `Conflict` on `status` when the present one is final.
    pub fn set_status(&mut self, status: Status, now: Timestamp) -> Result<(), Error> {
        if self.status == status {
            return Ok(());
        }
        if self.status.is_final() {
            return Err(Error::conflict(Kind::User, "status"));
        }
        self.status = status;
        self.updated_at = now;
        Ok(())
    }

    /// What is known of the person that a password should not be made of. See [`personal_data`].
    pub fn personal_data(&self) -> Vec<String> {
        personal_data(
            self.username.as_ref(),
            self.email.as_ref(),
            self.phone.as_ref(),
            &self.profile,
        )
    }

    /// The same under a policy that may refuse the user's number, too.
    pub fn personal_data_under(&self, policy: &PasswordPolicy) -> Vec<String> {
        let mut data = self.personal_data();
        if policy.refuse_user_number {
            data.push(self.number.to_string());
        }
        data
    }

    /// The name to show: the name, else given and family name, else nickname, username, email, phone.
    pub fn display_name(&self) -> String {
        let profile = &self.profile;
        let full_name = profile.full_name();
        [
            full_name.as_deref(),
            profile.nickname.as_deref(),
            self.username.as_ref().map(Username::as_str),
            self.email.as_ref().map(Email::as_str),
            self.phone.as_ref().map(Phone::e164),
        ]
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_default()
        .to_owned()
    }
}
