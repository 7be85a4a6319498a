//! What Audience Manager's identity service calls tenants and clients: derived, never stored.

use citizenry_identity::{Client, Tenant};

/// The organization id of a tenant: `<tenant id in upper case>@AdobeOrg`.
pub fn organization_id(tenant: &Tenant) -> String {
    format!("{}@AdobeOrg", tenant.id.to_string().to_ascii_uppercase())
}

/// The technical account id of a client: `<client_id>@techacct.adobe.com`.
pub fn technical_account_id(client: &Client) -> String {
    format!("{}@techacct.adobe.com", client.identifier)
}
