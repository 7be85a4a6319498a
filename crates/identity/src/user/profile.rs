//! Who a person is: OpenID Connect's standard claims, and a few more.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::{Error, Text};

/// A person's gender, as far as the dialects tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    /// Not said.
    #[default]
    Unknown,
    /// Male.
    Male,
    /// Female.
    Female,
}

/// Who a person is. A field that a door cannot show is kept when that door writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The full name, as it is shown.
    pub name: Option<Text<255>>,
    /// The given name.
    pub given_name: Option<Text<150>>,
    /// The middle name.
    pub middle_name: Option<Text<150>>,
    /// The family name.
    pub family_name: Option<Text<150>>,
    /// The nickname.
    pub nickname: Option<Text<255>>,
    /// A picture's URL.
    pub picture: Option<Text<2048>>,
    /// The gender; absent when nothing was ever said.
    pub gender: Option<Gender>,
    /// The day of birth, `YYYY-MM-DD`.
    pub birthdate: Option<Text<10>>,
    /// The language, as a BCP 47 tag.
    pub locale: Option<Text<35>>,
    /// The time zone.
    pub zoneinfo: Option<Text<64>>,
    /// The web page about the person.
    pub profile: Option<Text<2048>>,
    /// The person's web site.
    pub website: Option<Text<2048>>,
    /// The title.
    pub title: Option<Text<128>>,
    /// The company.
    pub company: Option<Text<255>>,
    /// A landline number: free text, not unique, no login key.
    pub landline: Option<Text<64>>,
    /// Where the person lives.
    #[serde(flatten)]
    pub address: Address,
    /// What else is said of the person.
    pub description: Option<Text<1024>>,
    /// The system that the account came from.
    pub source: Option<Text<64>>,
}

/// Where a person lives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The address as one text, as the dialects without parts know it.
    pub address: Option<Text<512>>,
    /// Street and house number.
    pub street_address: Option<Text<512>>,
    /// The whole address, ready for a label.
    pub formatted: Option<Text<1024>>,
    /// The country.
    pub country: Option<Text<128>>,
    /// The province (OpenID Connect's `address.region`).
    pub province: Option<Text<128>>,
    /// The city.
    pub city: Option<Text<128>>,
    /// The district of the city.
    pub district: Option<Text<128>>,
    /// The postal code.
    pub postal_code: Option<Text<32>>,
}

impl Profile {
    /// The name; without one, given and family name; nothing without any of them.
    pub fn full_name(&self) -> Option<String> {
        if let Some(name) = &self.name {
            return Some(name.to_string());
        }
        let parts = [self.given_name.as_deref(), self.family_name.as_deref()];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// Reads a day of birth.
    ///
    /// # Errors
    /// `Invalid` on `birthdate` unless the text is a day of the calendar as `YYYY-MM-DD`.
    pub fn parse_birthdate(text: &str) -> Result<Text<10>, Error> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        Date::parse(text, format)
            .map_err(|_unparsable| Error::invalid("birthdate", "must be a day as YYYY-MM-DD"))?;
        Text::parse("birthdate", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birthdates_are_days_of_the_calendar() {
        assert!(Profile::parse_birthdate("1987-04-23").is_ok());
        for text in ["", "1987-02-30", "23.04.1987", "1987-4-23", "+10000-01-01"] {
            assert!(Profile::parse_birthdate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_profile_reads_back_as_it_was_stored() {
        let profile = Profile {
            name: Some(Text::parse("name", "李雷").unwrap()),
            gender: Some(Gender::Male),
            address: Address {
                city: Some(Text::parse("city", "深圳").unwrap()),
                ..Address::default()
            },
            ..Profile::default()
        };
        let stored = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&stored).unwrap(), profile);
    }
}
