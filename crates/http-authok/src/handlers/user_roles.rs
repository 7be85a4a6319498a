//! The roles of a user.

use actix_web::web::Path;
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    ids,
    paging::PlainList,
    roles::{Role, RolesBody},
};

pub(crate) async fn list(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<PlainList>,
) -> Answer {
    let paging = query.paging(call.prefix)?;
    let listing = paging.listing.clone();
    let page = call.directory.user_roles(&call.caller, &ids::user(&user), listing).await?;
    call.listed(&paging, "roles", page.map(|role| Role::new(&call, role)))
}

pub(crate) async fn add(call: Call, user: Path<String>, Body(body): Body<RolesBody>) -> Answer {
    let roles = ids::roles(&body.roles);
    call.directory.add_user_roles(&call.caller, &ids::user(&user), roles).await?;
    call.done()
}

pub(crate) async fn remove(call: Call, user: Path<String>, Body(body): Body<RolesBody>) -> Answer {
    let roles = ids::roles(&body.roles);
    call.directory.remove_user_roles(&call.caller, &ids::user(&user), roles).await?;
    call.done()
}
