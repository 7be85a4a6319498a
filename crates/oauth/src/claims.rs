//! What is said of a user: claims by scope and by the `claims` parameter (OpenID Connect Core 1.0,
//! sections 5.1, 5.4 and 5.5).

use citizenry_identity::{Email, Gender, Phone, User, Username};
use serde_json::{Map, Value, json};

/// The claims that this server can make, `sub` aside.
pub(crate) const SUPPORTED: [&str; 19] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "address",
    "phone_number",
    "phone_number_verified",
];

/// Where claims are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the answer of userinfo.
    Userinfo,
    /// In the ID token.
    IdToken,
}

impl Place {
    const fn member(self) -> &'static str {
        match self {
            Self::Userinfo => "userinfo",
            Self::IdToken => "id_token",
        }
    }
}

/// The claims that a scope stands for.
fn of_scope(scope: &str) -> &'static [&'static str] {
    match scope {
        "profile" => &[
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
        "email" => &["email", "email_verified"],
        "address" => &["address"],
        "phone" => &["phone_number", "phone_number_verified"],
        _ => &[],
    }
}

/// What is said of `user` in `place`, by the scopes and by what the `claims` parameter asks for.
/// What is not known is left out.
pub(crate) fn of(
    user: &User,
    scopes: &[String],
    requested: Option<&Map<String, Value>>,
    place: Place,
) -> Map<String, Value> {
    let by_scope = scopes.iter().flat_map(|scope| of_scope(scope)).copied();
    let by_name = requested
        .and_then(|requested| requested.get(place.member()))
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str);
    by_scope.chain(by_name).filter_map(|name| Some((name.to_owned(), claim(user, name)?))).collect()
}

fn claim(user: &User, name: &str) -> Option<Value> {
    let profile = &user.profile;
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Value::from);
    match name {
        "name" => text(Some(&user.display_name())),
        "given_name" => text(profile.given_name.as_deref()),
        "family_name" => text(profile.family_name.as_deref()),
        "middle_name" => text(profile.middle_name.as_deref()),
        "nickname" => text(profile.nickname.as_deref()),
        "preferred_username" => text(user.username.as_ref().map(Username::as_str)),
        "profile" => text(profile.profile.as_deref()),
        "picture" => text(profile.picture.as_deref()),
        "website" => text(profile.website.as_deref()),
        "gender" => gender(profile.gender?),
        "birthdate" => text(profile.birthdate.as_deref()),
        "zoneinfo" => text(profile.zoneinfo.as_deref()),
        "locale" => text(profile.locale.as_deref()),
        "updated_at" => Some(user.updated_at.unix_seconds().into()),
        "email" => text(user.email.as_ref().map(Email::as_str)),
        "email_verified" => user.email.as_ref().map(|_| user.email_verified.into()),
        "address" => address(user),
        "phone_number" => text(user.phone.as_ref().map(Phone::e164)),
        "phone_number_verified" => user.phone.as_ref().map(|_| user.phone_verified.into()),
        _ => None,
    }
}

fn gender(gender: Gender) -> Option<Value> {
    match gender {
        Gender::Unknown => None,
        Gender::Male => Some("male".into()),
        Gender::Female => Some("female".into()),
    }
}

fn address(user: &User) -> Option<Value> {
    let address = &user.profile.address;
    let formatted = address.formatted.as_deref().or(address.address.as_deref());
    let members = [
        ("formatted", formatted),
        ("street_address", address.street_address.as_deref()),
        ("locality", address.city.as_deref()),
        ("region", address.province.as_deref()),
        ("postal_code", address.postal_code.as_deref()),
        ("country", address.country.as_deref()),
    ];
    let members: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), json!(text?))))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}
