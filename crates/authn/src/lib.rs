//! Proving who one is: password hashes, and the installation's secrets at rest.
//!
//! The crate sits beside `directory` and `oauth` on the ports of `storage` and gives two of
//! them their implementation, which the binary hands to those who need it:
//!
//! - [`Argon2Hasher`] is the `PasswordHasher`: Argon2id on a few threads of its own, with a
//!   bounded queue, so that a burst of sign-ins can neither use up the memory nor starve the
//!   threads that serve everything else; it verifies what other systems hashed, too
//!   ([`ForeignHash`]), and [`calibrate`] finds its parameters;
//! - [`AesSealer`] is the `Sealer`: AES-256-GCM for secrets that must be shown or used again,
//!   and a keyed hash for those that are only looked up; both under one [`MasterKey`].
//!
//! Whether a new password is good enough, [`PolicyRules`] says.
//!
//! [`Authn`] holds the use cases: sign in, recognise and end sessions, set a new password, verify an
//! email address, send and check codes of a few digits.
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
mod attempts;
mod calibration;
mod clean_up;
mod codes;
mod entropy;
mod foreign_hashes;
mod master_key;
mod password_policy;
mod password_rules;
mod passwords;
mod recovery;
mod seal;
mod service;
mod sessions;
mod sign_in;

pub use argon2_hasher::{Argon2Cost, Argon2Hasher, HasherSettings};
pub use calibration::{CalibrationLimits, Candidate, calibrate, raw_rate};
pub use citizenry_identity::{CodeAddress, ProvedAddress};
pub use citizenry_storage::{Environment, Links};
pub use codes::{
    CodeCheck, CodePurpose, CodeRequest, LinkOwner, LinkSignIn, LinkedAccount, OwnAddress,
};
pub use entropy::SystemEntropy;
pub use foreign_hashes::ForeignHash;
pub use master_key::{MasterKey, MasterKeyError};
pub use password_policy::{PersonalData, broken_rules};
pub use password_rules::PolicyRules;
pub use passwords::UserKey;
pub use recovery::{LinkReset, PasswordError};
pub use seal::{AesSealer, SealError};
pub use service::Authn;
pub use sign_in::{SignIn, SignInError, SignedIn};
