//! How a client proves itself at the token endpoint.

use citizenry_identity::{AuthenticationMethod, Client, ClientIdentifier};
use citizenry_storage::{Sealer, sealing};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::{TokenError, TokenRequest};

/// What a client says about itself, its secret already hashed.
#[derive(Clone)]
pub(crate) struct Presented {
    /// Which client it says it is.
    pub(crate) identifier: ClientIdentifier,
    hash: [u8; 32],
}

impl Presented {
    /// Reads the credentials of `request`, which must come in exactly one way (RFC 6749, section
    /// 2.3).
    pub(crate) fn of(request: &TokenRequest, sealer: &dyn Sealer) -> Result<Self, TokenError> {
        let (identifier, secret) = match (&request.basic, &request.client_secret) {
            (Some(_), Some(_)) => {
                return Err(TokenError::InvalidRequest(
                    "the client proves itself in the header and in the body",
                ));
            }
            (Some(basic), None) => {
                let other = request.client_id.as_ref().is_some_and(|id| *id != basic.client_id);
                if other {
                    return Err(TokenError::InvalidRequest(
                        "the header and the body name different clients",
                    ));
                }
                (Some(&basic.client_id), &basic.client_secret)
            }
            (None, Some(secret)) => (request.client_id.as_ref(), secret),
            (None, None) => return Err(TokenError::InvalidClient),
        };
        let identifier = identifier.ok_or(TokenError::InvalidClient)?;
        // What is no identifier belongs to no client.
        let identifier =
            ClientIdentifier::parse(identifier).map_err(|_malformed| TokenError::InvalidClient)?;
        Ok(Self { identifier, hash: hash(sealer, secret) })
    }

    /// Whether this proves `client`.
    pub(crate) fn proves(&self, client: &Client) -> bool {
        // Clients that are to send their secret in one of the two ways may send it in the other:
        // the software development kits do not know which was configured.
        let by_secret = match client.authentication_method {
            AuthenticationMethod::ClientSecretBasic | AuthenticationMethod::ClientSecretPost => {
                true
            }
            AuthenticationMethod::ClientSecretJwt
            | AuthenticationMethod::PrivateKeyJwt
            | AuthenticationMethod::None => false,
        };
        let equal: bool = self.hash.ct_eq(&client.secret.hash).into();
        by_secret && equal
    }
}

fn hash(sealer: &dyn Sealer, secret: &SecretString) -> [u8; 32] {
    sealer.keyed_hash(sealing::CLIENT_SECRET, secret.expose_secret().as_bytes())
}
