//! The clients through which people sign in to the management doors: one for each door and tenant.

use std::{collections::BTreeSet, sync::Arc};

use citizenry_authz::{Caller, Permissions};
use citizenry_identity::{
    AuthenticationMethod, Client, ClientKind, ClientSettings, Direction, Error, Kind, Listing,
    ManagementDoor, Moment, OidcMetadata, SortKey, Start, Text,
};
use citizenry_storage::{
    Sealer, Tx,
    ports::{ByName, ClientFilter},
};

use super::provision::grant_everything;
use crate::{
    Directory,
    clients::{self, ClientView, NewClient},
    roles::check_holds,
};

/// How long access tokens of Audience Manager's client last, seconds.
const AUDIENCE_MANAGER_ACCESS: u32 = 3_599;
/// How long access tokens of AngusGM's client last, seconds.
const ANGUS_ACCESS: u32 = 36_000;
/// How long refresh tokens of AngusGM's client last, seconds.
const ANGUS_REFRESH: u32 = 72_000;

/// What the client of a door is called.
const fn name_of(door: ManagementDoor) -> &'static str {
    match door {
        ManagementDoor::AudienceManager => "Audience Manager",
        ManagementDoor::Angus => "AngusGM",
    }
}

/// The grants that the client of a door lives on.
const fn grant_types(door: ManagementDoor) -> &'static [&'static str] {
    match door {
        ManagementDoor::AudienceManager => {
            &["password", "refresh_token", "authorization_code", "client_credentials"]
        }
        ManagementDoor::Angus => &["password", "refresh_token", "client_credentials"],
    }
}

/// Opaque tokens; AngusGM's refresh token is good once, without any grace.
fn protocol(door: ManagementDoor) -> OidcMetadata {
    let opaque =
        OidcMetadata { access_token_format: Some("opaque".to_owned()), ..OidcMetadata::default() };
    match door {
        ManagementDoor::AudienceManager => {
            OidcMetadata { id_token_lifetime: Some(AUDIENCE_MANAGER_ACCESS), ..opaque }
        }
        ManagementDoor::Angus => OidcMetadata {
            id_token_lifetime: Some(ANGUS_ACCESS),
            refresh_token_lifetime: Some(ANGUS_REFRESH),
            refresh_token_idle_lifetime: Some(ANGUS_REFRESH),
            refresh_token_grace: Some(0),
            ..opaque
        },
    }
}

/// A client of `door` under its usual name.
///
/// # Errors
/// None: the name is short enough.
pub fn new_door_client(door: ManagementDoor) -> Result<NewClient, Error> {
    let grant_types = grant_types(door).iter().map(|grant| (*grant).to_owned()).collect();
    Ok(NewClient {
        name: Text::parse("name", name_of(door))?,
        kind: ClientKind::Web,
        authentication_method: Some(AuthenticationMethod::ClientSecretPost),
        is_first_party: true,
        settings: ClientSettings {
            grant_types: Some(grant_types),
            oidc: protocol(door),
            door: Some(door),
            ..ClientSettings::default()
        },
        identifier: None,
        secret: None,
    })
}

/// Makes a client of a door. Audience Manager's may do everything in its tenant: its technical
/// account is an administrator.
///
/// # Errors
/// `Forbidden`, also when the caller lacks a permission that the client gets; `Conflict` on `name`.
pub async fn create_door_client(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    door: ManagementDoor,
    name: Option<Text<128>>,
) -> Result<ClientView, Error> {
    check_holds(caller, &Permissions::all())?;
    let mut new = new_door_client(door)?;
    new.name = name.unwrap_or(new.name);
    let view = clients::create(tx, caller, moment, sealer, new).await?;
    if door == ManagementDoor::AudienceManager {
        let server = tx.resource_servers().find_system(caller.tenant()).await?;
        let server =
            server.ok_or_else(|| Error::not_found(Kind::ResourceServer, "the management API"))?;
        grant_everything(tx, caller, moment, &view.client, &server).await?;
    }
    Ok(view)
}

/// The oldest client of the door; a new one when there is none.
async fn find_or_create(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    sealer: &dyn Sealer,
    door: ManagementDoor,
) -> Result<Client, Error> {
    // Two who miss it at once would make two.
    tx.tenants().find_for_update(caller.tenant()).await?;
    let (found, names) = search(tx, caller, door).await?;
    if let Some(client) = found {
        return Ok(client);
    }
    let name = Text::parse("name", free_name(name_of(door), &names))?;
    Ok(create_door_client(tx, caller, moment, sealer, door, Some(name)).await?.client)
}

/// The oldest client of the door, or the names of all clients.
async fn search(
    tx: &mut dyn Tx,
    caller: &Caller,
    door: ManagementDoor,
) -> Result<(Option<Client>, BTreeSet<String>), Error> {
    let mut names = BTreeSet::new();
    let filter = ClientFilter::default();
    let mut listing = Listing::<ByName>::first(Listing::<ByName>::MAX_LIMIT);
    listing.order = vec![SortKey { field: ByName::CreatedAt, direction: Direction::Ascending }];
    loop {
        let page = tx.clients().list(caller.tenant(), &filter, &listing).await?;
        for client in page.items {
            if client.settings.door == Some(door) {
                return Ok((Some(client), names));
            }
            names.insert(client.name.into_string());
        }
        match page.next {
            Some(next) => listing.start = Start::After(next),
            None => return Ok((None, names)),
        }
    }
}

/// `name`, with the first number behind it that makes it a free one.
fn free_name(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u64| format!("{name} {number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_default()
}

impl Directory {
    /// The oldest client of a door in the caller's tenant, with its secret; made when there is
    /// none, as in installations that are older than the door.
    ///
    /// # Errors
    /// `Forbidden`, also for making one when the caller lacks a permission that it gets.
    pub async fn door_client(
        &self,
        caller: &Caller,
        door: ManagementDoor,
    ) -> Result<ClientView, Error> {
        let (inside, moment) = (caller.clone(), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        let client = self
            .storage
            .transact(async move |tx| find_or_create(tx, &inside, &moment, &*sealer, door).await)
            .await?;
        self.client(caller, &client.identifier).await
    }

    /// Makes a further client of a door. See [`create_door_client`].
    ///
    /// # Errors
    /// As [`create_door_client`].
    pub async fn create_door_client(
        &self,
        caller: &Caller,
        door: ManagementDoor,
        name: Option<Text<128>>,
    ) -> Result<ClientView, Error> {
        let (caller, moment) = (caller.clone(), self.moment());
        let sealer = Arc::clone(&self.environment.sealer);
        self.storage
            .transact(async move |tx| {
                create_door_client(tx, &caller, &moment, &*sealer, door, name.clone()).await
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = ["AngusGM", "AngusGM 2"].map(str::to_owned).into();
        assert_eq!(free_name("AngusGM", &taken), "AngusGM 3");
        assert_eq!(free_name("Audience Manager", &taken), "Audience Manager");
    }
}
