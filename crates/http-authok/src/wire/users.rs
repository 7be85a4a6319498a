//! Users as callers see them.

use citizenry_directory::UserView;
use citizenry_identity::{Email, Error, Gender, Identity as Model, Phone, Profile, Text, Username};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::auth::Call;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct User {
    /// `<provider>|<id>`, unique in the tenant.
    user_id: String,
    /// The name of the connection that the user began with.
    connection: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    email_verified: bool,
    /// The same.
    verify_email: bool,
    #[serde(flatten)]
    phone: Option<PhoneOfUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    profile: ProfileOfUser,
    /// Whether the user cannot sign in now.
    blocked: bool,
    identities: Vec<Identity>,
    #[schema(value_type = Object)]
    user_metadata: Map<String, Value>,
    #[schema(value_type = Object)]
    app_metadata: Map<String, Value>,
    logins_count: i64,
    signup_at: String,
    /// Empty when it is not known.
    signup_ip: String,
    /// Null when the user never signed in.
    last_login: Option<String>,
    /// Empty when it is not known.
    last_ip: String,
    created_at: String,
    updated_at: String,
}

/// A user's phone number.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
struct PhoneOfUser {
    /// Without country code.
    phone_number: String,
    phone_country_code: String,
    phone_number_verified: bool,
    /// The same, as Auth0 calls it.
    phone_verified: bool,
}

/// Who a person is.
#[derive(Debug, Serialize, ToSchema)]
struct ProfileOfUser {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    /// 0 unknown, 1 male, 2 female.
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// The district of the city.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// One way in of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identity {
    connection: String,
    /// What the provider calls the user.
    user_id: String,
    provider: String,
    is_social: bool,
    /// The same, as Auth0 calls it.
    #[serde(rename = "isSocial")]
    camel_is_social: bool,
    /// Empty without `read:user_idp_tokens`.
    access_token: String,
    #[schema(value_type = Object)]
    profile_data: Map<String, Value>,
    /// The same, as Auth0 calls it.
    #[serde(rename = "profileData")]
    #[schema(value_type = Object)]
    camel_profile_data: Map<String, Value>,
}

impl User {
    /// The user as `call` is to see it.
    pub(crate) fn new(call: &Call, view: UserView) -> Result<Self, Error> {
        let identities = identities(call, &view)?;
        let connection = view.connection_name(view.user.connection).to_owned();
        let user = view.user;
        let phone_verified = user.phone_verified;
        Ok(Self {
            user_id: user.subject.to_string(),
            connection,
            email: user.email.as_ref().map(Email::as_str).map(str::to_owned),
            email_verified: user.email_verified,
            verify_email: user.email_verified,
            phone: user.phone.as_ref().map(|phone| PhoneOfUser::new(phone, phone_verified)),
            username: user.username.as_ref().map(Username::as_str).map(str::to_owned),
            blocked: user.is_blocked(call.directory.now()),
            profile: user.profile.into(),
            identities,
            user_metadata: user.user_metadata.into_object(),
            app_metadata: user.app_metadata.into_object(),
            logins_count: user.logins_count,
            signup_at: call.time(user.signed_up_at),
            signup_ip: user.signed_up_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            last_login: user.last_login_at.map(|at| call.time(at)),
            last_ip: user.last_ip.map(|ip| ip.to_string()).unwrap_or_default(),
            created_at: call.time(user.created_at),
            updated_at: call.time(user.updated_at),
        })
    }
}

/// A user's identities as `call` is to see them.
pub(crate) fn identities(call: &Call, view: &UserView) -> Result<Vec<Identity>, Error> {
    let show = |identity: &Model| {
        let token = call.directory.provider_access_token(&call.caller, identity)?;
        let profile_data = identity.profile_data.as_object();
        Ok(Identity {
            connection: view.connection_name(identity.connection).to_owned(),
            user_id: identity.provider_user_id.clone(),
            provider: identity.provider.to_string(),
            is_social: identity.is_social,
            camel_is_social: identity.is_social,
            access_token: token.map(|token| token.expose_secret().to_owned()).unwrap_or_default(),
            profile_data: profile_data.clone(),
            camel_profile_data: profile_data.clone(),
        })
    };
    view.user.identities.iter().map(show).collect()
}

impl PhoneOfUser {
    fn new(phone: &Phone, verified: bool) -> Self {
        Self {
            phone_number: phone.national().to_owned(),
            phone_country_code: phone.country_code().to_string(),
            phone_number_verified: verified,
            phone_verified: verified,
        }
    }
}

impl From<Profile> for ProfileOfUser {
    fn from(profile: Profile) -> Self {
        let gender = |gender| match gender {
            Gender::Unknown => 0,
            Gender::Male => 1,
            Gender::Female => 2,
        };
        let (name, address) = (profile.full_name(), profile.address);
        Self {
            name,
            given_name: profile.given_name.map(Text::into_string),
            family_name: profile.family_name.map(Text::into_string),
            nickname: profile.nickname.map(Text::into_string),
            picture: profile.picture.map(Text::into_string),
            gender: profile.gender.map(gender),
            birthdate: profile.birthdate.map(Text::into_string),
            locale: profile.locale.map(Text::into_string),
            country: address.country.map(Text::into_string),
            province: address.province.map(Text::into_string),
            city: address.city.map(Text::into_string),
            region: address.district.map(Text::into_string),
            address: address.address.map(Text::into_string),
            postal_code: address.postal_code.map(Text::into_string),
            description: profile.description.map(Text::into_string),
        }
    }
}
