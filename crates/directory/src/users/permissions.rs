//! The permissions of a user: his own, and by his roles.

use std::collections::BTreeMap;

use citizenry_authz::{Action, Caller, EffectivePermissions, Granted, Resource, RoleAssignment};
use citizenry_identity::{
    Error, EventKind, Listing, Moment, Page, PermissionRef, PermissionSource, Role, RoleId, Start,
    TenantId, User, UserId,
};
use citizenry_storage::{Read, Tx, ports::ByAge};

use super::{UserRef, event_with, find_user_id};
use crate::{
    Directory,
    administrators::find_changeable,
    roles::{NamedPermission, PermissionView, describe, resolve},
};

/// A permission of a user, and why he has it.
#[derive(Debug, Clone)]
pub struct UserPermission {
    /// The permission.
    pub permission: PermissionView,
    /// Every reason.
    pub sources: Vec<SourceView>,
}

/// A reason why a user has a permission.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// The reason.
    pub source: PermissionSource,
    /// The role, where the reason is one.
    pub role: Option<Role>,
}

/// Gives those of the permissions that there are to a user.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `permissions` for more than 1,000.
pub async fn add_permissions(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    permissions: &[NamedPermission],
) -> Result<(), Error> {
    let (user, resolved) = load(tx, caller, user, permissions, true).await?;
    tx.assignments().add_user_permissions(user.tenant, user.id, &resolved).await?;
    let kind = EventKind::USER_PERMISSIONS_ADDED;
    append(tx, caller, moment, kind, &user, permissions).await
}

/// Takes permissions from a user.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `permissions` for more than 1,000.
pub async fn remove_permissions(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    user: &UserRef,
    permissions: &[NamedPermission],
) -> Result<(), Error> {
    let (user, resolved) = load(tx, caller, user, permissions, false).await?;
    tx.assignments().remove_user_permissions(user.tenant, user.id, &resolved).await?;
    let kind = EventKind::USER_PERMISSIONS_REMOVED;
    append(tx, caller, moment, kind, &user, permissions).await
}

/// The user, and those of the permissions that there are.
async fn load(
    tx: &mut dyn Tx,
    caller: &Caller,
    user: &UserRef,
    permissions: &[NamedPermission],
    giving: bool,
) -> Result<(User, Vec<PermissionRef>), Error> {
    caller.may(Action::Update, Resource::User)?;
    let user = find_changeable(tx, caller, user).await?;
    let resolved = resolve(tx.resource_servers(), caller, permissions, giving).await?;
    Ok((user, resolved))
}

async fn append(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    kind: EventKind,
    user: &User,
    permissions: &[NamedPermission],
) -> Result<(), Error> {
    let names = permissions.iter().map(NamedPermission::to_string).collect();
    let event = event_with(caller, moment, kind, user, ("permissions", names));
    Ok(tx.events().append(&event).await?)
}

/// What is granted to a user, as it is stored: a constant number of statements.
pub(crate) async fn granted(
    read: &mut dyn Read,
    tenant: TenantId,
    user: UserId,
) -> Result<Granted, Error> {
    let permissions = read.assignments().permissions_of_user(tenant, user).await?;
    let roles = read.assignments().role_ids_of_user(tenant, user).await?;
    let role_permissions = read.assignments().permissions_of_roles(tenant, &roles).await?;
    let roles = roles.into_iter().map(RoleAssignment::Direct).collect();
    Ok(Granted { permissions, roles, role_permissions })
}

impl Directory {
    /// A page of the permissions that a user has in the end, ordered by resource server and scope.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn user_permissions(
        &self,
        caller: &Caller,
        user: &UserRef,
        audience: Option<String>,
        listing: Listing<ByAge>,
    ) -> Result<Page<UserPermission>, Error> {
        caller.may(Action::Read, Resource::User)?;
        let (tenant, user) = (caller.tenant(), user.clone());
        self.storage
            .read(async move |read| {
                let id = find_user_id(read.users(), tenant, &user).await?;
                let effective = EffectivePermissions::of(&granted(read, tenant, id).await?, None);
                page(read, tenant, &effective, audience.as_deref(), &listing).await
            })
            .await
    }

    /// Gives permissions to a user; unknown ones are passed over. See [`add_permissions`].
    ///
    /// # Errors
    /// As [`add_permissions`].
    pub async fn add_user_permissions(
        &self,
        caller: &Caller,
        user: &UserRef,
        permissions: Vec<NamedPermission>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                add_permissions(tx, &caller, &moment, &user, &permissions).await
            })
            .await
    }

    /// Takes permissions from a user. See [`remove_permissions`].
    ///
    /// # Errors
    /// As [`remove_permissions`].
    pub async fn remove_user_permissions(
        &self,
        caller: &Caller,
        user: &UserRef,
        permissions: Vec<NamedPermission>,
    ) -> Result<(), Error> {
        let (caller, user, moment) = (caller.clone(), user.clone(), self.moment());
        self.storage
            .transact(async move |tx| {
                remove_permissions(tx, &caller, &moment, &user, &permissions).await
            })
            .await
    }
}

async fn page(
    read: &mut dyn Read,
    tenant: TenantId,
    effective: &EffectivePermissions,
    audience: Option<&str>,
    listing: &Listing<ByAge>,
) -> Result<Page<UserPermission>, Error> {
    let wanted = match audience {
        None => None,
        Some(audience) => {
            let server = read.resource_servers().find_by_identifier(tenant, audience).await?;
            // An audience that nobody has is that of no permission.
            let Some(server) = server else {
                return Ok(Page { items: Vec::new(), total: Some(0), next: None });
            };
            Some(server.id)
        }
    };
    let matching: Vec<_> = effective
        .iter()
        .filter(|(permission, _)| wanted.is_none_or(|id| permission.resource_server == id))
        .collect();
    let skip = match &listing.start {
        Start::Skip(skip) => usize::try_from(*skip).unwrap_or(usize::MAX),
        Start::After(_) => 0,
    };
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    let shown: Vec<_> = matching.iter().skip(skip).take(limit).collect();
    let permissions: Vec<_> = shown.iter().map(|(permission, _)| (*permission).clone()).collect();
    let described = describe(read.resource_servers(), tenant, permissions).await?;
    let sources = shown.iter().flat_map(|(_, sources)| sources.iter().copied());
    let roles = roles_of(read, tenant, sources).await?;
    let items = described
        .into_iter()
        .zip(shown)
        .map(|(permission, (_, sources))| UserPermission {
            permission,
            sources: sources.iter().map(|source| source_view(*source, &roles)).collect(),
        })
        .collect();
    Ok(Page { items, total: u64::try_from(matching.len()).ok(), next: None })
}

async fn roles_of(
    read: &mut dyn Read,
    tenant: TenantId,
    sources: impl Iterator<Item = PermissionSource>,
) -> Result<BTreeMap<RoleId, Role>, Error> {
    let mut ids: Vec<_> = sources.filter_map(role_of).collect();
    ids.sort();
    ids.dedup();
    let mut roles = BTreeMap::new();
    for some in ids.chunks(1_000) {
        let found = read.roles().find_many(tenant, some).await?;
        roles.extend(found.into_iter().map(|role| (role.id, role)));
    }
    Ok(roles)
}

fn role_of(source: PermissionSource) -> Option<RoleId> {
    match source {
        PermissionSource::Direct => None,
        PermissionSource::Role(role)
        | PermissionSource::GroupRole(_, role)
        | PermissionSource::OrganizationRole(_, role) => Some(role),
    }
}

fn source_view(source: PermissionSource, roles: &BTreeMap<RoleId, Role>) -> SourceView {
    SourceView { source, role: role_of(source).and_then(|role| roles.get(&role).cloned()) }
}
