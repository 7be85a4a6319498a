//! Connections.

use actix_web::{HttpResponse, http::header::ContentType, web::Path};
use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    connections::{
        Connection, ConnectionList, ConnectionUserQuery, CreateConnection, UpdateConnection,
    },
    ids,
    projection::OneQuery,
};

pub(crate) async fn create(call: Call, Body(body): Body<CreateConnection>) -> Answer {
    let connection = call.directory.create_connection(&call.caller, body.try_into()?).await?;
    call.created(Connection::new(&call, connection))
}

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<ConnectionList>) -> Answer {
    let (paging, filter) = (query.paging(call.prefix)?, query.filter()?);
    let listing = paging.listing.clone();
    let page = call.directory.connections(&call.caller, filter, listing).await?;
    call.listed(&paging, "connections", page.map(|connection| Connection::new(&call, connection)))
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let connection = call.directory.connection(&call.caller, ids::connection(&id)?).await?;
    call.projected(Connection::new(&call, connection), &query.projection())
}

pub(crate) async fn update(
    call: Call,
    id: Path<String>,
    Body(body): Body<UpdateConnection>,
) -> Answer {
    let (id, changes) = (ids::connection(&id)?, body.changes(call.prefix)?);
    let connection = call.directory.update_connection(&call.caller, id, changes).await?;
    call.shown(Connection::new(&call, connection))
}

pub(crate) async fn delete(call: Call, id: Path<String>) -> Answer {
    call.directory.delete_connection(&call.caller, ids::connection(&id)?).await?;
    call.done()
}

pub(crate) async fn status(call: Call, id: Path<String>) -> Answer {
    // A connection that there is is online: the vendors' connectors in between do not exist here.
    call.directory.connection(&call.caller, ids::connection(&id)?).await?;
    Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body("OK"))
}

pub(crate) async fn delete_user(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<ConnectionUserQuery>,
) -> Answer {
    let (id, key) = (ids::connection(&id)?, query.try_into()?);
    call.directory.delete_user_of_connection(&call.caller, id, key).await?;
    call.done()
}
