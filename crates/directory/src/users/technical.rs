//! The user that stands for a client of Audience Manager's door: made when the client first asks
//! who it is.

use citizenry_authz::{Caller, Subject};
use citizenry_identity::{
    Client, ClientId, Error, EventKind, ManagementDoor, Moment, Profile, Text, User, UserId,
    Username,
};
use citizenry_storage::{
    Tx,
    ports::{ReadClients, ReadUsers},
};

use super::{
    NewUser, UserDetail,
    create::{build, find_connection},
    event,
};
use crate::Directory;

/// How often somebody who has lost a race looks again.
const TRIES: usize = 3;
/// What ends the username of a technical user.
const DOMAIN: &str = "techacct";

fn forbidden() -> Error {
    Error::Forbidden { permission: "user" }
}

/// The client, if people manage the directory through it and technical users stand for it.
async fn client_of_door(clients: &mut dyn ReadClients, caller: &Caller) -> Result<Client, Error> {
    let Subject::Client(id) = caller.subject() else { return Err(forbidden()) };
    find_client(clients, caller, id).await?.ok_or_else(forbidden)
}

async fn find_client(
    clients: &mut dyn ReadClients,
    caller: &Caller,
    id: ClientId,
) -> Result<Option<Client>, Error> {
    let found = clients.find(caller.tenant(), id).await?;
    let door = Some(ManagementDoor::AudienceManager);
    Ok(found.filter(|client| client.settings.door == door))
}

/// What the technical user of `client` is called.
fn username(client: &Client) -> Result<Username, Error> {
    let named = Username::parse(&format!("{}@{DOMAIN}", client.identifier));
    // An identifier that was brought along may be longer than usernames are.
    named.or_else(|_too_long| Username::parse(&format!("{}@{DOMAIN}", client.id)))
}

fn external_id(client: &Client) -> Result<Text<255>, Error> {
    Text::parse("external_id", format!("client:{}", client.identifier))
}

async fn find(users: &mut dyn ReadUsers, client: &Client) -> Result<Option<UserId>, Error> {
    let (name, mark) = (username(client)?, external_id(client)?);
    let found = users.find_by_username(client.tenant, name.key()).await?;
    let own = found.into_iter().find(|user| user.external_id.as_ref() == Some(&mark));
    Ok(own.map(|user| user.id))
}

async fn make(
    tx: &mut dyn Tx,
    caller: &Caller,
    moment: &Moment,
    client: &Client,
) -> Result<User, Error> {
    let connection = find_connection(tx, caller, None).await?;
    let new = NewUser {
        username: Some(username(client)?),
        external_id: Some(external_id(client)?),
        profile: Profile {
            given_name: Text::optional("given_name", Some(client.name.to_string()))?,
            ..Profile::default()
        },
        ..NewUser::default()
    };
    let user = build(tx, caller, moment, &connection, new).await?;
    tx.users().insert(&user).await?;
    tx.events().append(&event(caller, moment, EventKind::USER_CREATED, &user)).await?;
    Ok(user)
}

impl Directory {
    /// The user that stands for the calling client of Audience Manager's door; made at its first
    /// call. However many first calls there are at once, there is one user.
    ///
    /// # Errors
    /// `Forbidden` for everybody but such a client; `Conflict` on `username` when another user has
    /// its name.
    pub async fn technical_user(&self, caller: &Caller) -> Result<UserDetail, Error> {
        let id = self.technical_user_id(caller).await?;
        self.detail_of(caller, &id.into()).await
    }

    pub(super) async fn technical_user_id(&self, caller: &Caller) -> Result<UserId, Error> {
        let inside = caller.clone();
        let client = self.storage.read(async move |read| {
            let client = client_of_door(read.clients(), &inside).await?;
            let found = find(read.users(), &client).await?;
            Ok::<_, Error>((client, found))
        });
        let (client, found) = client.await?;
        if let Some(id) = found {
            return Ok(id);
        }
        let mut refused = None;
        for _ in 0..TRIES {
            match self.find_or_make(caller, &client).await {
                Err(conflict @ Error::Conflict { .. }) => refused = Some(conflict),
                found => return found,
            }
        }
        Err(refused.unwrap_or_else(|| Error::internal("a technical user was neither made nor met")))
    }

    async fn find_or_make(&self, caller: &Caller, client: &Client) -> Result<UserId, Error> {
        let (caller, client, moment) = (caller.clone(), client.clone(), self.moment());
        self.storage
            .transact(async move |tx| match find(tx.users(), &client).await? {
                Some(id) => Ok(id),
                None => Ok(make(tx, &caller, &moment, &client).await?.id),
            })
            .await
    }
}
