//! Tenants: their settings, and making, listing, opening and closing them.

mod branding;
mod customers;
mod door_clients;
mod management_client;
mod provision;

pub use branding::update_branding;
pub use customers::{
    NewCustomer, TenantChanges, TenantView, set_enabled, set_lock, update_customer,
};
pub use door_clients::{create_door_client, new_door_client};
pub use provision::{NewTenant, Provisioned, provision};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Kind, Listing, Moment, Page, Tenant, TenantId, TenantName, TenantSettings,
    TenantStatus,
};
use citizenry_storage::{Tx, ports::ByName};
use serde_json::{Map, Value};

use crate::{Directory, clients::replaced, users::UserView, users::view_all};

/// Replaces members of the settings of the caller's tenant; null resets one. Quotas and the details
/// of the customer are the operator's.
///
/// # Errors
/// `Forbidden`, also for what is the operator's; `Invalid` on the member that is wrong.
pub async fn update_settings(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    members: Map<String, Value>,
) -> Result<Tenant, Error> {
    caller.may(Action::Update, Resource::TenantSettings)?;
    let mut tenant = find_for_update(tx, caller.tenant()).await?;
    let settings = replaced(&tenant.settings, members)?.checked()?;
    if settings == tenant.settings {
        return Ok(tenant);
    }
    let operators = |settings: &TenantSettings| (settings.quotas.clone(), settings.details.clone());
    if operators(&settings) != operators(&tenant.settings) && !caller.is_above_tenants() {
        return Err(Error::Forbidden { permission: "operator" });
    }
    tenant.settings = settings;
    tenant.updated_at = moment.now();
    tenant.updated_by = caller.user();
    tx.tenants().save(&tenant).await?;
    tenant.version += 1;
    let event = caller.event(moment, EventKind::TENANT_UPDATED, tenant.id);
    tx.events().append(&event).await?;
    Ok(tenant)
}

/// Opens or closes a tenant. Tokens of a closed one are refused from the commit on.
///
/// # Errors
/// `Forbidden` for all but the operator; `NotFound`.
pub async fn set_status(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: TenantId,
    status: TenantStatus,
) -> Result<Tenant, Error> {
    caller.may(Action::Update, Resource::AllTenants)?;
    let mut tenant = find_for_update(tx, id).await?;
    if tenant.status == status {
        return Ok(tenant);
    }
    tenant.set_status(status, moment.now());
    tenant.updated_by = caller.user();
    tx.tenants().save(&tenant).await?;
    tenant.version += 1;
    let detail = ("status", Value::from(status.as_str()));
    let mut event = caller.event_with(moment, EventKind::TENANT_UPDATED, id, detail);
    event.tenant = id;
    tx.events().append(&event).await?;
    Ok(tenant)
}

async fn find_for_update(tx: &mut dyn Tx, id: TenantId) -> Result<Tenant, Error> {
    tx.tenants().find_for_update(id).await?.ok_or_else(|| Error::not_found(Kind::Tenant, id))
}

impl Directory {
    /// The caller's tenant.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn tenant(&self, caller: &Caller) -> Result<Tenant, Error> {
        caller.may(Action::Read, Resource::TenantSettings)?;
        let id = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.tenants().find(id).await?;
                found.ok_or_else(|| Error::not_found(Kind::Tenant, id))
            })
            .await
    }

    /// Changes the settings of the caller's tenant. See [`update_settings`].
    ///
    /// # Errors
    /// As [`update_settings`].
    pub async fn update_tenant(
        &self,
        caller: &Caller,
        settings: Map<String, Value>,
    ) -> Result<Tenant, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| update_settings(tx, &caller, &moment, settings.clone()).await)
            .await
    }

    /// The tenant of that name. Asks for no right: for the binary, before there is a caller.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn tenant_named(&self, name: &TenantName) -> Result<Option<Tenant>, Error> {
        let name = name.clone();
        self.storage.read(async move |read| Ok(read.tenants().find_by_name(&name).await?)).await
    }

    /// A page of the tenants of the installation.
    ///
    /// # Errors
    /// `Forbidden` for all but the operator.
    pub async fn tenants(
        &self,
        caller: &Caller,
        listing: Listing<ByName>,
    ) -> Result<Page<Tenant>, Error> {
        caller.may(Action::Read, Resource::AllTenants)?;
        self.storage.read(async move |read| Ok(read.tenants().list(&listing).await?)).await
    }

    /// Opens or closes a tenant. See [`set_status`].
    ///
    /// # Errors
    /// As [`set_status`].
    pub async fn set_tenant_status(
        &self,
        caller: &Caller,
        id: TenantId,
        status: TenantStatus,
    ) -> Result<Tenant, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| set_status(tx, &caller, &moment, id, status).await)
            .await
    }

    /// The administrators of the caller's tenant, the oldest first, at most 100.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn administrators(&self, caller: &Caller) -> Result<Vec<UserView>, Error> {
        use citizenry_identity::{Direction, SortKey};
        caller.may(Action::Read, Resource::Role)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let Some(role) = read.roles().find_administrator(tenant).await? else {
                    return Ok(Vec::new());
                };
                let mut listing = Listing::first(100);
                listing.order = vec![SortKey {
                    field: citizenry_storage::ports::UserSort::CreatedAt,
                    direction: Direction::Ascending,
                }];
                let page = read.assignments().users_of_role(tenant, role.id, &listing).await?;
                Ok(view_all(read.connections(), tenant, page).await?.items)
            })
            .await
    }
}
