//! Secrets in bodies.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use validator::ValidateLength;

/// A secret of a body. `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// The secret itself.
    pub(crate) fn into_inner(self) -> SecretString {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

/// Refusals carry the value that they refuse; of a secret, nothing.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl ValidateLength<u64> for Secret {
    fn length(&self) -> Option<u64> {
        Some(self.0.expose_secret().chars().count() as u64)
    }
}
