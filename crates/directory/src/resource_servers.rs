//! Resource servers: create, find, change, delete.

mod change;

pub use change::{ResourceServerChanges, update};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    Error, EventKind, Kind, Listing, Moment, Page, ResourceServer, ResourceServerId, Scope,
    SigningAlgorithm, TenantId, Text, TokenDialect, TokenFormat,
};
use citizenry_storage::{
    Sealer, Tx,
    ports::{ByName, ReadResourceServers, ResourceServerFilter},
    sealing,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Directory;

/// How a caller names a resource server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceServerRef {
    /// By our identifier.
    Id(ResourceServerId),
    /// By its audience.
    Identifier(String),
}

impl std::fmt::Display for ResourceServerRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Identifier(identifier) => identifier.fmt(f),
        }
    }
}

/// A resource server to be made.
#[derive(Debug, Clone)]
pub struct NewResourceServer {
    /// The audience of its tokens, unique per tenant and never changed.
    pub identifier: Text<600>,
    /// The name for people.
    pub name: Text<200>,
    /// The scopes it offers.
    pub scopes: Vec<Scope>,
    /// How its tokens are signed; RS256 when nothing is said.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// The secret of HS256; a new one when nothing is said.
    pub signing_secret: Option<SecretString>,
    /// Whether refresh tokens may be issued for it.
    pub allow_offline_access: bool,
    /// Whether first-party clients need no consent.
    pub skip_consent_for_verifiable_first_party_clients: bool,
    /// How long its tokens last, seconds; a day when nothing is said.
    pub token_lifetime: Option<u32>,
    /// How long its tokens last in browsers, seconds.
    pub token_lifetime_for_web: Option<u32>,
    /// Whether users' tokens are limited to their permissions.
    pub enforce_policies: bool,
    /// What its tokens say about permissions.
    pub token_dialect: Option<TokenDialect>,
    /// What its tokens look like; JSON web tokens when nothing is said.
    pub token_format: Option<TokenFormat>,
}

/// A resource server, with the secret of HS256 where it may be shown.
#[derive(Debug, Clone)]
pub struct ResourceServerView {
    /// The resource server.
    pub resource_server: ResourceServer,
    /// The secret of HS256: shown to callers who may change the resource server.
    pub signing_secret: Option<SecretString>,
}

fn sealed_secret(
    sealer: &dyn Sealer,
    id: ResourceServerId,
    given: Option<SecretString>,
    moment: &Moment,
) -> Result<Vec<u8>, Error> {
    let secret = given.unwrap_or_else(|| moment.alphanumeric(64).into());
    let text = secret.expose_secret();
    // RFC 7518 section 3.2: a key of HS256 has at least 256 bits.
    if !(32..=512).contains(&text.len()) {
        return Err(Error::invalid("signing_secret", "must be 32 to 512 bytes long"));
    }
    sealer.seal(&sealing::signing_secret(id), text.as_bytes())
}

/// Makes a resource server.
///
/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` on `identifier`.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    new: NewResourceServer,
) -> Result<ResourceServer, Error> {
    caller.may(Action::Create, Resource::ResourceServer)?;
    let id = ResourceServerId::generate(moment);
    let signing_algorithm = new.signing_algorithm.unwrap_or(SigningAlgorithm::Rs256);
    let signing_secret = match signing_algorithm {
        SigningAlgorithm::Hs256 => Some(sealed_secret(sealer, id, new.signing_secret, moment)?),
        SigningAlgorithm::Rs256 | SigningAlgorithm::Es256 | SigningAlgorithm::EdDsa => None,
    };
    let resource_server = ResourceServer {
        id,
        tenant: caller.tenant(),
        identifier: new.identifier,
        name: new.name,
        scopes: new.scopes,
        signing_algorithm,
        signing_secret,
        allow_offline_access: new.allow_offline_access,
        skip_consent_for_verifiable_first_party_clients: new
            .skip_consent_for_verifiable_first_party_clients,
        token_lifetime: new.token_lifetime.unwrap_or(ResourceServer::DEFAULT_LIFETIME),
        token_lifetime_for_web: new.token_lifetime_for_web,
        enforce_policies: new.enforce_policies,
        token_dialect: new.token_dialect.unwrap_or(TokenDialect::AccessToken),
        token_format: new.token_format.unwrap_or(TokenFormat::Jwt),
        is_system: false,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    insert(tx, caller, moment, &resource_server).await?;
    Ok(resource_server)
}

pub(crate) async fn insert(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    resource_server: &ResourceServer,
) -> Result<(), Error> {
    resource_server.check()?;
    tx.resource_servers().insert(resource_server).await?;
    let event = caller.event(moment, EventKind::RESOURCE_SERVER_CREATED, resource_server.id);
    Ok(tx.events().append(&event).await?)
}

/// Deletes a resource server, its permissions and grants.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` on `is_system` for the management API.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    wanted: &ResourceServerRef,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::ResourceServer)?;
    let found = find(tx.resource_servers(), caller.tenant(), wanted).await?;
    if found.is_system {
        return Err(Error::conflict(Kind::ResourceServer, "is_system"));
    }
    tx.resource_servers().delete(found.tenant, found.id).await?;
    let event = caller.event(moment, EventKind::RESOURCE_SERVER_DELETED, found.id);
    Ok(tx.events().append(&event).await?)
}

/// The resource server, or `NotFound`.
pub(crate) async fn find(
    servers: &mut dyn ReadResourceServers,
    tenant: TenantId,
    wanted: &ResourceServerRef,
) -> Result<ResourceServer, Error> {
    let found = match wanted {
        ResourceServerRef::Id(id) => servers.find(tenant, *id).await?,
        ResourceServerRef::Identifier(text) => servers.find_by_identifier(tenant, text).await?,
    };
    found.ok_or_else(|| Error::not_found(Kind::ResourceServer, wanted))
}

impl Directory {
    /// Makes a resource server. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_resource_server(
        &self,
        caller: &Caller,
        new: NewResourceServer,
    ) -> Result<ResourceServerView, Error> {
        let (inside, moment) = (caller.clone(), self.moment());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        let made = self
            .storage
            .transact(async move |tx| create(tx, &inside, &moment, &*sealer, new.clone()).await)
            .await?;
        self.view_resource_server(caller, made)
    }

    /// A resource server.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn resource_server(
        &self,
        caller: &Caller,
        wanted: &ResourceServerRef,
    ) -> Result<ResourceServerView, Error> {
        caller.may(Action::Read, Resource::ResourceServer)?;
        let (tenant, wanted) = (caller.tenant(), wanted.clone());
        let found = self
            .storage
            .read(async move |read| find(read.resource_servers(), tenant, &wanted).await)
            .await?;
        self.view_resource_server(caller, found)
    }

    /// A page of the resource servers that `filter` lets through.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn resource_servers(
        &self,
        caller: &Caller,
        filter: ResourceServerFilter,
        listing: Listing<ByName>,
    ) -> Result<Page<ResourceServerView>, Error> {
        caller.may(Action::Read, Resource::ResourceServer)?;
        let tenant = caller.tenant();
        let page = self
            .storage
            .read(async move |read| {
                Ok::<_, Error>(read.resource_servers().list(tenant, &filter, &listing).await?)
            })
            .await?;
        let items = page.items.into_iter().map(|found| self.view_resource_server(caller, found));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Page { items, total: page.total, next: page.next })
    }

    fn view_resource_server(
        &self,
        caller: &Caller,
        resource_server: ResourceServer,
    ) -> Result<ResourceServerView, Error> {
        let shown = caller.may(Action::Update, Resource::ResourceServer).is_ok()
            || caller.may(Action::Create, Resource::ResourceServer).is_ok();
        let sealed = resource_server.signing_secret.as_ref().filter(|_| shown);
        let context = sealing::signing_secret(resource_server.id);
        let secret = sealed.map(|it| self.environment.sealer.open(&context, it)).transpose()?;
        let secret = secret.map(String::from_utf8).transpose().map_err(Error::internal)?;
        Ok(ResourceServerView { resource_server, signing_secret: secret.map(SecretString::from) })
    }

    /// Changes a resource server. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_resource_server(
        &self,
        caller: &Caller,
        wanted: &ResourceServerRef,
        changes: ResourceServerChanges,
    ) -> Result<ResourceServerView, Error> {
        let (inside, moment, wanted) = (caller.clone(), self.moment(), wanted.clone());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        let changed = self
            .storage
            .transact(async move |tx| {
                update(tx, &inside, &moment, &*sealer, &wanted, changes.clone()).await
            })
            .await?;
        self.view_resource_server(caller, changed)
    }

    /// Deletes a resource server. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_resource_server(
        &self,
        caller: &Caller,
        wanted: &ResourceServerRef,
    ) -> Result<(), Error> {
        let (caller, moment, wanted) = (caller.clone(), self.moment(), wanted.clone());
        self.storage.transact(async move |tx| delete(tx, &caller, &moment, &wanted).await).await
    }
}
