//! Permissions of groups, and what permissions there are.

use actix_web::web::Path;
use citizenry_http_kit::{Object, StrictJson};
use citizenry_identity::{Error, Kind, ObjectPermissions, ObjectType};

use crate::wire::{
    answer::{Answer, shown},
    auth::Call,
    ids::{self, unknown_in},
    permissions::{Permission, PermissionsBody, TypePermissions},
};

/// A group that is out of reach is a bad request here, says the vendor.
fn unreachable(error: Error) -> Error {
    unknown_in("groupId", Kind::Group, error)
}

pub(crate) async fn list(call: Call, group: Path<String>) -> Answer {
    let group = ids::group(&group).map_err(unreachable)?;
    let permissions = call.directory.group_permissions(&call.caller, &group).await;
    shown(each(permissions.map_err(unreachable)?))
}

pub(crate) async fn set(
    call: Call,
    group: Path<String>,
    StrictJson(body): StrictJson<PermissionsBody>,
) -> Answer {
    let group = ids::group(&group).map_err(unreachable)?;
    let new = body.into_iter().map(|Object(it)| ObjectPermissions::try_from(it));
    let new = new.collect::<Result<Vec<_>, _>>()?;
    let permissions = call.directory.set_group_permissions(&call.caller, &group, new);
    shown(each(permissions.await.map_err(unreachable)?))
}

fn each(permissions: Vec<ObjectPermissions>) -> Vec<Permission> {
    permissions.into_iter().map(Permission::from).collect()
}

pub(crate) async fn object_types(call: Call) -> Answer {
    let types = call.directory.object_types(&call.caller)?;
    shown(types.iter().map(|it| it.as_str()).collect::<Vec<_>>())
}

pub(crate) async fn of_object_type(call: Call, name: Path<String>) -> Answer {
    let types = call.directory.object_types(&call.caller)?;
    let found = types.iter().copied().find(|it: &ObjectType| it.as_str() == *name);
    let shortened = || name.chars().take(64).collect::<String>();
    let found = found.ok_or_else(|| Error::not_found(Kind::Permission, shortened()))?;
    shown(TypePermissions::from(found))
}
