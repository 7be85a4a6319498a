//! Delete departments.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Error, EventKind, Moment};
use citizenry_storage::Tx;
use serde_json::Value;

use super::{lock, lock_all};
use crate::{
    DepartmentRef, Directory, Unknown,
    limits::{MAX_BATCH, check_length},
    references::find_departments,
};

/// Deletes departments with all below them, their memberships and tags, all or none.
///
/// # Errors
/// `Forbidden`; `Invalid` on `departments` for more than 200; `NotFound` as `unknown` says.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    departments: &[DepartmentRef],
    unknown: Unknown,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Department)?;
    check_length("departments", departments.len(), MAX_BATCH)?;
    tx.departments().lock_tree(caller.tenant()).await?;
    let found = find_departments(tx.departments(), caller.tenant(), departments).await?;
    let mut found = unknown.keep(departments, found)?;
    lock_all(tx, caller, found.iter().map(|department| department.id)).await?;
    // Those above first: what is below one that is named goes with it.
    found.sort_by_key(|department| (department.level(), department.id));
    for named in found {
        let Some(department) = lock(tx, caller, named.id).await? else { continue };
        let many = tx.departments().delete_subtree(&department).await?;
        let kind = EventKind::DEPARTMENT_DELETED;
        let detail = ("departments", Value::from(many));
        let event = caller.event_with(moment, kind, department.id, detail);
        tx.events().append(&event).await?;
    }
    Ok(())
}

impl Directory {
    /// Deletes departments with all below them, all or none. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_departments(
        &self,
        caller: &Caller,
        departments: Vec<DepartmentRef>,
        unknown: Unknown,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| delete(tx, &caller, &moment, &departments, unknown).await)
            .await
    }
}
