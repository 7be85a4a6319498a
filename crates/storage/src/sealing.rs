//! What secrets are sealed and hashed for: the contexts that a [`Sealer`](crate::Sealer) is given.
//!
//! They are part of what is stored: a secret that was sealed for one context opens for no other.

use citizenry_identity::{ClientId, ResourceServerId, SigningKeyId};

/// The purpose of the keyed hash that a client's secret is compared with.
pub const CLIENT_SECRET: &str = "client_secret";

/// The context of a client's sealed secret.
pub fn client_secret(client: ClientId) -> String {
    format!("{CLIENT_SECRET}:{client}")
}

/// The context of the sealed secret that a resource server's tokens are signed with (HS256).
pub fn signing_secret(resource_server: ResourceServerId) -> String {
    format!("signing_secret:{resource_server}")
}

/// The context of a sealed private key.
pub fn signing_key(key: SigningKeyId) -> String {
    format!("signing_key:{key}")
}
