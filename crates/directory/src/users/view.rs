//! Users as doors show them: with the connections that their identities come from.

use std::{collections::BTreeMap, sync::Arc};

use citizenry_identity::{Connection, ConnectionId, Error, Page, TenantId, User};
use citizenry_storage::ports::ReadConnections;

/// A user and the connections that the identities come from.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The user.
    pub user: User,
    connections: Arc<BTreeMap<ConnectionId, Connection>>,
}

impl UserView {
    /// The connection of one of the user's identities.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id)
    }

    /// The name of the connection of one of the user's identities.
    pub fn connection_name(&self, id: ConnectionId) -> &str {
        self.connection(id).map(|connection| connection.name.as_str()).unwrap_or_default()
    }
}

/// Shows users, with one look-up of connections for all of them.
pub(crate) async fn view_all(
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
    let mut known = BTreeMap::new();
    for some in ids.chunks(1_000) {
        let found = connections.find_many(tenant, some).await?;
        known.extend(found.into_iter().map(|connection| (connection.id, connection)));
    }
    let known = Arc::new(known);
    Ok(users.map(|user| UserView { user, connections: Arc::clone(&known) }))
}

/// Shows one user.
pub(crate) async fn view(
    connections: &mut dyn ReadConnections,
    tenant: TenantId,
    user: User,
) -> Result<UserView, Error> {
    let page = Page { items: vec![user], total: None, next: None };
    let viewed = view_all(connections, tenant, page).await?;
    viewed.items.into_iter().next().ok_or_else(|| Error::internal("a view lost its user"))
}
