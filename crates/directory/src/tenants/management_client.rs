//! The client that every tenant starts with, granted every management scope.

use citizenry_authz::Caller;
use citizenry_identity::{
    AuthenticationMethod, Client, ClientKind, ClientSettings, Direction, Error, Kind, Listing,
    Moment, SortKey, Start, Text,
};
use citizenry_storage::{
    Sealer, Tx,
    ports::{ByName, ClientFilter},
};

use super::provision::grant_everything;
use crate::{
    Directory,
    clients::{self, ClientView, NewClient},
};

/// The name that the client is found by.
const NAME: &str = "ManagementAPI App";

pub(super) fn new_management_client() -> Result<NewClient, Error> {
    Ok(NewClient {
        name: Text::parse("name", NAME)?,
        kind: ClientKind::NonInteractive,
        authentication_method: Some(AuthenticationMethod::ClientSecretPost),
        is_first_party: true,
        settings: ClientSettings::default(),
        identifier: None,
        secret: None,
    })
}

/// The client of that name; a new one, with a grant of every management scope, when it is gone.
async fn find_or_create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
) -> Result<Client, Error> {
    if let Some(client) = find(tx, caller).await? {
        return Ok(client);
    }
    let new = new_management_client()?;
    let client = clients::create(tx, caller, moment, sealer, new).await?.client;
    let server = tx.resource_servers().find_system(caller.tenant()).await?;
    let server =
        server.ok_or_else(|| Error::not_found(Kind::ResourceServer, "the management API"))?;
    grant_everything(tx, caller, moment, &client, &server).await?;
    Ok(client)
}

async fn find(tx: &mut dyn Tx, caller: &Caller) -> Result<Option<Client>, Error> {
    let kinds = vec![ClientKind::NonInteractive];
    let filter = ClientFilter { kinds, is_first_party: Some(true), ..ClientFilter::default() };
    let mut listing = Listing::<ByName>::first(Listing::<ByName>::MAX_LIMIT);
    listing.order = vec![SortKey { field: ByName::CreatedAt, direction: Direction::Ascending }];
    loop {
        let page = tx.clients().list(caller.tenant(), &filter, &listing).await?;
        let found = page.items.into_iter().find(|client| client.name.as_str() == NAME);
        match (found, page.next) {
            (None, Some(next)) => listing.start = Start::After(next),
            (found, _) => return Ok(found),
        }
    }
}

impl Directory {
    /// The client that holds every management permission, with its secret; made anew when it is
    /// gone.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn management_client(&self, caller: &Caller) -> Result<ClientView, Error> {
        let (inside, moment) = (caller.clone(), self.moment());
        let sealer = std::sync::Arc::clone(&self.environment.sealer);
        let client = self
            .storage
            .transact(async move |tx| find_or_create(tx, &inside, &moment, &*sealer).await)
            .await?;
        self.client(caller, &client.identifier).await
    }
}
