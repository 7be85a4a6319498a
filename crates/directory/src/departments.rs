//! Departments: create, find, change, move, delete; who sits in them and who leads them.

mod change;
mod create;
mod delete;
mod head;
mod members;
mod read;
mod user_departments;
mod view;

pub use change::{DepartmentSave, save, update};
pub use create::create;
pub use delete::delete;
pub use head::set_head;
pub use members::{add_members, remove_members};
pub(crate) use user_departments::set_of_user;
pub use user_departments::{add_of_user, remove_of_user, replace_of_user};
pub use view::{DepartmentMemberView, DepartmentView};

use std::collections::BTreeSet;

use citizenry_authz::Caller;
use citizenry_identity::{Department, DepartmentId, Error, Text, UserId};
use citizenry_storage::Tx;

use crate::{DepartmentRef, TagRef, references::Named as _};

/// A department to be made.
#[derive(Debug, Clone)]
pub struct NewDepartment {
    /// The code, unique per tenant.
    pub code: Text<80>,
    /// The name.
    pub name: Text<255>,
    /// The department that it is put under; a root without one. One that there was before the call.
    pub parent: Option<DepartmentRef>,
    /// The tags on it; at most 2,000.
    pub tags: Vec<TagRef>,
}

/// What a partial change does to a department. A field that is kept stays as it is.
#[derive(Debug, Clone)]
pub struct DepartmentChanges {
    /// The department.
    pub department: DepartmentRef,
    /// The code, unique per tenant.
    pub code: Option<Text<80>>,
    /// The name.
    pub name: Option<Text<255>>,
    /// The department that it is put under with all below it; `Some(None)` makes it a root.
    pub parent: Option<Option<DepartmentRef>>,
    /// The tags on it, in place of those that were; at most 2,000.
    pub tags: Option<Vec<TagRef>>,
}

impl DepartmentChanges {
    /// Changes to `department` that change nothing.
    pub fn of(department: impl Into<DepartmentRef>) -> Self {
        Self { department: department.into(), code: None, name: None, parent: None, tags: None }
    }
}

/// A place that a user is to have in a department.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepartmentPlace {
    /// The department.
    pub department: DepartmentRef,
    /// Whether it is his main one.
    pub is_main: bool,
    /// Whether he leads it.
    pub is_head: bool,
}

/// The department, kept from others' changes until the unit ends, or `NotFound`.
async fn find_for_update(
    tx: &mut dyn Tx,
    caller: &Caller,
    department: &DepartmentRef,
) -> Result<Department, Error> {
    let id = match department {
        DepartmentRef::Id(id) => *id,
        DepartmentRef::Number(number) => {
            let found = tx.departments().find_by_number(caller.tenant(), *number).await?;
            found.ok_or_else(|| department.not_found())?.id
        }
    };
    lock(tx, caller, id).await?.ok_or_else(|| department.not_found())
}

async fn lock(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: DepartmentId,
) -> Result<Option<Department>, Error> {
    Ok(tx.departments().find_for_update(caller.tenant(), id).await?)
}

/// Keeps the departments from others' changes until the unit ends, in the order of their
/// identifiers, so that two calls that name the same ones do not wait for each other crosswise.
async fn lock_all(
    tx: &mut dyn Tx,
    caller: &Caller,
    ids: impl IntoIterator<Item = DepartmentId>,
) -> Result<(), Error> {
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        lock(tx, caller, id).await?;
    }
    Ok(())
}

/// Keeps the departments of users who are to be deleted from others' changes until the unit ends. One
/// user's are locked in order as he is deleted.
pub(crate) async fn lock_of_users(
    tx: &mut dyn Tx,
    caller: &Caller,
    users: &[UserId],
) -> Result<(), Error> {
    if users.len() < 2 {
        return Ok(());
    }
    let there = tx.departments().memberships_of(caller.tenant(), users).await?;
    lock_all(tx, caller, there.into_iter().map(|member| member.department)).await
}
