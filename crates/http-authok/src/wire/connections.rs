//! Connections on the wire.

use citizenry_directory::{ConnectionChanges, ConnectionFilter, LoginKey, NewConnection};
use citizenry_http_kit::Refusal;
use citizenry_identity::{Connection as Model, ConnectionName, Error, Metadata, Strategy, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    auth::{Call, Prefix},
    body::{metadata, nullable, present, text_patch},
    ids,
    paging::{each, given, list_query},
};

list_query! {
    /// The query of the list of connections.
    ConnectionList {
        /// Connections of one of these strategies.
        strategy: Vec<String>,
        /// Connections of one of these names.
        name: Vec<String>,
        /// `social`, `passwordless`, `enterprise` or `database`.
        strategy_type: Option<String>,
    }
}

impl ConnectionList {
    /// The filter.
    pub(crate) fn filter(&self) -> Result<ConnectionFilter, Refusal> {
        let names = each(&self.name).map(|name| ConnectionName::from_stored(name.to_owned()));
        let mut filter = ConnectionFilter {
            names: names.collect(),
            strategies: each(&self.strategy).map(strategy_named).collect(),
            without_strategies: Vec::new(),
        };
        let family: &[&str] = match self.strategy_type.as_deref() {
            None | Some("") => return Ok(filter),
            Some("passwordless") => &Strategy::PASSWORDLESS,
            Some("enterprise") => &Strategy::ENTERPRISE,
            Some("database") => &[Strategy::DATABASE],
            Some("social") => {
                let others = [Strategy::DATABASE].into_iter();
                let others = others.chain(Strategy::PASSWORDLESS).chain(Strategy::ENTERPRISE);
                filter.without_strategies = others.map(strategy_named).collect();
                return Ok(filter);
            }
            Some(_) => {
                let field = Some("strategy_type".to_owned());
                let reason = "must be social, passwordless, enterprise or database";
                return Err(Refusal::query(field, reason));
            }
        };
        if filter.strategies.is_empty() {
            filter.strategies = family.iter().copied().map(strategy_named).collect();
        } else {
            filter.strategies.retain(|strategy| family.contains(&strategy.as_str()));
            if filter.strategies.is_empty() {
                // No strategy has both: one that no connection has finds nothing.
                filter.strategies.push(Strategy::from_stored(String::new()));
            }
        }
        Ok(filter)
    }
}

/// The strategy of that name to look for; what is no name finds nothing.
fn strategy_named(name: &str) -> Strategy {
    Strategy::parse(name).unwrap_or_else(|_illegal| Strategy::from_stored(name.to_owned()))
}

/// Which user of a connection is to be deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConnectionUserQuery {
    username: Option<String>,
    phone_number: Option<String>,
    email: Option<String>,
}

impl TryFrom<ConnectionUserQuery> for LoginKey {
    type Error = Refusal;

    fn try_from(query: ConnectionUserQuery) -> Result<Self, Refusal> {
        let username = given(query.username).map(Self::Username);
        let phone = given(query.phone_number).map(Self::Phone);
        let email = given(query.email).map(Self::Email);
        username.or(phone).or(email).ok_or_else(|| {
            Refusal::query(Some("email".to_owned()), "or username or phone_number is required")
        })
    }
}

/// A connection to make.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateConnection {
    /// Unique in the tenant, never changed.
    name: String,
    /// The name for people.
    display_name: Option<String>,
    /// `authok` for a database, `sms`, `email`, `wechat:pc`, `samlp`, …
    strategy: String,
    options: Option<Map<String, Value>>,
    /// `client_id`s.
    #[validate(length(max = 1000))]
    enabled_clients: Option<Vec<String>>,
    is_domain_connection: Option<bool>,
    #[validate(length(max = 100))]
    realms: Option<Vec<String>>,
    metadata: Option<Map<String, Value>>,
}

impl TryFrom<CreateConnection> for NewConnection {
    type Error = Error;

    fn try_from(body: CreateConnection) -> Result<Self, Error> {
        Ok(Self {
            name: ConnectionName::parse(&body.name)?,
            strategy: Strategy::parse(&body.strategy)?,
            display_name: Text::optional("display_name", body.display_name)?,
            options: metadata("options", body.options)?,
            metadata: metadata("metadata", body.metadata)?,
            enabled_clients: ids::clients(&body.enabled_clients.unwrap_or_default())?,
            is_domain_connection: body.is_domain_connection.unwrap_or_default(),
            realms: realms(body.realms.unwrap_or_default())?,
        })
    }
}

fn realms(realms: Vec<String>) -> Result<Vec<Text<128>>, Error> {
    realms.into_iter().map(|realm| Text::parse("realms", realm)).collect()
}

/// Changes of a connection.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
pub(crate) struct UpdateConnection {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    strategy: Option<String>,
    /// Merged at every level on `/api/v1`, replaced on `/api/v2`.
    #[serde(default, deserialize_with = "present")]
    options: Option<Map<String, Value>>,
    /// Replaces the list.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 1000))]
    enabled_clients: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    is_domain_connection: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 100))]
    realms: Option<Vec<String>>,
    metadata: Option<Map<String, Value>>,
}

impl UpdateConnection {
    /// The changes as `prefix` means them.
    pub(crate) fn changes(self, prefix: Prefix) -> Result<ConnectionChanges, Error> {
        let metadata = self.metadata.map(|object| Metadata::new("metadata", object));
        Ok(ConnectionChanges {
            display_name: text_patch("display_name", self.display_name)?,
            strategy: self.strategy.as_deref().map(Strategy::parse).transpose()?,
            options: self.options,
            metadata: metadata.transpose()?,
            enabled_clients: self.enabled_clients.as_deref().map(ids::clients).transpose()?,
            is_domain_connection: self.is_domain_connection,
            realms: self.realms.map(realms).transpose()?,
            replace_options: prefix == Prefix::V2,
        })
    }
}

/// A connection.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
pub(crate) struct Connection {
    /// `con_…`
    id: String,
    name: String,
    strategy: String,
    display_name: Option<String>,
    options: Map<String, Value>,
    metadata: Map<String, Value>,
    enabled_clients: Vec<String>,
    is_domain_connection: bool,
    realms: Vec<String>,
    created_at: String,
    updated_at: String,
}

impl Connection {
    /// The connection as `call` is to see it.
    pub(crate) fn new(call: &Call, connection: Model) -> Self {
        let name = connection.name.to_string();
        let mut realms: Vec<_> = connection.realms.into_iter().map(Text::into_string).collect();
        if realms.is_empty() {
            realms.push(name.clone());
        }
        Self {
            id: ids::show_connection(connection.id),
            name,
            strategy: connection.strategy.to_string(),
            display_name: connection.display_name.map(Text::into_string),
            options: connection.options.into_object(),
            metadata: connection.metadata.into_object(),
            enabled_clients: connection.enabled_clients.iter().map(ToString::to_string).collect(),
            is_domain_connection: connection.is_domain_connection,
            realms,
            created_at: call.time(connection.created_at),
            updated_at: call.time(connection.updated_at),
        }
    }
}
