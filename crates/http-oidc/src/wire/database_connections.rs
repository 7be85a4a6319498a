//! Bodies of `/dbconnections/…`.

use citizenry_identity::{Email, User, Username};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A sign-up. Whatever else is sent is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignUpBody {
    /// The client that people sign up for.
    pub(crate) client_id: Option<String>,
    /// The connection's name; the default one's if none is named.
    pub(crate) connection: Option<String>,
    /// An email address.
    pub(crate) email: Option<String>,
    /// A username.
    pub(crate) username: Option<String>,
    /// A phone number.
    pub(crate) phone_number: Option<String>,
    /// The password.
    #[serde(deserialize_with = "secret")]
    pub(crate) password: Option<SecretString>,
    /// The given name.
    pub(crate) given_name: Option<String>,
    /// The family name.
    pub(crate) family_name: Option<String>,
    /// The whole name.
    pub(crate) name: Option<String>,
    /// The nickname.
    pub(crate) nickname: Option<String>,
    /// A picture's URL.
    pub(crate) picture: Option<String>,
    /// Free data that the user may edit.
    pub(crate) user_metadata: Option<Map<String, Value>>,
}

/// A wish for a mail with which to set a new password. Whatever else is sent is ignored, a new
/// password included.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangePasswordBody {
    /// The client that asks.
    pub(crate) client_id: Option<String>,
    /// The connection's name; any if none is named.
    pub(crate) connection: Option<String>,
    /// The address of the account.
    pub(crate) email: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// Who has signed up.
#[derive(Debug, Serialize)]
pub(crate) struct SignedUp<'a> {
    _id: &'a str,
    email_verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
}

impl<'a> From<&'a User> for SignedUp<'a> {
    fn from(user: &'a User) -> Self {
        let subject = user.subject.as_str();
        let profile = &user.profile;
        Self {
            _id: subject.split_once('|').map_or(subject, |(_, id)| id),
            email_verified: user.email_verified,
            email: user.email.as_ref().map(Email::as_str),
            username: user.username.as_ref().map(Username::as_str),
            given_name: profile.given_name.as_deref(),
            family_name: profile.family_name.as_deref(),
            name: profile.name.as_deref(),
            nickname: profile.nickname.as_deref(),
            picture: profile.picture.as_deref(),
        }
    }
}
