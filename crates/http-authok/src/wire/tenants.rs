//! The tenant's settings on the wire.

use citizenry_identity::{Email, Error, Tenant as Model, WebUrl};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::{Call, Prefix},
    body::nullable,
};

/// Members of the stored settings that the dialect has no name for.
const OURS: [&str; 7] =
    ["other", "sign_in", "password_policy", "branding", "quotas", "details", "invitation_code"];

/// Names of Auth0's for settings that Authok calls otherwise.
const AUTH0_NAMES: [(&str, &str); 3] = [
    ("display_name", "friendly_name"),
    ("default_connection", "default_directory"),
    ("picture", "picture_url"),
];

/// Changes of the tenant's settings. Null resets a setting to its default.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateTenant {
    /// The name for people; `friendly_name` to Auth0.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "friendly_name"
    )]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    region: Option<Option<String>>,
    /// `development`, `staging` or `production`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    environment: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    default_audience: Option<Option<String>>,
    /// The connection of new users that name none; `default_directory` to Auth0.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "default_directory"
    )]
    #[schema(value_type = Option<String>)]
    default_connection: Option<Option<String>>,
    /// The logo's URL; `picture_url` to Auth0.
    #[serde(
        default,
        deserialize_with = "nullable",
        skip_serializing_if = "Option::is_none",
        alias = "picture_url"
    )]
    #[schema(value_type = Option<String>)]
    picture: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    support_email: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    support_url: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    allowed_logout_urls: Option<Option<Vec<String>>>,
    /// Hours.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    session_lifetime: Option<Option<u32>>,
    /// Hours.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    idle_session_lifetime: Option<Option<u32>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    default_redirection_uri: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    enabled_locales: Option<Option<Vec<String>>>,
    /// Ours: the IANA name of the zone of times that carry none.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// Ours: the calling code of phone numbers that carry none.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u16>)]
    phone_country: Option<Option<u16>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sandbox_version: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    change_password: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    guardian_mfa_page: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    error_page: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    device_flow: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    session_cookie: Option<Option<Map<String, Value>>>,
    /// Truth values.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    flags: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    jwt_configuration: Option<Option<Map<String, Value>>>,
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    config: Option<Option<Map<String, Value>>>,
}

impl UpdateTenant {
    /// The settings that were sent.
    pub(crate) fn changes(&self) -> Result<Map<String, Value>, Error> {
        if let Some(Some(email)) = &self.support_email {
            Email::parse(email)
                .map_err(|_invalid| Error::invalid("support_email", "must be an email address"))?;
        }
        let urls = [
            ("picture", &self.picture),
            ("support_url", &self.support_url),
            ("default_redirection_uri", &self.default_redirection_uri),
        ];
        for (field, url) in urls {
            if let Some(Some(url)) = url {
                WebUrl::parse(field, url)?;
            }
        }
        if let Some(Some(flags)) = &self.flags
            && !flags.values().all(Value::is_boolean)
        {
            return Err(Error::invalid("flags", "must have truth values"));
        }
        match serde_json::to_value(self).map_err(Error::internal)? {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }
}

/// The tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenant {
    id: String,
    name: String,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
}

impl Tenant {
    /// The tenant as `call` is to see it.
    pub(crate) fn new(call: &Call, tenant: Model) -> Result<Self, Error> {
        let mut settings = tenant.settings;
        let other = std::mem::take(&mut settings.other);
        let document = serde_json::to_value(settings).map_err(Error::internal)?;
        let mut shown = match document {
            Value::Object(shown) => shown,
            _ => Map::new(),
        };
        shown.retain(|name, value| !OURS.contains(&name.as_str()) && !value.is_null());
        shown.extend(other);
        if call.prefix == Prefix::V2 {
            for (ours, auth0) in AUTH0_NAMES {
                if let Some(value) = shown.get(ours).cloned() {
                    shown.insert(auth0.to_owned(), value);
                }
            }
        }
        Ok(Self { id: tenant.id.to_string(), name: tenant.name.to_string(), settings: shown })
    }
}
