//! Where a user stands: his departments, groups and tags, written with the user himself.

use citizenry_authz::Caller;
use citizenry_identity::{Error, Moment, TagTarget, User};
use citizenry_storage::Tx;

use crate::{
    DepartmentPlace, DialectRules, GroupRef, TagRef, departments, groups, limits::Limits, tags,
};

/// The departments, groups and tags that a user is to have. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserLinks {
    /// His departments; exactly one is the main one, unless there is none.
    pub departments: Option<Vec<DepartmentPlace>>,
    /// His groups.
    pub groups: Option<Vec<GroupRef>>,
    /// His tags.
    pub tags: Option<Vec<TagRef>>,
    /// The rules of the dialect, which also say whether the tenant's quota of users is asked for.
    pub rules: DialectRules,
}

impl UserLinks {
    /// Takes the lock that writing these asks for, which comes before the user's: see [`Limits`].
    pub(super) async fn hold_quotas(&self, tx: &mut dyn Tx, caller: &Caller) -> Result<(), Error> {
        if self.departments.is_some() || self.groups.is_some() || self.tags.is_some() {
            Limits::of(tx, caller, self.rules).await?;
        }
        Ok(())
    }
}

/// Gives the user these departments, groups and tags.
///
/// # Errors
/// Those of the functions for departments, groups and tags: `NotFound` for one that there is not;
/// `Invalid` on `departments` unless exactly one is the main one; `Conflict` on a quota or on
/// `disabled`.
pub(super) async fn set(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &User,
    links: &UserLinks,
) -> Result<(), Error> {
    let rules = links.rules;
    if let Some(places) = &links.departments {
        departments::set_of_user(tx, caller, moment, user, places, rules).await?;
    }
    if let Some(wanted) = &links.groups {
        groups::set_of_user(tx, caller, moment, user, wanted, rules).await?;
    }
    if let Some(wanted) = &links.tags {
        let target = TagTarget::User(user.id);
        tags::set_of_target(tx, caller, moment, target, wanted, rules).await?;
    }
    Ok(())
}
