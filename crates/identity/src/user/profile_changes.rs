//! Partial changes of a profile.

use super::{Address, Gender, Profile};
use crate::{Patch, Text};

/// What a partial change does to each field of a [`Profile`] and its [`Address`].
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(
    missing_docs,
    reason = "each field changes the field of the same name, which is documented"
)]
pub struct ProfileChanges {
    pub name: Patch<Text<255>>,
    pub given_name: Patch<Text<150>>,
    pub middle_name: Patch<Text<150>>,
    pub family_name: Patch<Text<150>>,
    pub nickname: Patch<Text<255>>,
    pub picture: Patch<Text<2048>>,
    pub gender: Patch<Gender>,
    pub birthdate: Patch<Text<10>>,
    pub locale: Patch<Text<35>>,
    pub zoneinfo: Patch<Text<64>>,
    pub profile: Patch<Text<2048>>,
    pub website: Patch<Text<2048>>,
    pub title: Patch<Text<128>>,
    pub company: Patch<Text<255>>,
    pub landline: Patch<Text<64>>,
    pub description: Patch<Text<1024>>,
    pub source: Patch<Text<64>>,
    pub address: Patch<Text<512>>,
    pub street_address: Patch<Text<512>>,
    pub formatted: Patch<Text<1024>>,
    pub country: Patch<Text<128>>,
    pub province: Patch<Text<128>>,
    pub city: Patch<Text<128>>,
    pub district: Patch<Text<128>>,
    pub postal_code: Patch<Text<32>>,
}

impl ProfileChanges {
    /// Carries the changes out.
    pub fn apply(self, profile: &mut Profile) {
        self.name.apply(&mut profile.name);
        self.given_name.apply(&mut profile.given_name);
        self.middle_name.apply(&mut profile.middle_name);
        self.family_name.apply(&mut profile.family_name);
        self.nickname.apply(&mut profile.nickname);
        self.picture.apply(&mut profile.picture);
        self.gender.apply(&mut profile.gender);
        self.birthdate.apply(&mut profile.birthdate);
        self.locale.apply(&mut profile.locale);
        self.zoneinfo.apply(&mut profile.zoneinfo);
        self.profile.apply(&mut profile.profile);
        self.website.apply(&mut profile.website);
        self.title.apply(&mut profile.title);
        self.company.apply(&mut profile.company);
        self.landline.apply(&mut profile.landline);
        self.description.apply(&mut profile.description);
        self.source.apply(&mut profile.source);
        let address: &mut Address = &mut profile.address;
        self.address.apply(&mut address.address);
        self.street_address.apply(&mut address.street_address);
        self.formatted.apply(&mut address.formatted);
        self.country.apply(&mut address.country);
        self.province.apply(&mut address.province);
        self.city.apply(&mut address.city);
        self.district.apply(&mut address.district);
        self.postal_code.apply(&mut address.postal_code);
    }
}
