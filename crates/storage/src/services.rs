//! Ports of outside services, implemented by `authn` or the binary and handed in by the binary.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use citizenry_identity::{
    Clock, Entropy, Error, Moment, PasswordHash, PasswordPolicy, PasswordRule,
};
use secrecy::SecretString;

use crate::{Document, OutgoingError, WebClient};

/// Hashes passwords, away from the threads that serve requests.
#[async_trait]
pub trait PasswordHasher: Send + Sync + fmt::Debug {
    /// Hashes a password.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error>;
    /// Whether the password is the one that was hashed, in constant time; and whether to hash it
    /// anew, now that it is known.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full; `Internal` when the hash cannot be read.
    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error>;
    /// Does the work of a verification for nobody, so that an unknown user takes as long as a
    /// wrong password.
    ///
    /// # Errors
    /// `Unavailable` when the queue is full.
    async fn verify_nothing(&self, password: &SecretString) -> Result<(), Error>;
    /// A hash that another system made, as it is stored here: read, and refused unless it can be
    /// verified at a cost that this program may be made to pay. Nothing is computed.
    ///
    /// # Errors
    /// `Invalid` on `password_hash` or `custom_password_hash`; it quotes nothing of the hash.
    fn adopt(&self, _given: GivenHash<'_>) -> Result<PasswordHash, Error> {
        Err(Error::invalid("password_hash", "cannot be read here"))
    }
}

/// The hash of a password as another system wrote it.
#[derive(Clone, Copy)]
pub enum GivenHash<'a> {
    /// A text that names its algorithm.
    Text(&'a str),
    /// The `custom_password_hash` of Auth0's and Authok's imports.
    Custom(&'a serde_json::Value),
}

impl fmt::Debug for GivenHash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenHash(..)")
    }
}

/// What came of holding a password against a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Another password.
    Wrong,
    /// The password.
    Correct,
    /// The password, but its hash is of another algorithm or cheaper than today's: store a new one.
    CorrectOutdated,
}

impl Verification {
    /// Whether it was the password.
    pub const fn is_correct(self) -> bool {
        matches!(self, Self::Correct | Self::CorrectOutdated)
    }

    /// Whether it was the password and should be hashed anew.
    pub const fn wants_new_hash(self) -> bool {
        matches!(self, Self::CorrectOutdated)
    }
}

/// Holds new passwords against a policy, away from the threads that serve requests.
#[async_trait]
pub trait PasswordRules: Send + Sync + fmt::Debug {
    /// The rules of `policy` that `password` breaks, in the order of [`PasswordPolicy::rules`];
    /// `personal` is what is known of its owner: names, username, email address, phone number.
    /// Whether it was used before ([`PasswordRule::NotRecent`]) is for the use case to see.
    ///
    /// # Errors
    /// `Internal` when the work could not be done.
    async fn violations(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        personal: &[String],
    ) -> Result<Vec<PasswordRule>, Error>;
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
    /// Holds new passwords against a policy.
    pub password_rules: Arc<dyn PasswordRules>,
    /// Speaks to servers whose addresses come from outside.
    pub web: Arc<dyn WebClient>,
}

impl Environment {
    /// The present moment: read it before a unit of work begins.
    pub fn moment(&self) -> Moment {
        Moment::new(self.clock.now(), Arc::clone(&self.entropy))
    }
}

/// A web without servers: refuses every request. For programs that speak to none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWeb;

#[async_trait]
impl WebClient for NoWeb {
    async fn get(&self, _url: &str) -> Result<Document, OutgoingError> {
        Err(OutgoingError::Refused("this program speaks to no server".to_owned()))
    }

    async fn post_form(
        &self,
        url: &str,
        _form: &[(&str, &str)],
    ) -> Result<Document, OutgoingError> {
        self.get(url).await
    }
}
