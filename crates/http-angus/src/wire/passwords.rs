//! Bodies with passwords.

use citizenry_directory::UserRef;
use secrecy::SecretString;
use serde::Deserialize;
use validator::Validate;

use super::{body::required, error::Own, ids, secrets::Secret};

/// A password of another user.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserPassword {
    #[validate(required)]
    id: Option<i64>,
    #[validate(required, length(min = 6, max = 49))]
    new_password: Option<Secret>,
}

impl UserPassword {
    /// Whose, and which.
    pub(crate) fn read(self) -> Result<(UserRef, SecretString), Own> {
        let user = UserRef::Number(ids::number(required("id", self.id)?));
        Ok((user, required("newPassword", self.new_password)?.into_inner()))
    }
}

/// A new password in place of one's own.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnPassword {
    #[validate(required, length(min = 6, max = 49))]
    old_password: Option<Secret>,
    #[validate(required, length(min = 6, max = 49))]
    new_password: Option<Secret>,
}

impl OwnPassword {
    /// The old and the new one.
    pub(crate) fn read(self) -> Result<(SecretString, SecretString), Own> {
        let old = required("oldPassword", self.old_password)?.into_inner();
        Ok((old, required("newPassword", self.new_password)?.into_inner()))
    }
}

/// A first password for oneself.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FirstPassword {
    #[validate(required, length(min = 6, max = 49))]
    new_password: Option<Secret>,
}

impl FirstPassword {
    /// The password.
    pub(crate) fn read(self) -> Result<SecretString, Own> {
        Ok(required("newPassword", self.new_password)?.into_inner())
    }
}
