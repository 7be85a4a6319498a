//! What the forms of the hosted pages post, and what their addresses carry.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// The inputs of all forms. A form posts some of them; whatever else comes is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageForm {
    /// The sealed authorization request.
    pub(crate) request: Option<String>,
    /// Proves that the form was shown in this browser.
    pub(crate) csrf: String,
    /// The language that the page was shown in.
    pub(crate) ui_locales: Option<String>,
    /// A username, an email address or a phone number.
    pub(crate) username: String,
    /// An email address.
    pub(crate) email: String,
    /// A phone number.
    pub(crate) phone_number: String,
    /// The password.
    #[serde(deserialize_with = "secret")]
    pub(crate) password: SecretString,
    /// Which button was pressed.
    pub(crate) action: Option<String>,
    /// The code of a device.
    pub(crate) user_code: String,
}

/// What stands in the address of a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageQuery {
    /// The sealed authorization request.
    pub(crate) request: Option<String>,
    /// The language that was chosen.
    pub(crate) ui_locales: Option<String>,
    /// The code of a device.
    pub(crate) user_code: Option<String>,
    /// What happened before: `password_changed` or `email_verified`.
    pub(crate) notice: Option<String>,
}

/// Reads a text that is not to be printed.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    Ok(SecretString::from(String::deserialize(deserializer)?))
}
