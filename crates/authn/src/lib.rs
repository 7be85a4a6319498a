//! Proving who one is: password hashes, and the installation's secrets at rest.
//!
//! The crate sits beside `directory` and `oauth` on the ports of `storage` and gives two of
//! them their implementation, which the binary hands to those who need it:
//!
//! - [`Argon2Hasher`] is the `PasswordHasher`: Argon2id on a few threads of its own, with a
//!   bounded queue, so that a burst of sign-ins can neither use up the memory nor starve the
//!   threads that serve everything else;
//! - [`AesSealer`] is the `Sealer`: AES-256-GCM for secrets that must be shown or used again,
//!   and a keyed hash for those that are only looked up; both under one [`MasterKey`].
//!
//! ```
//! use citizenry_authn::{AesSealer, MasterKey};
//! use citizenry_storage::Sealer;
//!
//! let sealer = AesSealer::new(&MasterKey::generate()?)?;
//! let sealed = sealer.seal("client_secret:1", b"a secret")?;
//! assert_eq!(sealer.open("client_secret:1", &sealed)?, b"a secret");
//! // A secret cannot be moved to another owner:
//! assert!(sealer.open("client_secret:2", &sealed).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod argon2_hasher;
mod argon2_pool;
mod entropy;
mod master_key;
mod seal;

pub use argon2_hasher::Argon2Hasher;
pub use entropy::SystemEntropy;
pub use master_key::{MasterKey, MasterKeyError};
pub use seal::{AesSealer, SealError};
