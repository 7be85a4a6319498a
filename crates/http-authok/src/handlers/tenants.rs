//! The tenant's settings.

use citizenry_http_kit::StrictQuery;

use crate::wire::{
    answer::Answer,
    auth::Call,
    body::Body,
    projection::OneQuery,
    tenants::{Tenant, UpdateTenant},
};

pub(crate) async fn get(call: Call, StrictQuery(query): StrictQuery<OneQuery>) -> Answer {
    let tenant = call.directory.tenant(&call.caller).await?;
    call.projected(Tenant::new(&call, tenant)?, &query.projection())
}

pub(crate) async fn update(call: Call, Body(body): Body<UpdateTenant>) -> Answer {
    let tenant = call.directory.update_tenant(&call.caller, body.changes()?).await?;
    call.shown(Tenant::new(&call, tenant)?)
}
