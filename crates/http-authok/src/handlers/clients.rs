//! Clients.

use actix_web::web::Path;
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    clients::{Client, ClientBody, ClientList},
    ids,
    projection::OneQuery,
};

pub(crate) async fn create(call: Call, Body(body): Body<ClientBody>) -> Answer {
    let client = body.new_client(call.prefix)?;
    let view = call.directory.create_client(&call.caller, client).await?;
    call.created(Client::new(&call, view)?)
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<ClientList>) -> Answer {
    let (paging, filter) = (query.paging(call.prefix)?, query.filter()?);
    let page = call.directory.clients(&call.caller, filter, paging.listing.clone()).await?;
    call.listed(&paging, "clients", page.try_map(|view| Client::new(&call, view))?)
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let view = call.directory.client(&call.caller, &ids::client(&id)?).await?;
    call.projected(Client::new(&call, view)?, &query.projection())
}

pub(crate) async fn update(call: Call, id: Path<String>, Body(body): Body<ClientBody>) -> Answer {
    let (id, changes) = (ids::client(&id)?, body.changes()?);
    let view = call.directory.update_client(&call.caller, &id, changes).await?;
    call.shown(Client::new(&call, view)?)
}

pub(crate) async fn delete(call: Call, id: Path<String>) -> Answer {
    call.directory.delete_client(&call.caller, &ids::client(&id)?).await?;
    call.done()
}

pub(crate) async fn rotate_secret(call: Call, id: Path<String>) -> Answer {
    // There is no body to read; one of the SDKs sends the identifier once more.
    let view = call.directory.rotate_client_secret(&call.caller, &ids::client(&id)?).await?;
    call.shown(Client::new(&call, view)?)
}
