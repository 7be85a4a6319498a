//! Resource servers, by id or by identifier.

use actix_web::web::Path;
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    ids,
    projection::OneQuery,
    resource_servers::{
        CreateResourceServer, ResourceServer, ResourceServerList, UpdateResourceServer,
    },
};

pub(crate) async fn create(call: Call, Body(body): Body<CreateResourceServer>) -> Answer {
    let view = call.directory.create_resource_server(&call.caller, body.try_into()?).await?;
    call.created(ResourceServer::new(&call, view))
}

pub(crate) async fn list(
    call: Call,
    StrictQuery(query): StrictQuery<ResourceServerList>,
) -> Answer {
    let (paging, filter) = (query.paging(call.prefix)?, query.filter()?);
    let listing = paging.listing.clone();
    let page = call.directory.resource_servers(&call.caller, filter, listing).await?;
    call.listed(&paging, "resource_servers", page.map(|view| ResourceServer::new(&call, view)))
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let view = call.directory.resource_server(&call.caller, &ids::resource_server(&id)).await?;
    call.projected(ResourceServer::new(&call, view), &query.projection())
}

pub(crate) async fn update(
    call: Call,
    id: Path<String>,
    Body(body): Body<UpdateResourceServer>,
) -> Answer {
    let (id, changes) = (ids::resource_server(&id), body.try_into()?);
    let view = call.directory.update_resource_server(&call.caller, &id, changes).await?;
    call.shown(ResourceServer::new(&call, view))
}

pub(crate) async fn delete(call: Call, id: Path<String>) -> Answer {
    call.directory.delete_resource_server(&call.caller, &ids::resource_server(&id)).await?;
    call.done()
}
