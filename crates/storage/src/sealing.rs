//! What secrets are sealed and hashed for: the contexts that a [`Sealer`](crate::Sealer) is given.
//!
//! They are part of what is stored: a secret that was sealed for one context opens for no other.

use citizenry_identity::{ApiTokenId, ClientId, MessageId, ResourceServerId, SigningKeyId, UserId};

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

/// The purpose of the keyed hash of a browser's session secret.
pub const SESSION_SECRET: &str = "session_secret";

/// The purpose of the keyed hash of a refresh token.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// The purpose of the keyed hash of an opaque access token.
pub const ACCESS_TOKEN: &str = "access_token";

/// The purpose of the keyed hash that a rotated refresh token's successor is derived by.
pub const REFRESH_SUCCESSOR: &str = "refresh_successor";

/// The purpose of the keyed hash of what failed attempts are counted for.
pub const ATTEMPTS: &str = "attempts";

/// The context of an authorization request that a page carries along.
pub const AUTHORIZATION_REQUEST: &str = "authorization_request";

/// The context of the secret by which a browser shows that a user has signed in there before.
pub fn device(user: UserId) -> String {
    format!("device:{user}")
}

/// The context of a sealed message in the outbox.
pub fn message(message: MessageId) -> String {
    format!("message:{message}")
}

/// The purpose of the keyed hash that a form of the pages carries.
pub const FORM_TOKEN: &str = "form_token";

/// The purpose of the keyed hash of a user code (RFC 8628).
pub const USER_CODE: &str = "user_code";

/// The purpose of the keyed hash that the nonces of proofs are derived by (RFC 9449).
pub const DPOP_NONCE: &str = "dpop_nonce";

/// The purpose of the keyed hash of a token that a person or an administrator has made.
pub const API_TOKEN: &str = "api_token";

/// The context of the sealed value of such a token.
pub fn api_token(token: ApiTokenId) -> String {
    format!("{API_TOKEN}:{token}")
}
