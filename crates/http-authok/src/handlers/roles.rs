//! Roles, their permissions, and who has them.

use actix_web::{http::StatusCode, web::Path};
use citizenry_directory::RoleFilter;
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    ids,
    paging::{PlainList, given},
    permissions::{Permission, PermissionsBody},
    projection::OneQuery,
    roles::{CreateRole, Role, RoleList, UpdateRole, UsersBody},
    users::User,
};

pub(crate) async fn create(call: Call, Body(body): Body<CreateRole>) -> Answer {
    let role = call.directory.create_role(&call.caller, body.try_into()?).await?;
    call.created(Role::new(&call, role))
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<RoleList>) -> Answer {
    let paging = query.paging(call.prefix)?;
    let filter = RoleFilter { name_contains: given(query.name_filter) };
    let page = call.directory.roles(&call.caller, filter, paging.listing.clone()).await?;
    call.listed(&paging, "roles", page.map(|role| Role::new(&call, role)))
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let role = call.directory.role(&call.caller, ids::role(&id)?).await?;
    call.projected(Role::new(&call, role), &query.projection())
}

pub(crate) async fn update(call: Call, id: Path<String>, Body(body): Body<UpdateRole>) -> Answer {
    let (id, changes) = (ids::role(&id)?, body.try_into()?);
    let role = call.directory.update_role(&call.caller, id, changes).await?;
    call.shown(Role::new(&call, role))
}

pub(crate) async fn delete(call: Call, id: Path<String>) -> Answer {
    call.directory.delete_role(&call.caller, ids::role(&id)?).await?;
    call.done()
}

pub(crate) async fn permissions(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<PlainList>,
) -> Answer {
    let (id, paging) = (ids::role(&id)?, query.paging(call.prefix)?);
    let listing = paging.listing.clone();
    let page = call.directory.role_permissions(&call.caller, id, listing).await?;
    call.listed(&paging, "permissions", page.map(Permission::from))
}

pub(crate) async fn add_permissions(
    call: Call,
    id: Path<String>,
    Body(body): Body<PermissionsBody>,
) -> Answer {
    call.directory.add_role_permissions(&call.caller, ids::role(&id)?, body.into()).await?;
    call.empty(StatusCode::CREATED)
}

pub(crate) async fn remove_permissions(
    call: Call,
    id: Path<String>,
    Body(body): Body<PermissionsBody>,
) -> Answer {
    call.directory.remove_role_permissions(&call.caller, ids::role(&id)?, body.into()).await?;
    call.done()
}

pub(crate) async fn users(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<PlainList>,
) -> Answer {
    let (id, paging) = (ids::role(&id)?, query.paging(call.prefix)?);
    let page = call.directory.role_users(&call.caller, id, paging.listing.clone()).await?;
    call.listed(&paging, "users", page.try_map(|view| User::new(&call, view))?)
}

pub(crate) async fn add_users(call: Call, id: Path<String>, Body(body): Body<UsersBody>) -> Answer {
    let users = body.users.iter().map(|user| ids::user(user)).collect();
    call.directory.add_role_users(&call.caller, ids::role(&id)?, users).await?;
    call.empty(StatusCode::OK)
}

pub(crate) async fn remove_users(
    call: Call,
    id: Path<String>,
    Body(body): Body<UsersBody>,
) -> Answer {
    let users = body.users.iter().map(|user| ids::user(user)).collect();
    call.directory.remove_role_users(&call.caller, ids::role(&id)?, users).await?;
    call.done()
}
