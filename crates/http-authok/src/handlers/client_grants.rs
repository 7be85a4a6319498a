//! Client grants.

use actix_web::web::Path;
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    client_grants::{ClientGrant, ClientGrantList, CreateClientGrant, UpdateClientGrant},
    ids,
    projection::OneQuery,
};

pub(crate) async fn create(call: Call, Body(body): Body<CreateClientGrant>) -> Answer {
    let client = body.client()?;
    let (audience, scope) = (&body.audience, body.scope);
    let view = call.directory.create_client_grant(&call.caller, &client, audience, scope).await?;
    call.created(ClientGrant::from(view))
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<ClientGrantList>) -> Answer {
    let paging = query.paging(call.prefix)?;
    let listing = paging.listing.clone();
    let page = call.directory.client_grants(&call.caller, query.filter(), listing).await?;
    call.listed(&paging, "client_grants", page.map(ClientGrant::from))
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let view = call.directory.client_grant(&call.caller, ids::client_grant(&id)?).await?;
    call.projected(ClientGrant::from(view), &query.projection())
}

pub(crate) async fn update(
    call: Call,
    id: Path<String>,
    Body(body): Body<UpdateClientGrant>,
) -> Answer {
    let id = ids::client_grant(&id)?;
    let view = call.directory.update_client_grant(&call.caller, id, body.scope).await?;
    call.shown(ClientGrant::from(view))
}

pub(crate) async fn delete(call: Call, id: Path<String>) -> Answer {
    call.directory.delete_client_grant(&call.caller, ids::client_grant(&id)?).await?;
    call.done()
}
