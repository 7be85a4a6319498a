//! Clients as the pages show them.

use citizenry_identity::{Client, ClientIdentifier, Error, Tenant, TenantId};

use crate::OAuth;

impl OAuth {
    /// The client of that `client_id`, in whatever tenant it is. Asks for no right: what a page
    /// shows of a client is public.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn client(&self, identifier: &ClientIdentifier) -> Result<Option<Client>, Error> {
        let identifier = identifier.clone();
        self.shared
            .storage
            .read(async move |ports| {
                Ok::<_, Error>(ports.clients().find_anywhere(&identifier).await?)
            })
            .await
    }

    /// The tenant of that identifier, if it is open.
    ///
    /// # Errors
    /// `Unavailable`; `Internal`.
    pub async fn tenant_by_id(&self, tenant: TenantId) -> Result<Option<Tenant>, Error> {
        let found = self
            .shared
            .storage
            .read(async move |ports| Ok::<_, Error>(ports.tenants().find(tenant).await?));
        let now = self.shared.environment.clock.now();
        Ok(found.await?.filter(|tenant| tenant.is_open(now)))
    }
}
