//! Secrets at rest: sealed to be opened again, or hashed under a key to be looked up.
//!
//! A sealed value is `version ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, where the version names
//! the generation of keys it was sealed with, so that a master key can be replaced while old
//! values still open. Version and context (purpose and owner) are authenticated: a value that is
//! copied to another row, column or tenant does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use citizenry_identity::Error;
use citizenry_storage::Sealer;
use zeroize::Zeroizing;

use crate::MasterKey;

/// The generation of keys that seals now.
const VERSION: u8 = 1;

/// Bytes before the ciphertext: the version and the nonce.
const HEADER: usize = 1 + NONCE_LEN;

/// AES-256-GCM and HMAC-SHA-256 under keys derived from the master key by HKDF (RFC 5869): one
/// for sealing, and one for the keyed hashes, from which each purpose has its own.
pub struct AesSealer {
    sealing: RandomizedNonceKey,
    hashing: hmac::Key,
}

/// Why a value could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The value is damaged, or belongs to another context or master key.
    #[error("a sealed value does not open: it is damaged, or the master key is another")]
    DoesNotOpen,
    /// The value was sealed with a generation of keys that this program does not have.
    #[error("a value was sealed with key version {0}, which is not known here")]
    UnknownVersion(u8),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed")]
    Library,
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::internal(error)
    }
}

impl std::fmt::Debug for AesSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AesSealer").finish_non_exhaustive()
    }
}

impl AesSealer {
    /// Derives the keys.
    ///
    /// # Errors
    /// [`SealError::Library`].
    pub fn new(master: &MasterKey) -> Result<Self, SealError> {
        let derivation = Salt::new(HKDF_SHA256, b"citizenry").extract(master.expose());
        let mut key = Zeroizing::new([0_u8; 32]);
        derivation
            .expand(&[b"seal/1"], &AES_256_GCM)
            .and_then(|okm| okm.fill(key.as_mut()))
            .map_err(|_unspecified| SealError::Library)?;
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref())
            .map_err(|_unspecified| SealError::Library)?;
        let hashing = derivation
            .expand(&[b"keyed-hash/1"], hmac::HMAC_SHA256)
            .map_err(|_unspecified| SealError::Library)?;
        Ok(Self { sealing, hashing: hmac::Key::from(hashing) })
    }

    fn seal_for(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut body = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(secret);
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(associated(VERSION, context)), &mut body)
            .map_err(|_unspecified| SealError::Library)?;
        let mut sealed = Vec::with_capacity(HEADER + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    fn open_for(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&version, rest) = sealed.split_first().ok_or(SealError::DoesNotOpen)?;
        if version != VERSION {
            return Err(SealError::UnknownVersion(version));
        }
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::DoesNotOpen)?;
        let mut body = body.to_vec();
        let opened = self
            .sealing
            .open_in_place(Nonce::from(nonce), Aad::from(associated(version, context)), &mut body)
            .map_err(|_unspecified| SealError::DoesNotOpen)?
            .len();
        body.truncate(opened);
        Ok(body)
    }
}

impl Sealer for AesSealer {
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.seal_for(context, secret)?)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.open_for(context, sealed)?)
    }

    /// HMAC-SHA-256 of the secret under a key of its own for each purpose. Equal secrets give
    /// equal hashes, so only random secrets are hashed so, never passwords.
    fn keyed_hash(&self, purpose: &str, secret: &[u8]) -> [u8; 32] {
        let key = hmac::sign(&self.hashing, purpose.as_bytes());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()), secret);
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        hash
    }
}

/// What a sealed value is bound to.
fn associated(version: u8, context: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + context.len());
    bytes.push(version);
    bytes.extend_from_slice(context.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn sealer() -> AesSealer {
        AesSealer::new(&MasterKey::from_bytes([7; 32])).unwrap()
    }

    #[test]
    fn what_was_sealed_opens() {
        for secret in [&b""[..], b"x", &[0; 5000]] {
            let sealed = sealer().seal("client_secret:1", secret).unwrap();
            assert_eq!(sealed.len(), HEADER + secret.len() + 16);
            assert_eq!(sealer().open("client_secret:1", &sealed).unwrap(), secret);
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let first = sealer().seal("client_secret:1", b"secret").unwrap();
        let second = sealer().seal("client_secret:1", b"secret").unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn nothing_opens_for_another_context_or_key() {
        let sealed = sealer().seal_for("client_secret:1", b"secret").unwrap();
        let other = AesSealer::new(&MasterKey::from_bytes([8; 32])).unwrap();
        assert_eq!(other.open_for("client_secret:1", &sealed), Err(SealError::DoesNotOpen));
        for context in ["", "client_secret:2", "client_secret:11", "signing_key:1"] {
            let opened = sealer().open_for(context, &sealed);
            assert_eq!(opened, Err(SealError::DoesNotOpen), "{context}");
        }
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let sealed = sealer().seal_for("context", b"secret").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            let expected = match position {
                0 => SealError::UnknownVersion(0),
                _ => SealError::DoesNotOpen,
            };
            assert_eq!(sealer().open_for("context", &changed), Err(expected));
            let cut = &sealed[..position];
            assert_eq!(sealer().open_for("context", cut), Err(SealError::DoesNotOpen));
        }
    }

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_secret() {
        let hash = |key, purpose, secret: &[u8]| {
            let sealer = AesSealer::new(&MasterKey::from_bytes([key; 32])).unwrap();
            sealer.keyed_hash(purpose, secret)
        };
        assert_eq!(hash(1, "client_secret", b"a"), hash(1, "client_secret", b"a"));
        assert_ne!(hash(1, "client_secret", b"a"), hash(2, "client_secret", b"a"));
        assert_ne!(hash(1, "client_secret", b"a"), hash(1, "access_key", b"a"));
        assert_ne!(hash(1, "client_secret", b"a"), hash(1, "client_secret", b"b"));
    }

    /// The derived keys are part of the stored format: if this fails, no installation can read
    /// its own secrets any more. The values were computed by another implementation.
    #[test]
    fn the_derivation_never_changes() {
        let hash = sealer().keyed_hash("client_secret", b"secret");
        assert_eq!(STANDARD.encode(hash), "1XOFyXCnIM54l5vZ6tDQk1tHCU0YfS5W4mplanw+tZ0=");
        assert_eq!(sealer().open("context", &SEALED).unwrap(), b"secret");
    }

    /// `secret`, sealed for `context` with the key of [`sealer`].
    const SEALED: [u8; 35] = [
        1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 221, 247, 197, 198, 143, 49, 35, 129, 219, 218,
        181, 9, 47, 104, 62, 238, 237, 101, 138, 198, 60, 15,
    ];
}
