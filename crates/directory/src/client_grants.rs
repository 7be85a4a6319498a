//! Client grants: what clients may do by themselves.

use std::collections::BTreeMap;

use citizenry_authz::{Action, Caller, Permissions, Resource};
use citizenry_identity::{
    ClientGrant, ClientGrantId, ClientIdentifier, Error, EventKind, Kind, Listing,
    ManagementPermission, Moment, Page, ResourceServer, ScopeName,
};
use citizenry_storage::{
    Read, Tx,
    ports::{ByAge, ClientGrantFilter, ReadClients, ReadResourceServers},
};

use crate::{Directory, roles::check_holds};

/// Which client grants a list holds. Every member that is not empty narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientGrantQuery {
    /// Grants of one of these clients.
    pub clients: Vec<ClientIdentifier>,
    /// Grants on one of these audiences.
    pub audiences: Vec<String>,
}

/// A client grant, with what doors know client and resource server by.
#[derive(Debug, Clone)]
pub struct ClientGrantView {
    /// The grant.
    pub grant: ClientGrant,
    /// The client's `client_id`.
    pub client: ClientIdentifier,
    /// The resource server's audience.
    pub audience: String,
}

/// Makes a client grant. Who grants scopes of the management API must hold them himself.
///
/// # Errors
/// `Forbidden`; `NotFound` for the client or the resource server; `Invalid` on `scope` for one
/// that is not offered; `Conflict` on `audience` when there is a grant.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    client: &ClientIdentifier,
    audience: &str,
    scopes: &[String],
) -> Result<ClientGrantView, Error> {
    caller.may(Action::Create, Resource::ClientGrant)?;
    let tenant = caller.tenant();
    let found = tx.clients().find_by_identifier(tenant, client).await?;
    let found = found.ok_or_else(|| Error::not_found(Kind::Client, client))?;
    let server = tx.resource_servers().find_by_identifier(tenant, audience).await?;
    let server = server.ok_or_else(|| Error::not_found(Kind::ResourceServer, audience))?;
    let grant = ClientGrant {
        id: ClientGrantId::generate(moment),
        tenant,
        client: found.id,
        resource_server: server.id,
        scopes: checked_scopes(caller, &server, scopes)?,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.client_grants().insert(&grant).await?;
    let event = caller.event(moment, EventKind::CLIENT_GRANT_CREATED, grant.id);
    tx.events().append(&event).await?;
    Ok(ClientGrantView { grant, client: found.identifier, audience: server.identifier.to_string() })
}

/// The scopes, each once, if the resource server offers them and the caller may grant them.
fn checked_scopes(
    caller: &Caller,
    server: &ResourceServer,
    scopes: &[String],
) -> Result<Vec<ScopeName>, Error> {
    if scopes.len() > ResourceServer::MAX_SCOPES {
        return Err(Error::invalid("scope", "must be at most 1000"));
    }
    let mut checked: Vec<ScopeName> = Vec::with_capacity(scopes.len());
    let mut seen = std::collections::BTreeSet::new();
    for scope in scopes {
        if !server.offers(scope) {
            return Err(Error::invalid("scope", format!("{scope} is not a scope of the audience")));
        }
        if seen.insert(scope) {
            checked.push(ScopeName::from_stored(scope.clone()));
        }
    }
    if server.is_system {
        let parsed = checked.iter().filter_map(|it| ManagementPermission::parse(it.as_str()));
        check_holds(caller, &parsed.collect::<Permissions>())?;
    }
    Ok(checked)
}

/// Replaces the scopes of a client grant.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` on `scope` for one that is not offered.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: ClientGrantId,
    scopes: &[String],
) -> Result<ClientGrantView, Error> {
    caller.may(Action::Update, Resource::ClientGrant)?;
    let tenant = caller.tenant();
    let found = tx.client_grants().find_for_update(tenant, id).await?;
    let mut grant = found.ok_or_else(|| Error::not_found(Kind::ClientGrant, id))?;
    let server = tx.resource_servers().find(tenant, grant.resource_server).await?;
    let server = server.ok_or_else(|| Error::not_found(Kind::ClientGrant, id))?;
    let scopes = checked_scopes(caller, &server, scopes)?;
    if scopes != grant.scopes {
        grant.scopes = scopes;
        grant.updated_at = moment.now();
        tx.client_grants().save(&grant).await?;
        let event = caller.event(moment, EventKind::CLIENT_GRANT_UPDATED, id);
        tx.events().append(&event).await?;
    }
    let client = tx.clients().find(tenant, grant.client).await?;
    let client = client.ok_or_else(|| Error::not_found(Kind::ClientGrant, id))?.identifier;
    Ok(ClientGrantView { grant, client, audience: server.identifier.to_string() })
}

/// Deletes a client grant. Tokens issued by it are worth nothing from the commit on.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    id: ClientGrantId,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::ClientGrant)?;
    if !tx.client_grants().delete(caller.tenant(), id).await? {
        return Err(Error::not_found(Kind::ClientGrant, id));
    }
    Ok(tx.events().append(&caller.event(moment, EventKind::CLIENT_GRANT_DELETED, id)).await?)
}

/// The query in the ports' terms: unknown clients and audiences match nothing.
async fn filter(
    read: &mut dyn Read,
    caller: &Caller,
    query: &ClientGrantQuery,
) -> Result<ClientGrantFilter, Error> {
    if query.clients.len() > 100 || query.audiences.len() > 100 {
        return Err(Error::invalid("client_id", "must be at most 100"));
    }
    let mut filter = ClientGrantFilter::default();
    if !query.clients.is_empty() {
        let mut ids = Vec::new();
        for client in &query.clients {
            let found = read.clients().find_by_identifier(caller.tenant(), client).await?;
            ids.extend(found.map(|client| client.id));
        }
        filter.clients = Some(ids);
    }
    if !query.audiences.is_empty() {
        let servers = read.resource_servers();
        let found = servers.find_by_identifiers(caller.tenant(), &query.audiences).await?;
        filter.resource_servers = Some(found.into_iter().map(|server| server.id).collect());
    }
    Ok(filter)
}

async fn view_all(
    read: &mut dyn Read,
    caller: &Caller,
    page: Page<ClientGrant>,
) -> Result<Page<ClientGrantView>, Error> {
    let clients = client_identifiers(read.clients(), caller, &page.items).await?;
    let audiences = audiences(read.resource_servers(), caller, &page.items).await?;
    let view = |grant: ClientGrant| {
        let client = clients.get(&grant.client)?.clone();
        let audience = audiences.get(&grant.resource_server)?.clone();
        Some(ClientGrantView { grant, client, audience })
    };
    let items = page.items.into_iter().filter_map(view).collect();
    Ok(Page { items, total: page.total, next: page.next })
}

async fn client_identifiers(
    clients: &mut dyn ReadClients,
    caller: &Caller,
    grants: &[ClientGrant],
) -> Result<BTreeMap<citizenry_identity::ClientId, ClientIdentifier>, Error> {
    let mut ids: Vec<_> = grants.iter().map(|grant| grant.client).collect();
    ids.sort();
    ids.dedup();
    let found = clients.find_many(caller.tenant(), &ids).await?;
    Ok(found.into_iter().map(|client| (client.id, client.identifier)).collect())
}

async fn audiences(
    servers: &mut dyn ReadResourceServers,
    caller: &Caller,
    grants: &[ClientGrant],
) -> Result<BTreeMap<citizenry_identity::ResourceServerId, String>, Error> {
    let mut ids: Vec<_> = grants.iter().map(|grant| grant.resource_server).collect();
    ids.sort();
    ids.dedup();
    let found = servers.find_many(caller.tenant(), &ids).await?;
    Ok(found.into_iter().map(|server| (server.id, server.identifier.to_string())).collect())
}

impl Directory {
    /// Makes a client grant. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_client_grant(
        &self,
        caller: &Caller,
        client: &ClientIdentifier,
        audience: &str,
        scopes: Vec<String>,
    ) -> Result<ClientGrantView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let (client, audience) = (client.clone(), audience.to_owned());
        self.storage
            .transact(async move |tx| {
                create(tx, &caller, &moment, &client, &audience, &scopes).await
            })
            .await
    }

    /// A client grant.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn client_grant(
        &self,
        caller: &Caller,
        id: ClientGrantId,
    ) -> Result<ClientGrantView, Error> {
        caller.may(Action::Read, Resource::ClientGrant)?;
        let caller = caller.clone();
        self.storage
            .read(async move |read| {
                let not_found = || Error::not_found(Kind::ClientGrant, id);
                let found = read.client_grants().find(caller.tenant(), id).await?;
                let items = vec![found.ok_or_else(not_found)?];
                let page = Page { items, total: None, next: None };
                view_all(read, &caller, page).await?.items.into_iter().next().ok_or_else(not_found)
            })
            .await
    }

    /// A page of the client grants that `query` lets through.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` on `client_id` for more than 100 clients or audiences.
    pub async fn client_grants(
        &self,
        caller: &Caller,
        query: ClientGrantQuery,
        listing: Listing<ByAge>,
    ) -> Result<Page<ClientGrantView>, Error> {
        caller.may(Action::Read, Resource::ClientGrant)?;
        let caller = caller.clone();
        self.storage
            .read(async move |read| {
                let filter = filter(read, &caller, &query).await?;
                let page = read.client_grants().list(caller.tenant(), &filter, &listing).await?;
                view_all(read, &caller, page).await
            })
            .await
    }

    /// Replaces the scopes of a client grant. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_client_grant(
        &self,
        caller: &Caller,
        id: ClientGrantId,
        scopes: Vec<String>,
    ) -> Result<ClientGrantView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| update(tx, &caller, &moment, id, &scopes).await).await
    }

    /// Deletes a client grant. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_client_grant(
        &self,
        caller: &Caller,
        id: ClientGrantId,
    ) -> Result<(), Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        self.storage.transact(async move |tx| delete(tx, &caller, &moment, id).await).await
    }
}
