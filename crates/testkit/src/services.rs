//! Stand-ins for the services that the binary hands in.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use async_trait::async_trait;
use citizenry_identity::{Error, PasswordHash};
use citizenry_storage::{Environment, PasswordHasher, Sealer};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{FrozenClock, SeededEntropy};

/// "Hashes" a password by writing it down: fast, and never outside of tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHasher;

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        Ok(PasswordHash::new(format!("$plain${}", password.expose_secret())))
    }

    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        Ok(hash.as_str().strip_prefix("$plain$") == Some(password.expose_secret()))
    }
}

/// "Seals" by mixing the context in, so that a wrong context or changed bytes are noticed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestSealer;

fn digest(parts: [&[u8]; 2]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

impl Sealer for TestSealer {
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let mut sealed = digest([context.as_bytes(), secret]).to_vec();
        sealed.extend(secret.iter().map(|byte| byte ^ 0x5a));
        Ok(sealed)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let refused = || Error::internal("not sealed for this");
        let (tag, hidden) = sealed.split_at_checked(8).ok_or_else(refused)?;
        let secret: Vec<u8> = hidden.iter().map(|byte| byte ^ 0x5a).collect();
        if digest([context.as_bytes(), &secret]) == tag { Ok(secret) } else { Err(refused()) }
    }

    fn keyed_hash(&self, purpose: &str, secret: &[u8]) -> [u8; 32] {
        let mut hash = [0_u8; 32];
        for (chunk, round) in hash.chunks_mut(8).zip(0_u8..) {
            let purpose = format!("{round}:{purpose}");
            chunk.copy_from_slice(&digest([purpose.as_bytes(), secret]));
        }
        hash
    }
}

/// A world held still: a [`FrozenClock`], [`SeededEntropy`], [`TestSealer`] and [`PlainHasher`].
pub fn environment() -> Environment {
    Environment {
        clock: Arc::new(FrozenClock::default()),
        entropy: Arc::new(SeededEntropy::default()),
        sealer: Arc::new(TestSealer),
        passwords: Arc::new(PlainHasher),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_open_with_their_context_alone() {
        let sealed = TestSealer.seal("client_secret:1", b"hunter2").unwrap();
        assert_eq!(TestSealer.open("client_secret:1", &sealed).unwrap(), b"hunter2");
        assert!(TestSealer.open("client_secret:2", &sealed).is_err());
        assert!(TestSealer.open("client_secret:1", &sealed[1..]).is_err());
    }

    #[test]
    fn keyed_hashes_tell_purposes_apart() {
        let hash = TestSealer.keyed_hash("a", b"x");
        assert_eq!(hash, TestSealer.keyed_hash("a", b"x"));
        assert_ne!(hash, TestSealer.keyed_hash("b", b"x"));
        assert_ne!(hash[..8], hash[8..16]);
    }
}
