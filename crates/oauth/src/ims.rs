//! What Audience Manager's identity service calls tenants and clients: derived, never stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use citizenry_identity::{Client, Error, Tenant};
use secrecy::SecretString;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::jws::{PublicKey, Signer};

/// Characters of a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

/// The organization id of a tenant: `<tenant id in upper case>@AdobeOrg`.
pub fn organization_id(tenant: &Tenant) -> String {
    format!("{}@AdobeOrg", tenant.id.to_string().to_ascii_uppercase())
}

/// The technical account id of a client: `<client_id>@techacct.adobe.com`.
pub fn technical_account_id(client: &Client) -> String {
    format!("{}@techacct.adobe.com", client.identifier)
}

/// A new key pair for a technical account, RSA of 2048 bits: the private key as PKCS#8 in PEM, and
/// the public one as a JWK (RFC 7517) to register with the client. Takes a good part of a second.
///
/// # Errors
/// `Internal` when no key can be made.
pub fn generate_key() -> Result<(SecretString, Value), Error> {
    let (signer, pkcs8) = Signer::generate_rs256().map_err(Error::internal)?;
    let pkcs8 = Zeroizing::new(pkcs8);
    let Some(key @ PublicKey::Rsa { .. }) = signer.public_key() else {
        return Err(Error::internal("an RSA key without its public half"));
    };
    let kid = key.thumbprint();
    let PublicKey::Rsa { n, e } = key else {
        return Err(Error::internal("an RSA key of another kind"));
    };
    let jwk = json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "n": n, "e": e });
    Ok((pem(&pkcs8).into(), jwk))
}

/// A private key in PEM.
fn pem(pkcs8: &[u8]) -> String {
    let encoded = Zeroizing::new(STANDARD.encode(pkcs8));
    let mut text = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}
