//! Ports of outside services, implemented by `authn` or the binary and handed in by the binary.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use citizenry_identity::{Clock, Entropy, Error, Moment, PasswordHash};
use secrecy::SecretString;

/// Hashes passwords, away from the threads that serve requests.
#[async_trait]
pub trait PasswordHasher: Send + Sync + fmt::Debug {
    /// Hashes a password.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error>;
    /// Whether the password is the one that was hashed, in constant time.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full; `Internal` when the hash cannot be read.
    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error>;
}

/// Seals secrets at rest, and hashes them for look-ups, with the installation's master key.
pub trait Sealer: Send + Sync + fmt::Debug {
    /// Seals `secret` for one purpose and owner (`client_secret:<id>`): sealed bytes open only with
    /// the same context.
    ///
    /// # Errors
    /// `Internal` when sealing fails.
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, Error>;
    /// Opens what `seal` made.
    ///
    /// # Errors
    /// `Internal` when the bytes, the context or the master key are not the right ones.
    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error>;
    /// A keyed hash of a random secret, to compare with; `purpose` keeps kinds of secrets apart.
    fn keyed_hash(&self, purpose: &str, secret: &[u8]) -> [u8; 32];
}

/// What every service of use cases is given beside storage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Where the present is read from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Seals secrets.
    pub sealer: Arc<dyn Sealer>,
    /// Hashes passwords.
    pub passwords: Arc<dyn PasswordHasher>,
}

impl Environment {
    /// The present moment: read it before a unit of work begins.
    pub fn moment(&self) -> Moment {
        Moment::new(self.clock.now(), Arc::clone(&self.entropy))
    }
}
