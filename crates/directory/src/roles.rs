//! Roles: create, find, change, delete; their permissions and who has them.

mod members;
mod named_permission;

pub use members::{add_users, remove_users};
pub use named_permission::{NamedPermission, PermissionView};
pub(crate) use named_permission::{describe, resolve};

use citizenry_authz::{Action, Caller, Permissions, Resource};
use citizenry_identity::{
    Error, Event, EventKind, Kind, Listing, ManagementPermission, Moment, Page, Patch,
    PermissionRef, Role, RoleId, Text,
};
use citizenry_storage::{
    Tx,
    ports::{ByAge, ByName, RoleFilter},
};
use serde_json::Value;

use crate::Directory;

/// A role to be made.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// The name, unique per tenant.
    pub name: Text<128>,
    /// What it is for.
    pub description: Option<Text<512>>,
}

/// What a partial change does to a role.
#[derive(Debug, Clone, Default)]
pub struct RoleChanges {
    /// The name, unique per tenant.
    pub name: Option<Text<128>>,
    /// What it is for.
    pub description: Patch<Text<512>>,
}

/// Makes a role.
///
/// # Errors
/// `Forbidden`; `Conflict` on `name`.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: NewRole,
) -> Result<Role, Error> {
    caller.may(Action::Create, Resource::Role)?;
    let role = Role {
        id: RoleId::generate(moment),
        tenant: caller.tenant(),
        name: new.name,
        description: new.description,
        is_administrator: false,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.roles().insert(&role).await?;
    tx.events().append(&caller.event(moment, EventKind::ROLE_CREATED, role.id)).await?;
    Ok(role)
}

/// Changes a role.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `name`, or on `administrator` for the fixed role.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
    changes: RoleChanges,
) -> Result<Role, Error> {
    caller.may(Action::Update, Resource::Role)?;
    let before = find_for_update(tx, caller, role).await?;
    before.check_changeable()?;
    let mut role = before.clone();
    if let Some(name) = changes.name {
        role.name = name;
    }
    changes.description.apply(&mut role.description);
    if role == before {
        return Ok(role);
    }
    role.updated_at = moment.now();
    tx.roles().save(&role).await?;
    role.version += 1;
    tx.events().append(&caller.event(moment, EventKind::ROLE_UPDATED, role.id)).await?;
    Ok(role)
}

/// Deletes a role and takes it from everybody.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `administrator` for the fixed role.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Role)?;
    let role = find_for_update(tx, caller, role).await?;
    role.check_changeable()?;
    tx.roles().delete(role.tenant, role.id).await?;
    Ok(tx.events().append(&caller.event(moment, EventKind::ROLE_DELETED, role.id)).await?)
}

/// Adds those of the permissions that there are to a role.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `administrator`; `Invalid` on `permissions` for more
/// than 1,000.
pub async fn add_permissions(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
    permissions: &[NamedPermission],
) -> Result<(), Error> {
    let (role, resolved) = load(tx, caller, role, permissions, true).await?;
    tx.assignments().add_role_permissions(role.tenant, role.id, &resolved).await?;
    let kind = EventKind::ROLE_PERMISSIONS_ADDED;
    Ok(tx.events().append(&permissions_event(caller, moment, kind, &role, permissions)).await?)
}

/// Removes permissions from a role.
///
/// # Errors
/// As [`add_permissions`].
pub async fn remove_permissions(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    role: RoleId,
    permissions: &[NamedPermission],
) -> Result<(), Error> {
    let (role, resolved) = load(tx, caller, role, permissions, false).await?;
    tx.assignments().remove_role_permissions(role.tenant, role.id, &resolved).await?;
    let kind = EventKind::ROLE_PERMISSIONS_REMOVED;
    Ok(tx.events().append(&permissions_event(caller, moment, kind, &role, permissions)).await?)
}

/// The role, and those of the permissions that there are.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    role: RoleId,
    permissions: &[NamedPermission],
    giving: bool,
) -> Result<(Role, Vec<PermissionRef>), Error> {
    caller.may(Action::Update, Resource::Role)?;
    let role = find_for_update(tx, caller, role).await?;
    role.check_changeable()?;
    let resolved = resolve(tx.resource_servers(), caller, permissions, giving).await?;
    Ok((role, resolved))
}

fn permissions_event(
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    role: &Role,
    permissions: &[NamedPermission],
) -> Event {
    let names: Vec<_> = permissions.iter().map(NamedPermission::to_string).collect();
    caller.event_with(moment, kind, role.id, ("permissions", Value::from(names)))
}

async fn find_for_update(tx: &mut dyn Tx, caller: &Caller, id: RoleId) -> Result<Role, Error> {
    let found = tx.roles().find_for_update(caller.tenant(), id).await?;
    found.ok_or_else(|| Error::not_found(Kind::Role, id))
}

/// Passes when the caller may give these roles: who gives the role of administrators must hold
/// everything that it holds, or he could make himself more than he is.
pub(crate) fn check_may_give(caller: &Caller, roles: &[Role]) -> Result<(), Error> {
    if roles.iter().any(|role| role.is_administrator) {
        check_holds(caller, &Permissions::all())
    } else {
        Ok(())
    }
}

/// Passes when the caller holds every one of `permissions` himself.
pub(crate) fn check_holds(caller: &Caller, permissions: &Permissions) -> Result<(), Error> {
    let lacking = |it: &ManagementPermission| !caller.permissions().holds(*it);
    match permissions.iter().find(lacking) {
        Some(lacking) => Err(Error::Forbidden { permission: lacking.as_str() }),
        None => Ok(()),
    }
}

impl Directory {
    /// Makes a role. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_role(&self, caller: &Caller, new: NewRole) -> Result<Role, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| create(tx, &caller, &moment, new.clone()).await).await
    }

    /// A role.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn role(&self, caller: &Caller, role: RoleId) -> Result<Role, Error> {
        caller.may(Action::Read, Resource::Role)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.roles().find(tenant, role).await?;
                found.ok_or_else(|| Error::not_found(Kind::Role, role))
            })
            .await
    }

    /// A page of the roles that `filter` lets through.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn roles(
        &self,
        caller: &Caller,
        filter: RoleFilter,
        listing: Listing<ByName>,
    ) -> Result<Page<Role>, Error> {
        caller.may(Action::Read, Resource::Role)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| Ok(read.roles().list(tenant, &filter, &listing).await?))
            .await
    }

    /// Changes a role. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_role(
        &self,
        caller: &Caller,
        role: RoleId,
        changes: RoleChanges,
    ) -> Result<Role, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| update(tx, &caller, &moment, role, changes.clone()).await)
            .await
    }

    /// Deletes a role. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_role(&self, caller: &Caller, role: RoleId) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| delete(tx, &caller, &moment, role).await).await
    }

    /// A page of the permissions of a role.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn role_permissions(
        &self,
        caller: &Caller,
        role: RoleId,
        listing: Listing<ByAge>,
    ) -> Result<Page<PermissionView>, Error> {
        caller.may(Action::Read, Resource::Role)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.roles().find(tenant, role).await?;
                found.ok_or_else(|| Error::not_found(Kind::Role, role))?;
                let page = read.assignments().permissions_of_role(tenant, role, &listing).await?;
                let (total, next) = (page.total, page.next);
                let items = describe(read.resource_servers(), tenant, page.items).await?;
                Ok(Page { items, total, next })
            })
            .await
    }

    /// Adds permissions to a role; unknown ones are passed over. See [`add_permissions`].
    ///
    /// # Errors
    /// As [`add_permissions`].
    pub async fn add_role_permissions(
        &self,
        caller: &Caller,
        role: RoleId,
        permissions: Vec<NamedPermission>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                add_permissions(tx, &caller, &moment, role, &permissions).await
            })
            .await
    }

    /// Removes permissions from a role. See [`remove_permissions`].
    ///
    /// # Errors
    /// As [`remove_permissions`].
    pub async fn remove_role_permissions(
        &self,
        caller: &Caller,
        role: RoleId,
        permissions: Vec<NamedPermission>,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                remove_permissions(tx, &caller, &moment, role, &permissions).await
            })
            .await
    }
}
