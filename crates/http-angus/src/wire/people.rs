//! What members of departments and groups have in common, as lists show them.

use citizenry_identity::{Phone, User};

/// A user, as lists of members show him.
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) full_name: String,
    pub(crate) mobile: Option<String>,
    pub(crate) avatar: Option<String>,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        Self {
            id: user.number.get(),
            full_name: user.display_name(),
            mobile: user.phone.as_ref().map(Phone::national).map(str::to_owned),
            avatar: user.profile.picture.as_ref().map(|picture| picture.as_str().to_owned()),
        }
    }
}
