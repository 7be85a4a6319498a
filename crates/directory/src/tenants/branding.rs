//! What a tenant's pages look like: its own permission, apart from the other settings.

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{BrandingSettings, Error, EventKind, Kind, Moment};
use citizenry_storage::Tx;
use serde_json::{Map, Value};

use super::find_for_update;
use crate::{Directory, clients::replaced};

/// Replaces members of [`BrandingSettings`] of the caller's tenant; null resets one. What it has no
/// member for is kept as it came.
///
/// # Errors
/// `Forbidden`; `Invalid` on the member that is wrong.
pub async fn update_branding(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    members: Map<String, Value>,
) -> Result<BrandingSettings, Error> {
    caller.may(Action::Update, Resource::Branding)?;
    let mut tenant = find_for_update(tx, caller.tenant()).await?;
    let mut settings = tenant.settings.clone();
    settings.branding = replaced(&settings.branding, members)?;
    let settings = settings.checked()?;
    if settings == tenant.settings {
        return Ok(settings.branding);
    }
    tenant.settings = settings;
    tenant.updated_at = moment.now();
    tx.tenants().save(&tenant).await?;
    let event = caller.event(moment, EventKind::TENANT_UPDATED, tenant.id);
    tx.events().append(&event).await?;
    Ok(tenant.settings.branding)
}

impl Directory {
    /// What the pages of the caller's tenant look like.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn branding(&self, caller: &Caller) -> Result<BrandingSettings, Error> {
        caller.may(Action::Read, Resource::Branding)?;
        let id = caller.tenant();
        let tenant = self
            .storage
            .read(async move |read| {
                let found = read.tenants().find(id).await?;
                found.ok_or_else(|| Error::not_found(Kind::Tenant, id))
            })
            .await?;
        Ok(tenant.settings.branding)
    }

    /// Changes what the pages of the caller's tenant look like. See [`update_branding`].
    ///
    /// # Errors
    /// As [`update_branding`].
    pub async fn update_branding(
        &self,
        caller: &Caller,
        members: Map<String, Value>,
    ) -> Result<BrandingSettings, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| update_branding(tx, &caller, &moment, members.clone()).await)
            .await
    }
}
