//! Connections: where identities come from.

use std::{collections::BTreeSet, fmt};

use crate::{ClientIdentifier, ConnectionId, Error, Metadata, TenantId, Text, Timestamp};

/// The name of a connection, unique per tenant and never changed: 1 to 128 letters, digits, `-`,
/// `_`, `:` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName(String);

impl ConnectionName {
    /// The database connection that every tenant starts with, and that dialects without
    /// connections write to.
    pub const DEFAULT: &'static str = "authok";
    /// Another word for [`ConnectionName::DEFAULT`].
    pub const DEFAULT_ALIAS: &'static str = "database";

    /// Reads a name.
    ///
    /// # Errors
    /// `Invalid` on `name`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
        if (1..=128).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "name",
                "must be 1 to 128 letters, digits, hyphens, underscores, colons and dots",
            ))
        }
    }

    /// A name that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of source a connection is (`authok`, `sms`, `wechat:pc`, `samlp`, …): 1 to 64 of the
/// characters of a connection's name. It is the `provider` of the identities that come from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strategy(String);

/// The families of strategies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StrategyKind {
    /// Users and passwords kept here.
    Database,
    /// One-time codes to a phone or a mailbox.
    Passwordless,
    /// A company's own directory.
    Enterprise,
    /// Everything else.
    Social,
}

impl Strategy {
    /// The strategy of connections whose users and passwords are kept here.
    pub const DATABASE: &'static str = "authok";
    /// The strategies of one-time codes.
    pub const PASSWORDLESS: [&'static str; 2] = ["sms", "email"];
    /// The strategies of companies' directories.
    pub const ENTERPRISE: [&'static str; 7] =
        ["samlp", "oidc", "google-apps", "waad", "adfs", "ad", "pingfederate"];

    /// Reads a strategy. `auth0` is read as `authok`, its counterpart.
    ///
    /// # Errors
    /// `Invalid` on `strategy`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = if text == "auth0" { Self::DATABASE } else { text };
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
        if (1..=64).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "strategy",
                "must be 1 to 64 letters, digits, hyphens, underscores, colons and dots",
            ))
        }
    }

    /// A strategy that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The strategy's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its family.
    pub fn kind(&self) -> StrategyKind {
        let name = self.as_str();
        if name == Self::DATABASE {
            StrategyKind::Database
        } else if Self::PASSWORDLESS.contains(&name) {
            StrategyKind::Passwordless
        } else if Self::ENTERPRISE.contains(&name) {
            StrategyKind::Enterprise
        } else {
            StrategyKind::Social
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An identity source of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The identifier.
    pub id: ConnectionId,
    /// The tenant.
    pub tenant: TenantId,
    /// The name, unique per tenant.
    pub name: ConnectionName,
    /// What kind of source it is.
    pub strategy: Strategy,
    /// The name for people.
    pub display_name: Option<Text<128>>,
    /// The settings of the strategy.
    pub options: Metadata,
    /// Free data.
    pub metadata: Metadata,
    /// The clients whose users may sign in through it.
    pub enabled_clients: BTreeSet<ClientIdentifier>,
    /// Whether the connection is found by the domain of an email address.
    pub is_domain_connection: bool,
    /// The realms it answers to; its name when there are none.
    pub realms: Vec<Text<128>>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Connection {
    /// Whether users and passwords of this connection are kept here.
    pub fn is_database(&self) -> bool {
        self.strategy.kind() == StrategyKind::Database
    }

    /// Whether the users of this connection may sign in to `client` (none: to the installation
    /// itself) through it. The tenant's default connection is open to every client as long as it
    /// names none; every other, and the default one from then on, to those that it names.
    pub fn is_enabled_for(&self, client: Option<&ClientIdentifier>, is_default: bool) -> bool {
        let open = is_default && self.enabled_clients.is_empty();
        open || client.is_none_or(|client| self.enabled_clients.contains(client))
    }

    /// Whether people may make accounts of this connection themselves (`options.disable_signup`).
    pub fn allows_sign_up(&self) -> bool {
        let disabled = self.options.as_object().get("disable_signup");
        self.is_database() && disabled != Some(&serde_json::Value::Bool(true))
    }

    /// A provider's user id as identities of this connection keep it. Two enterprise connections of
    /// one strategy may give the same id to different people, so theirs carry the connection's name.
    pub fn qualified(&self, provider_user_id: &str) -> String {
        match self.strategy.kind() {
            StrategyKind::Enterprise => format!("{}|{provider_user_id}", self.name),
            StrategyKind::Database | StrategyKind::Passwordless | StrategyKind::Social => {
                provider_user_id.to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_fall_into_families() {
        let kind = |name| Strategy::parse(name).unwrap().kind();
        assert_eq!(kind("authok"), StrategyKind::Database);
        assert_eq!(kind("auth0"), StrategyKind::Database);
        assert_eq!(kind("sms"), StrategyKind::Passwordless);
        assert_eq!(kind("samlp"), StrategyKind::Enterprise);
        assert_eq!(kind("wechat:pc"), StrategyKind::Social);
        assert!(Strategy::parse("a|b").is_err());
    }
}
