//! What callers send about users.

use citizenry_authz::Caller;
use citizenry_directory::{
    IdentitySelector, MetadataChange, NewIdentity, NewUser, UserChanges, UserQuery, UserRef,
};
use citizenry_http_kit::Refusal;
use citizenry_identity::{
    Address, ConnectionName, Email, Error, Gender, Metadata, Patch, Phone, Profile, ProfileChanges,
    Strategy, Subject, Text, Timestamp, Username, WebUrl,
};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::Prefix,
    body::{metadata, nullable, present, secret, text_patch},
    ids,
    paging::{each, given, list_query},
    search::search,
};

list_query! {
    /// The query of the list of users.
    UserList {
        /// Lucene, as far as Auth0's user search has it.
        q: Option<String>,
        /// Sent by SDKs beside `q`.
        search_engine: Option<String>,
        /// Sent by Auth0's SDKs; the order is `sort`'s.
        primary_order: Option<bool>,
        /// Users of this connection.
        connection: Option<String>,
        /// Users with this email address.
        email: Option<String>,
        /// Users with this username.
        username: Option<String>,
        /// Users whose nickname contains this.
        nickname: Option<String>,
        /// Users whose number contains this.
        phone_number: Option<String>,
        /// Users who have this role.
        role_id: Option<String>,
        /// Users who have none of these roles.
        exclude_role_id: Vec<String>,
        /// Users of these groups: there are none yet.
        group: Vec<String>,
    }
}

impl UserList {
    /// The filter; `now` is when somebody is blocked.
    pub(crate) fn filter(&mut self, now: Timestamp) -> Result<UserQuery, Refusal> {
        if each(&self.group).next().is_some() {
            let reason = "there are no groups yet";
            return Err(Refusal::query(Some("group".to_owned()), reason));
        }
        let role = given(self.role_id.take());
        let role = role.map(|role| ids::filter(ids::role, &role)).transpose()?;
        let without_roles = each(&self.exclude_role_id).filter_map(|text| ids::role(text).ok());
        Ok(UserQuery {
            connection: given(self.connection.take()).map(ConnectionName::from_stored),
            email: given(self.email.take()),
            username: given(self.username.take()),
            nickname_contains: given(self.nickname.take()),
            phone_contains: given(self.phone_number.take()),
            role,
            without_roles: without_roles.collect(),
            search: search(self.q.as_deref(), now)?,
            ..UserQuery::default()
        })
    }
}

/// The query of the look-up by email address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailQuery {
    /// The address.
    pub(crate) email: String,
    /// Which members are wanted.
    #[serde(default)]
    pub(crate) fields: Option<String>,
    /// Whether those, or all others.
    #[serde(default)]
    pub(crate) include_fields: Option<bool>,
}

/// A user to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUser {
    /// The name of a database connection.
    connection: String,
    #[validate(length(max = 64))]
    email: Option<String>,
    /// In the tenant's country unless it begins with `+` and a country code.
    phone_number: Option<String>,
    /// A login name.
    #[validate(length(max = 32))]
    username: Option<String>,
    picture: Option<String>,
    /// 0 unknown, 1 male, 2 female.
    #[validate(range(min = 0, max = 2))]
    gender: Option<i64>,
    /// Whether the password must be changed at the next sign-in.
    force_reset_password: Option<bool>,
    nickname: Option<String>,
    name: Option<String>,
    /// `phone_verified` to Auth0.
    #[serde(alias = "phone_verified")]
    phone_number_verified: Option<bool>,
    given_name: Option<String>,
    family_name: Option<String>,
    /// Never returned.
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    user_metadata: Option<Map<String, Value>>,
    app_metadata: Option<Map<String, Value>>,
    blocked: Option<bool>,
    /// The part of the `user_id` after the pipe.
    user_id: Option<String>,
    email_verified: Option<bool>,
    /// Whether to mail the user how to verify the address, unless it is verified.
    verify_email: Option<bool>,
}

impl CreateUser {
    /// The user to make.
    pub(crate) fn new_user(self, caller: &Caller) -> Result<NewUser, Error> {
        let profile = Profile {
            name: Text::optional("name", self.name)?,
            given_name: Text::optional("given_name", self.given_name)?,
            family_name: Text::optional("family_name", self.family_name)?,
            nickname: Text::optional("nickname", self.nickname)?,
            picture: self.picture.filter(|url| !url.is_empty()).map(picture).transpose()?,
            gender: self.gender.map(gender),
            address: Address::default(),
            ..Profile::default()
        };
        Ok(NewUser {
            connection: Some(connection_name(&self.connection)?),
            provider_user_id: self.user_id.map(bare_user_id),
            username: self.username.as_deref().map(Username::parse).transpose()?,
            email: self.email.as_deref().map(Email::parse).transpose()?,
            email_verified: self.email_verified.unwrap_or_default(),
            phone: self.phone_number.map(|number| phone(caller, &number)).transpose()?,
            phone_verified: self.phone_number_verified.unwrap_or_default(),
            password: self.password,
            must_change_password: self.force_reset_password.unwrap_or_default(),
            profile,
            user_metadata: metadata("user_metadata", self.user_metadata)?,
            app_metadata: metadata("app_metadata", self.app_metadata)?,
            blocked: self.blocked.unwrap_or_default(),
            verify_email: self.verify_email.unwrap_or_default(),
            ..NewUser::default()
        })
    }
}

/// The part after the pipe, should the caller have sent the whole.
fn bare_user_id(text: String) -> String {
    match text.strip_prefix("authok|") {
        Some(bare) => bare.to_owned(),
        None => text,
    }
}

fn connection_name(text: &str) -> Result<ConnectionName, Error> {
    ConnectionName::parse(text)
        .map_err(|_illegal| Error::invalid("connection", "there is no such connection"))
}

fn phone(caller: &Caller, number: &str) -> Result<Phone, Error> {
    Phone::parse(number, caller.tenant_context().phone_country)
}

fn picture(url: String) -> Result<Text<2048>, Error> {
    WebUrl::parse("picture", &url)?;
    Text::parse("picture", url)
}

fn gender(number: i64) -> Gender {
    match number {
        1 => Gender::Male,
        2 => Gender::Female,
        _ => Gender::Unknown,
    }
}

/// Changes of a user. Null empties a field.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateUser {
    #[serde(default, deserialize_with = "nullable")]
    #[validate(length(max = 64))]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    phone_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[validate(length(max = 32))]
    #[schema(value_type = Option<String>)]
    username: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    picture: Option<Option<String>>,
    /// 0 unknown, 1 male, 2 female.
    #[serde(default, deserialize_with = "nullable")]
    #[validate(range(min = 0, max = 2))]
    #[schema(value_type = Option<i64>)]
    gender: Option<Option<i64>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    nickname: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present", alias = "phone_verified")]
    phone_number_verified: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    family_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// Replaced on `/api/v1`; merged at the first level on `/api/v2`, where null drops a key.
    #[serde(default, deserialize_with = "present")]
    user_metadata: Option<Map<String, Value>>,
    /// As `user_metadata`.
    #[serde(default, deserialize_with = "present")]
    app_metadata: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "present")]
    blocked: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    email_verified: Option<bool>,
    /// Whether to mail the user how to verify the address, unless it is verified.
    #[serde(default, deserialize_with = "present")]
    verify_email: Option<bool>,
    /// `YYYY-MM-DD`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    birthdate: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    country: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    province: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    city: Option<Option<String>>,
    /// The district of the city.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    region: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    address: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    postal_code: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Auth0's clients send it with a password or an email address; a user has one such connection.
    #[serde(default, deserialize_with = "present")]
    connection: Option<String>,
}

impl UpdateUser {
    /// The changes as `prefix` means them.
    pub(crate) fn changes(self, caller: &Caller, prefix: Prefix) -> Result<UserChanges, Error> {
        if self.connection.is_some() && prefix == Prefix::V1 {
            return Err(Error::invalid("connection", "cannot be changed"));
        }
        let birthdate = self.birthdate.map(|day| day.filter(|day| !day.is_empty()));
        let picture_url = self.picture.map(|url| url.filter(|url| !url.is_empty()));
        let profile = ProfileChanges {
            name: text_patch("name", self.name)?,
            given_name: text_patch("given_name", self.given_name)?,
            family_name: text_patch("family_name", self.family_name)?,
            nickname: text_patch("nickname", self.nickname)?,
            picture: Patch::from(picture_url).try_map(picture)?,
            gender: Patch::from(self.gender).try_map(|number| Ok::<_, Error>(gender(number)))?,
            birthdate: Patch::from(birthdate).try_map(|day| Profile::parse_birthdate(&day))?,
            locale: text_patch("locale", self.locale)?,
            country: text_patch("country", self.country)?,
            province: text_patch("province", self.province)?,
            city: text_patch("city", self.city)?,
            district: text_patch("region", self.region)?,
            address: text_patch("address", self.address)?,
            postal_code: text_patch("postal_code", self.postal_code)?,
            description: text_patch("description", self.description)?,
            ..ProfileChanges::default()
        };
        let (username, email) = (Patch::from(self.username), Patch::from(self.email));
        let number = Patch::from(self.phone_number);
        Ok(UserChanges {
            username: username.try_map(|text| Username::parse(&text))?,
            email: email.try_map(|text| Email::parse(&text))?,
            email_verified: self.email_verified,
            phone: number.try_map(|number| phone(caller, &number))?,
            phone_verified: self.phone_number_verified,
            password: self.password,
            profile,
            user_metadata: metadata_change("user_metadata", self.user_metadata, prefix)?,
            app_metadata: metadata_change("app_metadata", self.app_metadata, prefix)?,
            blocked: self.blocked,
            verify_email: self.verify_email.unwrap_or_default(),
            ..UserChanges::default()
        })
    }
}

fn metadata_change(
    field: &'static str,
    sent: Option<Map<String, Value>>,
    prefix: Prefix,
) -> Result<Option<MetadataChange>, Error> {
    let Some(object) = sent else { return Ok(None) };
    let object = Metadata::new(field, object)?;
    Ok(Some(match prefix {
        Prefix::V1 => MetadataChange::Replace(object),
        Prefix::V2 => MetadataChange::Merge(object.into_object()),
    }))
}

/// A user whom an identity provider has told of.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateUserByIdentity {
    /// The name of a connection that is not a database.
    connection: String,
    /// What the provider calls the user.
    user_id: String,
    is_social: Option<bool>,
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    access_token: Option<SecretString>,
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>)]
    refresh_token: Option<SecretString>,
    /// Seconds.
    #[validate(range(min = 0))]
    expires_in: Option<i64>,
    profile_data: Map<String, Value>,
}

impl TryFrom<CreateUserByIdentity> for NewIdentity {
    type Error = Error;

    fn try_from(body: CreateUserByIdentity) -> Result<Self, Error> {
        Ok(Self {
            connection: connection_name(&body.connection)?,
            provider_user_id: body.user_id,
            is_social: body.is_social,
            access_token: body.access_token,
            refresh_token: body.refresh_token,
            expires_in: body.expires_in,
            profile_data: Metadata::new("profile_data", body.profile_data)?,
        })
    }
}

/// Users to delete.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserIdsBody {
    /// Their `user_id`s, at most 1,000; unknown ones are passed over.
    #[validate(length(max = 1000))]
    pub(crate) user_ids: Vec<String>,
}

/// The user whose identities another takes over.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkUser {
    /// The `user_id`, or with `provider` the part after the pipe.
    user_id: Option<String>,
    /// Only if he has an identity of this connection.
    connection: Option<String>,
    /// Only if he has an identity of this provider.
    provider: Option<String>,
    /// Not supported yet.
    link_with: Option<String>,
}

impl LinkUser {
    /// Which user, and by which of his identities.
    pub(crate) fn secondary(self) -> Result<(UserRef, IdentitySelector), Error> {
        if self.link_with.is_some() {
            let reason = "linking with a user's token is not supported yet: send user_id";
            return Err(Error::invalid("link_with", reason));
        }
        let user_id = self.user_id.ok_or_else(|| Error::invalid("user_id", "is required"))?;
        let provider = self.provider.as_deref().map(Strategy::parse).transpose();
        let provider = provider.map_err(|_illegal| Error::invalid("provider", "is unknown"))?;
        let user = match &provider {
            Some(provider) if !user_id.contains('|') => {
                Subject::from_stored(format!("{provider}|{user_id}")).into()
            }
            _ => ids::user(&user_id),
        };
        let selector = match (self.connection, provider) {
            (Some(name), _) => IdentitySelector::Connection(connection_name(&name)?),
            (None, Some(provider)) => IdentitySelector::Provider(provider),
            (None, None) => IdentitySelector::Any,
        };
        Ok((user, selector))
    }
}
