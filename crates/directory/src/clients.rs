//! Clients: create, find, change, rotate their secret, delete.

mod secret;
mod settings;

use secret::{open, stored};
pub(crate) use settings::replaced;

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    AuthenticationMethod, Client, ClientId, ClientIdentifier, ClientKind, ClientSettings, Error,
    EventKind, Kind, Listing, Moment, Page, Text,
};
use citizenry_storage::{
    Sealer, Tx,
    ports::{ByName, ClientFilter},
};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::Directory;

/// A client to be made.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The name, unique per tenant.
    pub name: Text<128>,
    /// What kind of application it is.
    pub kind: ClientKind,
    /// How it proves itself; `none` for native and browser clients, `client_secret_post` for
    /// others, when nothing is said.
    pub authentication_method: Option<AuthenticationMethod>,
    /// Whether it belongs to the tenant itself.
    pub is_first_party: bool,
    /// Everything else.
    pub settings: ClientSettings,
    /// Its `client_id`; a new one when nothing is said. For clients that move here.
    pub identifier: Option<ClientIdentifier>,
    /// Its secret; a new one when nothing is said. For clients that move here.
    pub secret: Option<SecretString>,
}

/// What a partial change does to a client.
#[derive(Debug, Clone, Default)]
pub struct ClientChanges {
    /// The name, unique per tenant.
    pub name: Option<Text<128>>,
    /// What kind of application it is.
    pub kind: Option<ClientKind>,
    /// How it proves itself.
    pub authentication_method: Option<AuthenticationMethod>,
    /// Whether it belongs to the tenant itself.
    pub is_first_party: Option<bool>,
    /// A new secret.
    pub secret: Option<SecretString>,
    /// Members of [`ClientSettings`] to replace; null resets one. Others are kept as they come.
    pub settings: Option<Map<String, Value>>,
}

/// A client, with its secret where it may be shown.
#[derive(Debug, Clone)]
pub struct ClientView {
    /// The client.
    pub client: Client,
    /// Its secret: shown to who made or rotated it, and to callers with `read:client_keys`.
    pub secret: Option<SecretString>,
}

/// Makes a client.
///
/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` on `name` or `client_id`.
pub async fn create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    new: NewClient,
) -> Result<ClientView, Error> {
    caller.may(Action::Create, Resource::Client)?;
    let id = ClientId::generate(moment);
    let secret = secret::given_or_new(new.secret, moment)?;
    let client = Client {
        id,
        identifier: new.identifier.unwrap_or_else(|| ClientIdentifier::generate(moment)),
        tenant: caller.tenant(),
        name: new.name,
        kind: new.kind,
        authentication_method: new.authentication_method.unwrap_or_else(|| usual_method(new.kind)),
        secret: stored(sealer, id, &secret)?,
        is_first_party: new.is_first_party,
        settings: new.settings.checked()?,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    tx.clients().insert(&client).await?;
    tx.events().append(&caller.event(moment, EventKind::CLIENT_CREATED, id)).await?;
    Ok(ClientView { client, secret: Some(secret) })
}

fn usual_method(kind: ClientKind) -> AuthenticationMethod {
    match kind {
        ClientKind::Native | ClientKind::Spa => AuthenticationMethod::None,
        ClientKind::Web | ClientKind::NonInteractive => AuthenticationMethod::ClientSecretPost,
    }
}

/// Changes a client.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid`; `Conflict` on `name`.
pub async fn update(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    identifier: &ClientIdentifier,
    changes: ClientChanges,
) -> Result<Client, Error> {
    caller.may(Action::Update, Resource::Client)?;
    let before = find_for_update(tx, caller, identifier).await?;
    let mut client = before.clone();
    client.name = changes.name.unwrap_or(client.name);
    client.kind = changes.kind.unwrap_or(client.kind);
    client.authentication_method =
        changes.authentication_method.unwrap_or(client.authentication_method);
    client.is_first_party = changes.is_first_party.unwrap_or(client.is_first_party);
    if let Some(secret) = changes.secret {
        let secret = secret::given_or_new(Some(secret), moment)?;
        client.secret = stored(sealer, client.id, &secret)?;
    }
    if let Some(members) = changes.settings {
        client.settings = settings::changed(&client.settings, members)?;
    }
    if client == before {
        return Ok(client);
    }
    client.updated_at = moment.now();
    tx.clients().save(&client).await?;
    client.version += 1;
    tx.events().append(&caller.event(moment, EventKind::CLIENT_UPDATED, client.id)).await?;
    Ok(client)
}

/// Gives a client a new secret. The old one is worth nothing from the commit on.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn rotate_secret(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    identifier: &ClientIdentifier,
    secret: Option<SecretString>,
) -> Result<ClientView, Error> {
    caller.may(Action::Update, Resource::Client)?;
    let mut client = find_for_update(tx, caller, identifier).await?;
    let secret = secret::given_or_new(secret, moment)?;
    client.secret = stored(sealer, client.id, &secret)?;
    client.updated_at = moment.now();
    tx.clients().save(&client).await?;
    client.version += 1;
    let event = caller.event(moment, EventKind::CLIENT_SECRET_ROTATED, client.id);
    tx.events().append(&event).await?;
    Ok(ClientView { client, secret: Some(secret) })
}

/// Deletes a client and its grants.
///
/// # Errors
/// `Forbidden`; `NotFound`.
pub async fn delete(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    identifier: &ClientIdentifier,
) -> Result<(), Error> {
    caller.may(Action::Delete, Resource::Client)?;
    let client = find_for_update(tx, caller, identifier).await?;
    tx.connections().disable_client(client.tenant, &client.identifier).await?;
    tx.clients().delete(client.tenant, client.id).await?;
    Ok(tx.events().append(&caller.event(moment, EventKind::CLIENT_DELETED, client.id)).await?)
}

async fn find_for_update(
    tx: &mut dyn Tx,
    caller: &Caller,
    identifier: &ClientIdentifier,
) -> Result<Client, Error> {
    let not_found = || Error::not_found(Kind::Client, identifier);
    let found = tx.clients().find_by_identifier(caller.tenant(), identifier).await?;
    let id = found.ok_or_else(not_found)?.id;
    tx.clients().find_for_update(caller.tenant(), id).await?.ok_or_else(not_found)
}

impl Directory {
    /// Makes a client. See [`create`].
    ///
    /// # Errors
    /// As [`create`].
    pub async fn create_client(
        &self,
        caller: &Caller,
        new: NewClient,
    ) -> Result<ClientView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| create(tx, &caller, &moment, &*sealer, new.clone()).await)
            .await
    }

    /// A client.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound`.
    pub async fn client(
        &self,
        caller: &Caller,
        identifier: &ClientIdentifier,
    ) -> Result<ClientView, Error> {
        caller.may(Action::Read, Resource::Client)?;
        let (tenant, wanted) = (caller.tenant(), identifier.clone());
        let client = self
            .storage
            .read(async move |read| {
                let found = read.clients().find_by_identifier(tenant, &wanted).await?;
                found.ok_or_else(|| Error::not_found(Kind::Client, &wanted))
            })
            .await?;
        self.view_client(caller, client)
    }

    /// A page of the clients that `filter` lets through.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn clients(
        &self,
        caller: &Caller,
        filter: ClientFilter,
        listing: Listing<ByName>,
    ) -> Result<Page<ClientView>, Error> {
        caller.may(Action::Read, Resource::Client)?;
        let tenant = caller.tenant();
        let page = self
            .storage
            .read(async move |read| {
                Ok::<_, Error>(read.clients().list(tenant, &filter, &listing).await?)
            })
            .await?;
        let items = page.items.into_iter().map(|client| self.view_client(caller, client));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Page { items, total: page.total, next: page.next })
    }

    fn view_client(&self, caller: &Caller, client: Client) -> Result<ClientView, Error> {
        let shown = caller.may(Action::Read, Resource::ClientSecret).is_ok();
        let secret = shown.then(|| open(&*self.environment.sealer, &client)).transpose()?;
        Ok(ClientView { client, secret })
    }

    /// Changes a client. See [`update`].
    ///
    /// # Errors
    /// As [`update`].
    pub async fn update_client(
        &self,
        caller: &Caller,
        identifier: &ClientIdentifier,
        changes: ClientChanges,
    ) -> Result<ClientView, Error> {
        let (inside, moment, wanted) = (caller.clone(), self.moment(), identifier.clone());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        let client = self
            .storage
            .transact(async move |tx| {
                update(tx, &inside, &moment, &*sealer, &wanted, changes.clone()).await
            })
            .await?;
        self.view_client(caller, client)
    }

    /// Gives a client a new secret. See [`rotate_secret`].
    ///
    /// # Errors
    /// As [`rotate_secret`].
    pub async fn rotate_client_secret(
        &self,
        caller: &Caller,
        identifier: &ClientIdentifier,
    ) -> Result<ClientView, Error> {
        let (caller, moment, wanted) = (caller.clone(), self.moment(), identifier.clone());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                rotate_secret(tx, &caller, &moment, &*sealer, &wanted, None).await
            })
            .await
    }

    /// Deletes a client. See [`delete`].
    ///
    /// # Errors
    /// As [`delete`].
    pub async fn delete_client(
        &self,
        caller: &Caller,
        identifier: &ClientIdentifier,
    ) -> Result<(), Error> {
        let (caller, moment, wanted) = (caller.clone(), self.moment(), identifier.clone());
        self.storage.transact(async move |tx| delete(tx, &caller, &moment, &wanted).await).await
    }
}
