//! What an identity's provider says of a user, in the words of the dialects, and back.

use serde_json::{Map, Value};

use super::{Gender, Profile, User};
use crate::{Email, Error, Metadata, Phone, Text, Username};

/// Sign-in keys and profile as an identity's `profile_data` tells them.
#[derive(Debug, Clone, Default)]
pub struct DescribedUser {
    /// The username.
    pub username: Option<Username>,
    /// The email address.
    pub email: Option<Email>,
    /// Whether the provider vouches for it.
    pub email_verified: bool,
    /// The phone number.
    pub phone: Option<Phone>,
    /// Whether the provider vouches for it.
    pub phone_verified: bool,
    /// Who the person is.
    pub profile: Profile,
}

impl User {
    /// The user as `profile_data` of an identity that moves to another user.
    pub fn profile_data(&self) -> Metadata {
        let profile = &self.profile;
        let text = |text: Option<&str>| text.map(|text| Value::from(text.to_owned()));
        let gender = profile.gender.map(|gender| match gender {
            Gender::Unknown => Value::from(0),
            Gender::Male => Value::from(1),
            Gender::Female => Value::from(2),
        });
        let members = [
            ("email", text(self.email.as_ref().map(Email::as_str))),
            ("emailVerified", self.email.as_ref().map(|_| Value::from(self.email_verified))),
            ("username", text(self.username.as_ref().map(Username::as_str))),
            ("phone_number", text(self.phone.as_ref().map(Phone::e164))),
            (
                "phone_number_verified",
                self.phone.as_ref().map(|_| Value::from(self.phone_verified)),
            ),
            ("name", text(profile.name.as_deref())),
            ("given_name", text(profile.given_name.as_deref())),
            ("family_name", text(profile.family_name.as_deref())),
            ("nickname", text(profile.nickname.as_deref())),
            ("picture", text(profile.picture.as_deref())),
            ("city", text(profile.address.city.as_deref())),
            ("province", text(profile.address.province.as_deref())),
            ("country", text(profile.address.country.as_deref())),
            ("gender", gender),
        ];
        let known = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Metadata::from_stored(known.collect())
    }
}

impl DescribedUser {
    /// Reads `profile_data`. Members of other names are passed over.
    ///
    /// # Errors
    /// `Invalid` on the member that the model refuses.
    pub fn read(data: &Metadata, phone_country: u16) -> Result<Self, Error> {
        let data = data.as_object();
        let text = |key: &str| text_of(data, key);
        let flag = |keys: [&str; 2]| {
            keys.iter().any(|key| data.get(*key).and_then(Value::as_bool).unwrap_or_default())
        };
        let mut described = Self {
            username: text("username").map(|text| Username::parse(&text)).transpose()?,
            email: text("email").map(|text| Email::parse(&text)).transpose()?,
            email_verified: flag(["emailVerified", "email_verified"]),
            phone: text("phone_number").map(|it| Phone::parse(&it, phone_country)).transpose()?,
            phone_verified: flag(["phone_number_verified", "phone_verified"]),
            profile: Profile {
                name: Text::optional("name", text("name"))?,
                given_name: Text::optional("given_name", text("given_name"))?,
                family_name: Text::optional("family_name", text("family_name"))?,
                nickname: Text::optional("nickname", text("nickname"))?,
                picture: Text::optional("picture", text("picture"))?,
                gender: data.get("gender").and_then(gender_of),
                ..Profile::default()
            },
        };
        let address = &mut described.profile.address;
        address.city = Text::optional("city", text("city"))?;
        address.province = Text::optional("province", text("province"))?;
        address.country = Text::optional("country", text("country"))?;
        Ok(described)
    }
}

fn text_of(data: &Map<String, Value>, key: &str) -> Option<String> {
    data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn gender_of(value: &Value) -> Option<Gender> {
    match value.as_i64() {
        Some(0) => Some(Gender::Unknown),
        Some(1) => Some(Gender::Male),
        Some(2) => Some(Gender::Female),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_other_names_are_passed_over() {
        let data = serde_json::json!({
            "email": "fioman@qq.com", "emailVerified": true, "gender": 61, "openid": "36",
            "phone_number": "18600002222", "name": "李雷", "city": "深圳", "nickname": ""
        });
        let data = Metadata::from_stored(data.as_object().unwrap().clone());
        let described = DescribedUser::read(&data, 86).unwrap();
        assert!(described.email_verified);
        assert_eq!(described.email.unwrap().as_str(), "fioman@qq.com");
        assert_eq!(described.phone.unwrap().e164(), "+8618600002222");
        assert_eq!(described.profile.address.city.as_deref(), Some("深圳"));
        assert_eq!((described.profile.gender, described.profile.nickname), (None, None));
    }
}
