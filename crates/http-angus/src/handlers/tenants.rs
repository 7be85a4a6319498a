//! Tenants: for operators alone.

use citizenry_directory::{NewCustomer, NumberedSort, TenantField};
use citizenry_http_kit::RequestContext;

use crate::wire::{
    answer::{Answer, Answers as _, IdKey},
    auth::Call,
    body::{Body, required},
    ids::{self, PathId},
    paging::{List, ListShape, listed},
    parameters::Parameters,
    tenants::{self as wire, Tenant, TenantBody},
    user_bodies::{EnabledBody, LockBody},
};

pub(crate) async fn add(
    call: Call,
    context: RequestContext,
    Body(body): Body<TenantBody>,
) -> Answer {
    let usual = call.caller.tenant_context().phone_country;
    let new = body.customer(usual, &context.moment())?;
    make(call, new).await
}

pub(crate) async fn add_by_mobile(
    call: Call,
    context: RequestContext,
    Body(body): Body<TenantBody>,
) -> Answer {
    let usual = call.caller.tenant_context().phone_country;
    let new = body.customer_by_mobile(usual, &context.moment())?;
    make(call, new).await
}

async fn make(call: Call, new: NewCustomer) -> Answer {
    let (tenant, _) = call.services.directory.create_customer_tenant(&call.caller, new).await?;
    call.created(IdKey { id: tenant.number.get(), key: tenant.display_name().to_owned() })
}

pub(crate) async fn update(call: Call, Body(body): Body<TenantBody>) -> Answer {
    let (tenant, changes) = (body.tenant()?, body.changes()?);
    call.services.directory.update_tenant_of(&call.caller, tenant, changes).await?;
    call.done()
}

pub(crate) async fn replace(call: Call, Body(body): Body<TenantBody>) -> Answer {
    let (tenant, changes) = (body.tenant()?, body.replacement()?);
    call.services.directory.update_tenant_of(&call.caller, tenant, changes).await?;
    call.done()
}

pub(crate) async fn enable(call: Call, Body(body): Body<EnabledBody>) -> Answer {
    let tenant = ids::number(required("id", body.id)?);
    let enabled = required("enabled", body.enabled)?;
    call.services.directory.set_tenant_enabled(&call.caller, tenant, enabled).await?;
    call.done()
}

pub(crate) async fn lock(call: Call, Body(body): Body<LockBody>) -> Answer {
    let (tenant, dates) = wire::lock(&body, call.voice().zone())?;
    call.services.directory.set_tenant_lock(&call.caller, tenant, dates).await?;
    call.done()
}

pub(crate) async fn get(call: Call, PathId(id): PathId) -> Answer {
    let view = call.services.directory.tenant_view(&call.caller, id).await?;
    call.shown(Tenant::new(&view, &call)?)
}

pub(crate) async fn list(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, wire::LIST).await
}

pub(crate) async fn search(call: Call, parameters: Parameters) -> Answer {
    rows(&call, &parameters, wire::SEARCH).await
}

async fn rows(
    call: &Call,
    parameters: &Parameters,
    shape: ListShape<TenantField, NumberedSort>,
) -> Answer {
    let List { conditions, listing } = shape.read(parameters, call)?;
    let page = call.services.directory.tenant_views(&call.caller, conditions, listing).await?;
    listed(call, page.try_map(|view| Tenant::new(&view, call))?)
}
