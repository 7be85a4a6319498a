//! Connections: create, find, change, delete with their users.

use std::collections::BTreeSet;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ClientIdentifier, Connection, ConnectionId, ConnectionName, Error, EventKind, Kind, Listing,
    Metadata, Moment, Page, PasswordPolicy, Patch, Strategy, Text,
};
use citizenry_storage::{
    Tx,
    ports::{ByName, ConnectionFilter},
};
use serde_json::{Map, Value};

use crate::{
    Directory, administrators::check_may_change, ports::Ports, users::remove_all as remove_users,
};

/// A connection to be made.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// The name, unique per tenant and never changed.
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
    pub enabled_clients: Vec<ClientIdentifier>,
    /// Whether it is found by the domain of an email address.
    pub is_domain_connection: bool,
    /// The realms it answers to.
    pub realms: Vec<Text<128>>,
}

/// What a partial change does to a connection.
#[derive(Debug, Clone, Default)]
pub struct ConnectionChanges {
    /// The name for people.
    pub display_name: Patch<Text<128>>,
    /// What kind of source it is; fixed once it has users.
    pub strategy: Option<Strategy>,
    /// The settings of the strategy, merged at every level.
    pub options: Option<Map<String, Value>>,
    /// Whether `options` replaces the settings instead.
    pub replace_options: bool,
    /// Free data.
    pub metadata: Option<Metadata>,
    /// The clients whose users may sign in through it: the whole list.
    pub enabled_clients: Option<Vec<ClientIdentifier>>,
    /// Whether it is found by the domain of an email address.
    pub is_domain_connection: Option<bool>,
    /// The realms it answers to: the whole list.
    pub realms: Option<Vec<Text<128>>>,
}

/// The most clients and realms of one connection.
const MAX_ENTRIES: usize = 1_000;
/// How many users of a connection go in one unit of work.
const USERS_AT_ONCE: u32 = 200;

/// Makes a connection.
///
/// # Errors
/// `Forbidden`; `Conflict` on `name`; `NotFound` for an unknown client.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    new: NewConnection,
) -> Result<Connection, Error> {
    caller.may(Action::Create, Resource::Connection)?;
    check_options(&new.options)?;
    let connection = Connection {
        id: ConnectionId::generate(moment),
        tenant: caller.tenant(),
        name: new.name,
        strategy: new.strategy,
        display_name: new.display_name,
        options: new.options,
        metadata: new.metadata,
        enabled_clients: known_clients(tx, caller, new.enabled_clients).await?,
        is_domain_connection: new.is_domain_connection,
        realms: limited("realms", new.realms)?,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.connections().insert(&connection).await?;
    let event = caller.event(moment, EventKind::CONNECTION_CREATED, connection.id);
    tx.events().append(&event).await?;
    Ok(connection)
}

/// Refuses what would not read as a policy when the next password is set.
fn check_options(options: &Metadata) -> Result<(), Error> {
    let options = Value::Object(options.as_object().clone());
    PasswordPolicy::from_connection_options(&options).map(drop)
}

/// Changes a connection.
///
/// # Errors
/// `Forbidden`; `NotFound` for it or a client; `Conflict` on `strategy` once it has users.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: ConnectionId,
    changes: ConnectionChanges,
) -> Result<Connection, Error> {
    caller.may(Action::Update, Resource::Connection)?;
    let before = find_for_update(tx, caller, id).await?;
    let mut connection = before.clone();
    if let Some(strategy) = changes.strategy {
        connection.strategy = strategy;
    }
    changes.display_name.apply(&mut connection.display_name);
    if let Some(options) = changes.options {
        connection.options = if changes.replace_options {
            Metadata::new("options", options)?
        } else {
            connection.options.deep_merged("options", options)?
        };
        check_options(&connection.options)?;
    }
    connection.metadata = changes.metadata.unwrap_or(connection.metadata);
    if let Some(clients) = changes.enabled_clients {
        connection.enabled_clients = known_clients(tx, caller, clients).await?;
    }
    if let Some(is_domain_connection) = changes.is_domain_connection {
        connection.is_domain_connection = is_domain_connection;
    }
    if let Some(realms) = changes.realms {
        connection.realms = limited("realms", realms)?;
    }
    if connection.strategy != before.strategy {
        check_without_users(tx, &before).await?;
    }
    if connection == before {
        return Ok(connection);
    }
    connection.updated_at = moment.now();
    tx.connections().save(&connection).await?;
    connection.version += 1;
    let event = caller.event(moment, EventKind::CONNECTION_UPDATED, connection.id);
    tx.events().append(&event).await?;
    Ok(connection)
}

/// Deletes up to 200 users of a connection and, when none is left, the connection itself. Answers
/// whether it is gone. A connection may have millions of users; each unit of work stays small.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `last_administrator`, or on `default_connection` for the
/// connection that dialects without connections write to.
pub async fn delete_step(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: ConnectionId,
) -> Result<bool, Error> {
    caller.may(Action::Delete, Resource::Connection)?;
    let connection = find_for_update(tx, caller, id).await?;
    if connection.name.as_str() == ConnectionName::DEFAULT {
        return Err(Error::conflict(Kind::Connection, "default_connection"));
    }
    let tenant = caller.tenant();
    let mut users = tx.users().ids_of_connection(tenant, id, USERS_AT_ONCE).await?;
    users.sort();
    check_may_change(&mut Ports::Tx(tx), caller, &users).await?;
    remove_users(tx, caller, moment, &users).await?;
    if u32::try_from(users.len()).unwrap_or(USERS_AT_ONCE) >= USERS_AT_ONCE {
        return Ok(false);
    }
    tx.connections().delete(tenant, id).await?;
    let event = caller.event(moment, EventKind::CONNECTION_DELETED, id);
    tx.events().append(&event).await?;
    Ok(true)
}

async fn find_for_update(
    tx: &mut dyn Tx,
    caller: &Caller,
    id: ConnectionId,
) -> Result<Connection, Error> {
    let found = tx.connections().find_for_update(caller.tenant(), id).await?;
    found.ok_or_else(|| Error::not_found(Kind::Connection, id))
}

async fn check_without_users(tx: &mut dyn Tx, connection: &Connection) -> Result<(), Error> {
    let users = tx.users().ids_of_connection(connection.tenant, connection.id, 1).await?;
    if users.is_empty() { Ok(()) } else { Err(Error::conflict(Kind::Connection, "strategy")) }
}

async fn known_clients(
    tx: &mut dyn Tx,
    caller: &Caller,
    clients: Vec<ClientIdentifier>,
) -> Result<BTreeSet<ClientIdentifier>, Error> {
    let clients: BTreeSet<_> = limited("enabled_clients", clients)?.into_iter().collect();
    for client in &clients {
        let found = tx.clients().find_by_identifier(caller.tenant(), client).await?;
        found.ok_or_else(|| Error::not_found(Kind::Client, client))?;
    }
    Ok(clients)
}

fn limited<T>(field: &'static str, list: Vec<T>) -> Result<Vec<T>, Error> {
    if list.len() > MAX_ENTRIES {
        return Err(Error::invalid(field, format!("must have at most {MAX_ENTRIES} entries")));
    }
    Ok(list)
}

impl Directory {
    /// Makes a connection. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_connection(
        &self,
        caller: &Caller,
        new: NewConnection,
    ) -> Result<Connection, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| create(tx, &caller, &moment, new.clone()).await).await
    }

    /// A connection.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn connection(&self, caller: &Caller, id: ConnectionId) -> Result<Connection, Error> {
        caller.may(Action::Read, Resource::Connection)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| {
                let found = read.connections().find(tenant, id).await?;
                found.ok_or_else(|| Error::not_found(Kind::Connection, id))
            })
            .await
    }

    /// A page of the connections that `filter` lets through.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn connections(
        &self,
        caller: &Caller,
        filter: ConnectionFilter,
        listing: Listing<ByName>,
    ) -> Result<Page<Connection>, Error> {
        caller.may(Action::Read, Resource::Connection)?;
        let tenant = caller.tenant();
        self.storage
            .read(async move |read| Ok(read.connections().list(tenant, &filter, &listing).await?))
            .await
    }

    /// Changes a connection. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_connection(
        &self,
        caller: &Caller,
        id: ConnectionId,
        changes: ConnectionChanges,
    ) -> Result<Connection, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage
            .transact(async move |tx| update(tx, &caller, &moment, id, changes.clone()).await)
            .await
    }

    /// Deletes a connection and its users, in steps: see [`delete_step`]. When a step fails, what
    /// the steps before it deleted stays deleted, and the call may be repeated.
    ///
    /// # Errors
    /// As [`delete_step`].
    pub async fn delete_connection(&self, caller: &Caller, id: ConnectionId) -> Result<(), Error> {
        loop {
            let (caller, moment) = (caller.clone(), self.moment());
            let step = async move |tx: &mut dyn Tx| delete_step(tx, &caller, &moment, id).await;
            if self.storage.transact(step).await? {
                return Ok(());
            }
        }
    }
}
