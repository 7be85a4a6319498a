//! The vendors' logout endpoints, which their SDKs send browsers to (`/v1/logout`, `/v2/logout`).

use super::{LogoutStep, is_registered, page};
use crate::{AuthorizationError, OAuth};

impl OAuth {
    /// What comes next when a vendor's SDK sends a browser here to sign out. It shows no token, so
    /// the user is signed out without being asked, as with the vendors: whoever sends browsers here
    /// can end a session, and nothing more. The browser goes on to `return_to` only if it is
    /// registered, character by character: for the client if one is named, else for the tenant.
    ///
    /// # Errors
    /// `Page` for an unknown client or an address that is not registered; `Other`.
    pub async fn vendor_logout(
        &self,
        tenant: Option<&str>,
        client_id: Option<&str>,
        return_to: Option<&str>,
    ) -> Result<LogoutStep, AuthorizationError> {
        let tenant = self.logout_tenant(tenant).await?;
        let client = match client_id.filter(|named| !named.is_empty()) {
            Some(named) => {
                let client = self.client_of_tenant(&tenant, named).await?;
                Some(client.ok_or_else(|| page("the client is unknown"))?)
            }
            None => None,
        };
        let Some(wanted) = return_to.filter(|wanted| !wanted.is_empty()) else {
            return Ok(LogoutStep::SignOut { redirect_to: None });
        };
        let registered = match &client {
            Some(client) => &client.settings.allowed_logout_urls,
            None => &tenant.settings.allowed_logout_urls,
        };
        if !is_registered(registered, wanted) {
            return Err(page("returnTo is not registered"));
        }
        Ok(LogoutStep::SignOut { redirect_to: Some(wanted.to_owned()) })
    }
}
