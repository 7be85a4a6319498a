//! Users as doors show them: with the connections that their identities come from.

use std::{collections::BTreeMap, sync::Arc};

use citizenry_identity::{Connection, ConnectionId, Error, Page, TenantId, User};
use citizenry_storage::{Generation, Remembered, ports::ReadConnections};

use crate::Directory;

/// The most connections that a server remembers.
const MOST_REMEMBERED: usize = 1_024;

/// The connections that a server remembers.
type Remembering = Remembered<(TenantId, ConnectionId), Arc<Connection>>;

/// Connections as they are in one generation of the database, as far as they were looked up in it:
/// nearly every view shows one of the same few.
#[derive(Debug, Clone)]
pub(crate) struct KnownConnections {
    remembered: Arc<Remembering>,
    generation: Option<Generation>,
}

impl Default for KnownConnections {
    fn default() -> Self {
        Self { remembered: Arc::new(Remembered::at_most(MOST_REMEMBERED)), generation: None }
    }
}

impl KnownConnections {
    /// The connections of those identifiers that there are; what is not known is looked up.
    async fn find(
        &self,
        connections: &mut dyn ReadConnections,
        tenant: TenantId,
        ids: &[ConnectionId],
    ) -> Result<BTreeMap<ConnectionId, Arc<Connection>>, Error> {
        let (mut found, mut unknown) = (BTreeMap::new(), Vec::new());
        for id in ids {
            match self.remembered.get(self.generation, &(tenant, *id)) {
                Some(known) => _ = found.insert(*id, known),
                None => unknown.push(*id),
            }
        }
        for some in unknown.chunks(1_000) {
            for connection in connections.find_many(tenant, some).await? {
                let (id, connection) = (connection.id, Arc::new(connection));
                self.remembered.put(self.generation, (tenant, id), Arc::clone(&connection));
                found.insert(id, connection);
            }
        }
        Ok(found)
    }
}

impl Directory {
    /// The connections that are known now, for a view that is read after this.
    pub(crate) async fn known_connections(&self) -> KnownConnections {
        let generation = self.storage.generation().await;
        KnownConnections { generation, ..self.connections.clone() }
    }
}

/// A user and the connections that the identities come from.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The user.
    pub user: User,
    connections: Arc<BTreeMap<ConnectionId, Arc<Connection>>>,
}

impl UserView {
    /// The connection of one of the user's identities.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id).map(Arc::as_ref)
    }

    /// The name of the connection of one of the user's identities.
    pub fn connection_name(&self, id: ConnectionId) -> &str {
        self.connection(id).map(|connection| connection.name.as_str()).unwrap_or_default()
    }
}

/// Shows users, with at most one look-up of connections for all of them.
pub(crate) async fn view_known(
    known: &KnownConnections,
    connections: &mut dyn ReadConnections,
    tenant: TenantId,
    users: Page<User>,
) -> Result<Page<UserView>, Error> {
    let mut ids: Vec<_> = users
        .items
        .iter()
        .flat_map(|user| {
            user.identities.iter().map(|identity| identity.connection).chain([user.connection])
        })
        .collect();
    ids.sort();
    ids.dedup();
    let found = Arc::new(known.find(connections, tenant, &ids).await?);
    Ok(users.map(|user| UserView { user, connections: Arc::clone(&found) }))
}

/// Shows users as a unit of work sees them, with one look-up of connections for all of them.
pub(crate) async fn view_all(
    connections: &mut dyn ReadConnections,
    tenant: TenantId,
    users: Page<User>,
) -> Result<Page<UserView>, Error> {
    view_known(&KnownConnections::default(), connections, tenant, users).await
}

/// Shows one user.
pub(crate) async fn view(
    connections: &mut dyn ReadConnections,
    tenant: TenantId,
    user: User,
) -> Result<UserView, Error> {
    one(view_all(connections, tenant, alone(user)).await?)
}

/// A page of one user.
pub(crate) fn alone(user: User) -> Page<User> {
    Page { items: vec![user], total: None, next: None }
}

/// The user of a page of one.
pub(crate) fn one(page: Page<UserView>) -> Result<UserView, Error> {
    page.items.into_iter().next().ok_or_else(|| Error::internal("a view lost its user"))
}
