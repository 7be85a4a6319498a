//! Change and move departments.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{Department, DepartmentId, Error, EventKind, Moment, Quota, TagTarget};
use citizenry_storage::Tx;
use serde_json::Value;

use super::{
    DepartmentChanges, DepartmentView, NewDepartment,
    create::{Place, check_room, create_one, parents_of},
    find_for_update, lock_all,
    view::view_written,
};
use crate::{
    DepartmentRef, Directory, Unknown,
    dialect_rules::DialectRules,
    limits::{Limits, MAX_BATCH, check_length, reserve},
    references::{check_distinct, find_department, find_departments},
    tags::set_of_target,
};

/// One entry of a call that makes and changes departments at once.
#[derive(Debug, Clone)]
pub enum DepartmentSave {
    /// A department to be made, under one that there was before the call.
    New(NewDepartment),
    /// A department to be changed.
    Existing(DepartmentChanges),
}

/// Changes and moves departments, all or none. Each is judged in the state that those before it
/// have left.
///
/// # Errors
/// `Forbidden`; `Invalid` on `departments` for more than 200 or for one that comes twice;
/// `NotFound` for a department, a parent or a tag; `Conflict` on `code`, on `parent` for a cycle, on
/// `level`, or on a quota.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    changes: Vec<DepartmentChanges>,
    rules: DialectRules,
) -> Result<Vec<DepartmentId>, Error> {
    let saves = changes.into_iter().map(DepartmentSave::Existing).collect();
    save(tx, caller, moment, saves, rules).await
}

/// Makes and changes departments, all or none, in their order.
///
/// # Errors
/// As [`update`] and [`super::create`].
pub async fn save(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    saves: Vec<DepartmentSave>,
    rules: DialectRules,
) -> Result<Vec<DepartmentId>, Error> {
    let existing = saves.iter().filter(|it| matches!(it, DepartmentSave::Existing(_))).count();
    let new = saves.len() - existing;
    if existing > 0 {
        caller.may(Action::Update, Resource::Department)?;
    }
    if new > 0 {
        caller.may(Action::Create, Resource::Department)?;
    }
    check_length("departments", saves.len(), MAX_BATCH)?;
    tx.departments().lock_tree(caller.tenant()).await?;
    let limits = check_room(tx, caller, new, rules).await?;
    let mut numbers = reserve(tx, new).await?.into_iter();
    lock_named(tx, caller, &saves).await?;
    let mut saved = Vec::with_capacity(saves.len());
    for save in saves {
        saved.push(match save {
            DepartmentSave::New(new) => {
                let parent = parents_of(tx, caller, [&new]).await?.into_iter().next().flatten();
                let Some(number) = numbers.next() else { continue };
                let at = Place { parent, number };
                create_one(tx, caller, moment, new, at, &limits, rules).await?.id
            }
            DepartmentSave::Existing(changes) => {
                update_one(tx, caller, moment, changes, &limits, rules).await?
            }
        });
    }
    Ok(saved)
}

/// Keeps those that are to be changed from others' changes until the unit ends. Passes when all of
/// them are there, and none comes twice.
async fn lock_named(
    tx: &mut dyn Tx,
    caller: &Caller,
    saves: &[DepartmentSave],
) -> Result<(), Error> {
    let references: Vec<DepartmentRef> = saves
        .iter()
        .filter_map(|save| match save {
            DepartmentSave::Existing(changes) => Some(changes.department),
            DepartmentSave::New(_) => None,
        })
        .collect();
    let found = find_departments(tx.departments(), caller.tenant(), &references).await?;
    let found = Unknown::Refuse.keep(&references, found)?;
    check_distinct("departments", &found, |department| department.id)?;
    lock_all(tx, caller, found.into_iter().map(|department| department.id)).await
}

async fn update_one(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    changes: DepartmentChanges,
    limits: &Limits,
    rules: DialectRules,
) -> Result<DepartmentId, Error> {
    let reference = changes.department;
    let mut department = find_for_update(tx, caller, &reference).await?;
    let mut fields = Vec::new();
    if let Some(parent) = changes.parent
        && move_to(tx, caller, &department, parent, limits).await?
    {
        fields.push("parent");
        department = find_for_update(tx, caller, &reference).await?;
    }
    if let Some(code) = changes.code.filter(|code| *code != department.code) {
        fields.push("code");
        department.code = code;
    }
    if let Some(name) = changes.name.filter(|name| *name != department.name) {
        fields.push("name");
        department.name = name;
    }
    if !fields.is_empty() {
        department.updated_by = caller.user();
        department.updated_at = moment.now();
        tx.departments().save(&department).await?;
        let detail = ("fields", Value::from(fields));
        let kind = EventKind::DEPARTMENT_UPDATED;
        let event = caller.event_with(moment, kind, department.id, detail);
        tx.events().append(&event).await?;
    }
    if let Some(tags) = changes.tags {
        let target = TagTarget::Department(department.id);
        set_of_target(tx, caller, moment, target, &tags, rules).await?;
    }
    Ok(department.id)
}

/// Moves a department with all below it. Whether it has come to another place.
async fn move_to(
    tx: &mut dyn Tx,
    caller: &Caller,
    department: &Department,
    parent: Option<DepartmentRef>,
    limits: &Limits,
) -> Result<bool, Error> {
    let parent = match parent {
        Some(parent) => Some(find_department(tx.departments(), caller.tenant(), &parent).await?),
        None => None,
    };
    if parent.as_ref().map(|parent| parent.id) == department.parent() {
        return Ok(false);
    }
    let height = tx.departments().height(department).await?;
    let ancestors = department.ancestors_under(parent.as_ref(), height)?;
    limits.check(Quota::DepartmentLevels, ancestors.len() + height)?;
    tx.departments().move_subtree(department, &ancestors).await?;
    Ok(true)
}

impl Directory {
    /// Changes and moves departments, all or none. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_departments(
        &self,
        caller: &Caller,
        changes: Vec<DepartmentChanges>,
        rules: DialectRules,
    ) -> Result<Vec<DepartmentView>, Error> {
        let saves = changes.into_iter().map(DepartmentSave::Existing).collect();
        self.save_departments(caller, saves, rules).await
    }

    /// Makes and changes departments, all or none. See [`save`].
    ///
    /// # Errors
    /// As [`save`].
    pub async fn save_departments(
        &self,
        caller: &Caller,
        saves: Vec<DepartmentSave>,
        rules: DialectRules,
    ) -> Result<Vec<DepartmentView>, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                let saved = save(tx, &caller, &moment, saves.clone(), rules).await?;
                view_written(tx, &caller, saved).await
            })
            .await
    }
}
