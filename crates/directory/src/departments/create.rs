//! Create departments.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Department, DepartmentId, Error, EventKind, Moment, Number, Quota, TagTarget,
};
use citizenry_storage::Tx;

use super::{DepartmentView, NewDepartment, view::view_written};
use crate::{
    DepartmentRef, Directory, Unknown,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_BATCH, check_length, reserve},
    references::find_departments,
    tags::set_of_target,
};

/// Makes departments, all or none. None can be put under another of the same call.
///
/// # Errors
/// `Forbidden`; `Invalid` on `departments` for more than 200; `NotFound` for a parent or a tag;
/// `Conflict` on `code`, on `level`, or on a quota.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: Vec<NewDepartment>,
    rules: DialectRules,
) -> Result<Vec<Department>, Error> {
    caller.may(Action::Create, Resource::Department)?;
    check_length("departments", new.len(), MAX_BATCH)?;
    tx.departments().lock_tree(caller.tenant()).await?;
    let limits = check_room(tx, caller, new.len(), rules).await?;
    let parents = parents_of(tx, caller, &new).await?;
    let numbers = reserve(tx, new.len()).await?;
    let mut made = Vec::with_capacity(new.len());
    for ((new, parent), number) in new.into_iter().zip(parents).zip(numbers) {
        let at = Place { parent, number };
        made.push(create_one(tx, caller, moment, new, at, &limits, rules).await?);
    }
    Ok(made)
}

/// Where a new department goes, and its number.
pub(super) struct Place {
    pub(super) parent: Option<Department>,
    pub(super) number: Number,
}

/// Passes when the tenant may have `more` departments.
pub(super) async fn check_room(
    tx: &mut dyn Tx,
    caller: &Caller,
    more: usize,
    rules: DialectRules,
) -> Result<Limits, Error> {
    let limits = Limits::of(tx, caller, rules).await?;
    if limits.hold() && more > 0 {
        let there = tx.departments().count(caller.tenant()).await?;
        limits.check_sum(Quota::Departments, there, more)?;
    }
    Ok(limits)
}

/// The parents of those, each where its department stands.
pub(super) async fn parents_of<'n>(
    tx: &mut dyn Tx,
    caller: &Caller,
    new: impl IntoIterator<Item = &'n NewDepartment>,
) -> Result<Vec<Option<Department>>, Error> {
    let named: Vec<Option<DepartmentRef>> = new.into_iter().map(|it| it.parent).collect();
    let references: Vec<_> = named.iter().copied().flatten().collect();
    let found = find_departments(tx.departments(), caller.tenant(), &references).await?;
    let mut found = Unknown::Refuse.keep(&references, found)?.into_iter();
    Ok(named.into_iter().map(|parent| parent.and_then(|_| found.next())).collect())
}

pub(super) async fn create_one(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: NewDepartment,
    at: Place,
    limits: &Limits,
    rules: DialectRules,
) -> Result<Department, Error> {
    let mut department = Department {
        id: DepartmentId::generate(moment),
        number: at.number,
        tenant: caller.tenant(),
        ancestors: Vec::new(),
        code: new.code,
        name: new.name,
        member_count: 0,
        created_by: caller.user(),
        updated_by: caller.user(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    department.ancestors = department.ancestors_under(at.parent.as_ref(), 1)?;
    limits.check(Quota::DepartmentLevels, department.level())?;
    tx.departments().insert(&department).await?;
    let event = caller.event(moment, EventKind::DEPARTMENT_CREATED, department.id);
    tx.events().append(&event).await?;
    if !new.tags.is_empty() {
        let target = TagTarget::Department(department.id);
        set_of_target(tx, caller, moment, target, &new.tags, rules).await?;
    }
    Ok(department)
}

impl Directory {
    /// Makes departments, all or none. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_departments(
        &self,
        caller: &Caller,
        new: Vec<NewDepartment>,
        rules: DialectRules,
    ) -> Result<Vec<DepartmentView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let made = create(tx, &caller, &moment, new.clone(), rules).await?;
                let ids = made.iter().map(|department| department.id).collect();
                view_written(tx, &caller, ids).await
            })
            .await
    }
}
