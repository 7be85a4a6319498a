//! Change a user.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    AccountState, Email, Error, EventKind, LockReason, Metadata, Moment, PasswordPolicy, Patch,
    Phone, ProfileChanges, StoredPassword, Text, TicketKind, User, Username,
};
use citizenry_storage::{Tx, end_access, replace_password};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{
    NewPassword, UserLinks, UserRef, UserView, administrator, event, event_with, links, view::view,
};
use crate::{
    Directory,
    administrators::{check_one_remains, find_changeable},
};

/// What a change does to free data.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataChange {
    /// It becomes this.
    Replace(Metadata),
    /// The first level is merged; a key set to null goes.
    Merge(Map<String, Value>),
}

impl MetadataChange {
    fn apply(self, field: &'static str, metadata: &mut Metadata) -> Result<(), Error> {
        *metadata = match self {
            Self::Replace(new) => new,
            Self::Merge(changes) => metadata.merged(field, changes)?,
        };
        Ok(())
    }
}

/// What a partial change does to a user. A field that is kept stays as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// The username.
    pub username: Patch<Username>,
    /// The email address. A new one is not verified unless the change says so.
    pub email: Patch<Email>,
    /// Whether it is known to be the user's.
    pub email_verified: Option<bool>,
    /// The phone number. A new one is not verified unless the change says so.
    pub phone: Patch<Phone>,
    /// Whether it is known to be the user's.
    pub phone_verified: Option<bool>,
    /// The password. Hashed before the unit of work begins.
    pub password: Option<SecretString>,
    /// Whether the password must be changed at the next sign-in.
    pub must_change_password: Option<bool>,
    /// Who the person is.
    pub profile: ProfileChanges,
    /// Free data that the user may edit.
    pub user_metadata: Option<MetadataChange>,
    /// Free data that only the tenant may edit.
    pub app_metadata: Option<MetadataChange>,
    /// Two-state doors' word for locks and status: `true` opens an administrator's lock, `false`
    /// lifts every lock and activates. Writing what would be read changes nothing.
    pub blocked: Option<bool>,
    /// What the customer's own system calls the user.
    pub external_id: Patch<Text<255>>,
    /// Whether to mail the user how to show that the address is his, unless it is verified.
    pub verify_email: bool,
    /// Three-state doors' word for locks and status. Writing what would be read changes nothing.
    pub state: Option<AccountState>,
    /// Suspends, or activates from suspended or deactivated. Locks stay as they are.
    pub enabled: Option<bool>,
    /// Makes him an administrator of the tenant, or makes him none. For the one the caller must
    /// hold all that an administrator holds.
    pub administrator: Option<bool>,
    /// His departments, groups and tags.
    pub links: UserLinks,
    /// What the password must be like beside what the tenant and the connection ask.
    pub password_policy: Option<PasswordPolicy>,
}

/// Changes a user. `password` is made from `changes.password`. A change that comes to nothing
/// writes nothing. A change that ends the user's access, and a new password, end his sessions and
/// refresh tokens; a new email address ends the tickets that were mailed to the old one.
///
/// # Errors
/// `Forbidden`; `NotFound`, also for a department, group or tag; `Invalid`; `Conflict` on a unique
/// field, on `status` when a final one stands against the change, on a quota, or on
/// `last_administrator`.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    changes: UserChanges,
    password: Option<NewPassword>,
) -> Result<User, Error> {
    caller.may(Action::Update, Resource::User)?;
    changes.links.hold_quotas(tx, caller).await?;
    let user = find_changeable(tx, caller, user).await?;
    change(tx, caller, moment, user, changes, password).await
}

/// As [`update`], for who has been let in already, and a user who is kept from others' changes.
pub(super) async fn change(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    before: User,
    changes: UserChanges,
    password: Option<NewPassword>,
) -> Result<User, Error> {
    let now = moment.now();
    let (must_change, administrator) = (changes.must_change_password, changes.administrator);
    let links = changes.links.clone();
    let mut user = before.clone();
    apply(&mut user, changes, moment)?;
    if before.can_sign_in(now) && !user.can_sign_in(now) {
        check_one_remains(tx, user.tenant, &[user.id], now).await?;
    }
    if password.is_some() {
        // Whoever could not remember the old one may try the new one at once.
        user.lift_lock(LockReason::FailedAttempts, now);
    }
    save(tx, caller, moment, &before, &mut user).await?;
    if password.is_some() {
        end_access(tx, &user, moment).await?;
    }
    if before.email.as_ref().map(Email::key) != user.email.as_ref().map(Email::key) {
        end_mailed_tickets(tx, &user).await?;
    }
    set_password(tx, caller, moment, &user, password, must_change).await?;
    if let Some(wanted) = administrator {
        administrator::set(tx, caller, moment, &user, wanted).await?;
    }
    links::set(tx, caller, moment, &user, &links).await?;
    Ok(user)
}

/// Writes what differs between the two, tells of it, and ends the user's sessions and refresh
/// tokens if that ends his access. Nothing when nothing differs.
pub(super) async fn save(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    before: &User,
    user: &mut User,
) -> Result<(), Error> {
    let changed = changed_fields(before, user);
    if changed.is_empty() {
        return Ok(());
    }
    user.updated_at = moment.now();
    user.updated_by = caller.user();
    tx.users().save(user).await?;
    user.version += 1;
    let event = event_with(caller, moment, EventKind::USER_UPDATED, user, ("fields", changed));
    tx.events().append(&event).await?;
    if before.keeps_access(moment.now()) && !user.keeps_access(moment.now()) {
        end_access(tx, user, moment).await?;
    }
    Ok(())
}

async fn end_mailed_tickets(tx: &mut dyn Tx, user: &User) -> Result<(), Error> {
    for kind in [TicketKind::PasswordReset, TicketKind::EmailVerification] {
        tx.tickets().delete_of_user(user.tenant, user.id, kind).await?;
    }
    Ok(())
}

async fn set_password(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    new: Option<NewPassword>,
    must_change: Option<bool>,
) -> Result<(), Error> {
    let must_change_now = must_change.unwrap_or_default();
    if let Some(new) = new {
        let password = new.stored(must_change_now, moment.now());
        replace_password(tx, user.tenant, user.id, &password, new.keep).await?;
    } else {
        if must_change.is_none() {
            return Ok(());
        }
        let old = tx.passwords().find(user.tenant, user.id).await?;
        let Some(old) = old.filter(|old| old.must_change != must_change_now) else { return Ok(()) };
        let password = StoredPassword { must_change: must_change_now, ..old };
        tx.passwords().set(user.tenant, user.id, &password).await?;
    }
    let kind = EventKind::USER_PASSWORD_CHANGED;
    Ok(tx.events().append(&event(caller, moment, kind, user)).await?)
}

fn apply(user: &mut User, changes: UserChanges, moment: &Moment) -> Result<(), Error> {
    let same_email = match &changes.email {
        Patch::Keep => true,
        Patch::Clear => user.email.is_none(),
        Patch::Set(new) => user.email.as_ref().is_some_and(|old| old.key() == new.key()),
    };
    let same_phone = match &changes.phone {
        Patch::Keep => true,
        Patch::Clear => user.phone.is_none(),
        Patch::Set(new) => user.phone.as_ref() == Some(new),
    };
    changes.username.apply(&mut user.username);
    changes.email.apply(&mut user.email);
    changes.phone.apply(&mut user.phone);
    let verified = changes.email_verified.unwrap_or(user.email_verified && same_email);
    user.email_verified = verified && user.email.is_some();
    let verified = changes.phone_verified.unwrap_or(user.phone_verified && same_phone);
    user.phone_verified = verified && user.phone.is_some();
    changes.external_id.apply(&mut user.external_id);
    changes.profile.apply(&mut user.profile);
    if let Some(change) = changes.user_metadata {
        change.apply("user_metadata", &mut user.user_metadata)?;
    }
    if let Some(change) = changes.app_metadata {
        change.apply("app_metadata", &mut user.app_metadata)?;
    }
    match changes.blocked {
        Some(true) => _ = user.block(moment.now()),
        Some(false) => _ = user.unblock(moment.now())?,
        None => {}
    }
    if let Some(enabled) = changes.enabled {
        user.set_enabled(enabled, moment.now())?;
    }
    if let Some(state) = changes.state {
        user.set_account_state(state, moment.now())?;
    }
    Ok(())
}

/// The names of the fields in which the two differ; never their values.
fn changed_fields(before: &User, after: &User) -> Vec<String> {
    let fields = [
        ("username", before.username != after.username),
        ("email", before.email != after.email),
        ("email_verified", before.email_verified != after.email_verified),
        ("phone", before.phone != after.phone),
        ("phone_verified", before.phone_verified != after.phone_verified),
        ("external_id", before.external_id != after.external_id),
        ("profile", before.profile != after.profile),
        ("user_metadata", before.user_metadata != after.user_metadata),
        ("app_metadata", before.app_metadata != after.app_metadata),
        ("status", before.status != after.status),
        ("locks", before.locks != after.locks),
    ];
    fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

impl Directory {
    /// Changes a user. See [`update`].
    ///
    /// # Errors
    /// As [`update`]; `Invalid` on `password` when it breaks the policy of the tenant or the
    /// connection; `Unavailable` when too many passwords wait to be hashed.
    pub async fn update_user(
        &self,
        caller: &Caller,
        user: &UserRef,
        changes: UserChanges,
    ) -> Result<UserView, Error> {
        caller.may(Action::Update, Resource::User)?;
        let password = self.password_of_existing(caller, user, &changes).await?;
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        let mailing = self.mailing();
        self.storage
            .transact(async move |tx| {
                let verify_email = changes.verify_email;
                let (changes, password) = (changes.clone(), password.clone());
                let user = update(tx, &caller, &moment, &user, changes, password).await?;
                if verify_email {
                    mailing.order_verification(tx, &user, None, &moment).await?;
                }
                view(tx.connections(), caller.tenant(), user).await
            })
            .await
    }
}
