//! The permissions of a user.

use actix_web::{http::StatusCode, web::Path};
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    ids,
    paging::{given, list_query},
    permissions::{PermissionOfUser, PermissionsBody},
};

list_query! {
    /// The query of the list of a user's permissions.
    PermissionList {
        /// Permissions of this resource server alone.
        audience: Option<String>,
    }
}

pub(crate) async fn list(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<PermissionList>,
) -> Answer {
    let paging = query.paging(call.prefix)?.numbered()?;
    let (user, audience) = (ids::user(&user), given(query.audience));
    let listing = paging.listing.clone();
    let page = call.directory.user_permissions(&call.caller, &user, audience, listing).await?;
    call.listed(&paging, "permissions", page.map(PermissionOfUser::from))
}

pub(crate) async fn add(
    call: Call,
    user: Path<String>,
    Body(body): Body<PermissionsBody>,
) -> Answer {
    call.directory.add_user_permissions(&call.caller, &ids::user(&user), body.into()).await?;
    call.empty(StatusCode::CREATED)
}

pub(crate) async fn remove(
    call: Call,
    user: Path<String>,
    Body(body): Body<PermissionsBody>,
) -> Answer {
    call.directory.remove_user_permissions(&call.caller, &ids::user(&user), body.into()).await?;
    call.done()
}
