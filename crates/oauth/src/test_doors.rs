//! The management doors: their clients and the people who sign in to them, for tests.

use std::sync::Arc;

use async_trait::async_trait;
use citizenry_authz::Caller;
use citizenry_identity::{
    Client, Error, ManagementDoor, ManagementPermission, Origin, Role, RoleId, Text, User,
};
use citizenry_testkit::{ScriptedWeb, TestDatabase};
use secrecy::{ExposeSecret, SecretString};

use crate::test_people::People;
use crate::test_tokens::credentials;
use crate::test_world::{World, new_grant};
use crate::{
    AttemptProof, AttemptedUser, PasswordAttempt, PasswordGrantError, PasswordVerifier, TokenError,
    TokenRequest, TokenResponse,
};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "right";
/// A link secret that is good for everybody.
pub(crate) const LINK: &str = "link";

/// Knows some people, all by the same password.
#[derive(Debug)]
struct OnePassword(Vec<User>);

#[async_trait]
impl PasswordVerifier for OnePassword {
    async fn check(&self, attempt: PasswordAttempt) -> Result<User, PasswordGrantError> {
        let is_proved = match &attempt.proof {
            AttemptProof::Password(password) => password.expose_secret() == PASSWORD,
            AttemptProof::LinkSecret(secret) => secret.expose_secret() == LINK,
        };
        let is_meant = |user: &&User| match &attempt.user {
            AttemptedUser::Named(name) => user.subject.as_str() == format!("authok|{name}"),
            AttemptedUser::Number(number) => user.number == *number,
        };
        let found = self.0.iter().find(is_meant).filter(|_| is_proved);
        found.cloned().ok_or(match attempt.user {
            AttemptedUser::Named(name) if name == "limit" => {
                PasswordGrantError::LimitReached { retry_after: 120 }
            }
            AttemptedUser::Named(name) if name == "many" => {
                PasswordGrantError::TooMany { retry_after: 60 }
            }
            AttemptedUser::Named(name) if name == "blocked" => PasswordGrantError::Blocked,
            AttemptedUser::Named(name) if name == "old" => PasswordGrantError::MustChange,
            _ => PasswordGrantError::Wrong,
        })
    }

    async fn confirm(&self, _caller: &Caller, password: &SecretString) -> Result<(), Error> {
        if password.expose_secret() == PASSWORD {
            Ok(())
        } else {
            Err(Error::invalid("password", "is wrong"))
        }
    }
}

/// An installation whose home tenant has both doors' clients, and people.
pub(crate) struct Doors {
    pub(crate) people: People,
    /// 韩梅梅, an administrator.
    pub(crate) administrator: User,
    pub(crate) role: RoleId,
    audience_manager: Client,
    angus: Client,
}

impl Doors {
    /// In a file, where servers remember who was proved until something is committed.
    pub(crate) async fn new() -> Self {
        Box::pin(Self::on(TestDatabase::sqlite().await)).await
    }

    pub(crate) async fn on(database: TestDatabase) -> Self {
        // Boxed: what a test holds all along is large.
        let world = Box::pin(World::on(database)).await;
        let people = Box::pin(People::of(world, Arc::new(ScriptedWeb::default()))).await;
        let administrator = people.another_user("hanmeimei").await;
        let role = add_administrator(&people, &administrator).await;
        let known = vec![people.user.clone(), administrator.clone()];
        people.oauth.set_password_verifier(Arc::new(OnePassword(known)));
        let audience_manager = door_client(&people, ManagementDoor::AudienceManager).await;
        let angus = door_client(&people, ManagementDoor::Angus).await;
        let scopes: Vec<_> =
            ManagementPermission::all().map(ManagementPermission::as_str).collect();
        let world = &people.world;
        let grant =
            new_grant(&world.environment, &audience_manager, &world.home.management, &scopes);
        let insert = world.storage.transact(async move |tx| {
            tx.client_grants().insert(&grant).await?;
            Ok::<_, Error>(())
        });
        insert.await.unwrap();
        Self { people, administrator, role, audience_manager, angus }
    }

    /// 李雷, who is no administrator.
    pub(crate) fn lilei(&self) -> &User {
        &self.people.user
    }

    pub(crate) fn client(&self, door: ManagementDoor) -> &Client {
        match door {
            ManagementDoor::AudienceManager => &self.audience_manager,
            ManagementDoor::Angus => &self.angus,
        }
    }

    /// A request for the tokens of a person.
    pub(crate) fn asking(&self, door: ManagementDoor, user: &User) -> TokenRequest {
        TokenRequest {
            grant_type: Some("password".to_owned()),
            client: credentials(self.client(door)),
            user_number: Some(user.number),
            password: Some(PASSWORD.into()),
            scope: Some("user_trust".to_owned()),
            ..TokenRequest::default()
        }
    }

    pub(crate) async fn sign_in(&self, door: ManagementDoor, user: &User) -> TokenResponse {
        self.people.oauth.token(self.asking(door, user)).await.unwrap()
    }

    /// A token of the door's client for itself.
    pub(crate) async fn client_token(
        &self,
        door: ManagementDoor,
        scope: Option<&str>,
    ) -> Result<TokenResponse, TokenError> {
        let request = TokenRequest {
            grant_type: Some("client_credentials".to_owned()),
            client: credentials(self.client(door)),
            scope: scope.map(str::to_owned),
            ..TokenRequest::default()
        };
        self.people.oauth.token(request).await
    }

    /// The caller whom a token stands for.
    pub(crate) async fn caller(
        &self,
        door: ManagementDoor,
        token: &SecretString,
    ) -> Result<Caller, Error> {
        self.people.oauth.authenticate_for(door, token, &Origin::default()).await
    }

    pub(crate) async fn refuses(&self, door: ManagementDoor, token: &SecretString) -> bool {
        matches!(self.caller(door, token).await, Err(Error::Unauthenticated))
    }

    /// A person who has signed in.
    pub(crate) async fn caller_of(&self, door: ManagementDoor, user: &User) -> Caller {
        let token = self.sign_in(door, user).await.access_token;
        self.caller(door, &token).await.unwrap()
    }

    /// Gives somebody the role of administrators, or takes it.
    pub(crate) async fn set_administrator(&self, user: &User, is_one: bool) {
        let (tenant, user, role) = (user.tenant, user.id, self.role);
        let now = self.people.world.environment.clock.now();
        let set = self.people.world.storage.transact(async move |tx| {
            if is_one {
                tx.assignments().add_roles(tenant, user, &[role], now).await?;
            } else {
                tx.assignments().remove_roles(tenant, user, &[role]).await?;
            }
            Ok::<_, Error>(())
        });
        set.await.unwrap();
    }

    /// Makes somebody an operator of the installation.
    pub(crate) async fn make_operator(&self, user: &User) {
        let (tenant, user) = (user.tenant, user.id);
        let now = self.people.world.environment.clock.now();
        let set = self.people.world.storage.transact(async move |tx| {
            Ok::<_, Error>(tx.operators().set_operator(tenant, user, true, now).await?)
        });
        assert!(set.await.unwrap());
    }

    /// Changes a user without anything that follows from it.
    pub(crate) async fn change_user(
        &self,
        user: &User,
        change: impl Fn(&mut User) + Clone + Send + Sync + 'static,
    ) {
        let (tenant, id) = (user.tenant, user.id);
        let save = self.people.world.storage.transact(async move |tx| {
            let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
            change(&mut user);
            Ok::<_, Error>(tx.users().save(&user).await?)
        });
        save.await.unwrap();
    }
}

async fn door_client(people: &People, door: ManagementDoor) -> Client {
    let mut client = people.own_client().await;
    client.settings.door = Some(door);
    let grants = ["password", "refresh_token", "authorization_code", "client_credentials"];
    client.settings.grant_types = Some(grants.map(str::to_owned).to_vec());
    people.world.save_client(client.clone()).await;
    client.version += 1;
    client
}

async fn add_administrator(people: &People, user: &User) -> RoleId {
    let moment = people.world.environment.moment();
    let role = Role {
        id: RoleId::generate(&moment),
        tenant: user.tenant,
        name: Text::parse("name", Role::ADMINISTRATOR).unwrap(),
        description: None,
        is_administrator: true,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    let (id, user) = (role.id, user.clone());
    let insert = people.world.storage.transact(async move |tx| {
        tx.roles().insert(&role).await?;
        tx.assignments().add_roles(user.tenant, user.id, &[role.id], moment.now()).await?;
        Ok::<_, Error>(())
    });
    insert.await.unwrap();
    id
}
