//! A directory for one test: a database in memory, a tenant, and who asks.

use std::sync::Arc;

use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_directory::{
    Directory, Environment, Links, NewTenant, NewUser, Provisioned, UserView,
};
use citizenry_identity::{
    Authorized, ClientId, Email, Error, EventKind, Factor, Id, Listing, Message, Origin, Session,
    SessionId, StoredPassword, Tenant, TenantId, TenantName, Text, TokenFamily, TokenFamilyId,
    UserId, Username,
};
use citizenry_storage::{MailOrder, Storage, StorageError, sealing};
use citizenry_testkit::{FrozenClock, TestDatabase, environment};

pub(crate) struct World {
    pub(crate) directory: Directory,
    pub(crate) provisioned: Provisioned,
    pub(crate) operator: Caller,
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    clock: Arc<FrozenClock>,
    database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::memory().await).await
    }

    pub(crate) async fn on(database: TestDatabase) -> Self {
        let clock = Arc::new(FrozenClock::default());
        let environment = Environment { clock: Arc::<FrozenClock>::clone(&clock), ..environment() };
        let storage = database.storage();
        let directory = Directory::new(storage.clone(), environment.clone())
            .with_links(Links::new("https://id.example.com"));
        let provisioned = tenant(&directory, TenantName::DEFAULT).await;
        let operator = Caller::operator(&provisioned.tenant);
        // What follows is told to come later than what a tenant starts with.
        clock.advance(time::Duration::microseconds(1));
        Self { directory, provisioned, operator, storage, environment, clock, database }
    }

    /// A client of the tenant with exactly the permissions of `scope`.
    pub(crate) fn client(&self, scope: &str) -> Caller {
        caller(&self.provisioned.tenant, scope)
    }

    /// A person of the tenant who has signed in, with exactly the permissions of `scope`.
    pub(crate) fn person(&self, user: UserId, scope: &str) -> Caller {
        Caller::new(
            CallerTenant::from(&self.provisioned.tenant),
            Subject::User(user),
            Credential::AccessToken,
            Permissions::from_scope(scope),
            Origin::default(),
        )
    }

    /// An administrator of the tenant who has signed in.
    pub(crate) fn administrator(&self) -> Caller {
        let id = self.provisioned.administrator.id;
        Caller::new(
            CallerTenant::from(&self.provisioned.tenant),
            Subject::User(id),
            Credential::AccessToken,
            Permissions::all(),
            Origin::default(),
        )
    }

    pub(crate) async fn user(&self, name: &str) -> UserView {
        self.tick();
        self.directory.create_user(&self.operator, new_user(name)).await.unwrap()
    }

    /// Lets a microsecond pass, so that what follows is told to come later.
    pub(crate) fn tick(&self) {
        self.clock.advance(time::Duration::microseconds(1));
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
    }

    pub(crate) fn tenant(&self) -> TenantId {
        self.provisioned.tenant.id
    }

    /// Gives the user a session and a refresh token that outlives it.
    pub(crate) async fn sign_in(&self, user: UserId) {
        let (tenant, moment) = (self.tenant(), self.environment.moment());
        let client = self.provisioned.client.id;
        let now = moment.now();
        let session = Session {
            id: SessionId::generate(&moment),
            tenant,
            user,
            secret_hash: self.environment.sealer.keyed_hash("test", user.to_string().as_bytes()),
            factors: vec![Factor::Password],
            authenticated_at: now,
            last_used_at: now,
            idle_until: now.plus_seconds(1_000),
            expires_at: now.plus_seconds(1_000),
            ip: None,
            user_agent: None,
            created_at: now,
        };
        let family = TokenFamily {
            id: TokenFamilyId::generate(&moment),
            tenant,
            client,
            user,
            session: Some(session.id),
            authorized: Authorized::default(),
            is_offline: true,
            created_at: now,
            expires_at: now.plus_seconds(1_000),
            revoked_at: None,
        };
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                tx.sessions().insert(&session).await?;
                tx.token_families().insert(&family).await
            })
            .await
            .unwrap();
    }

    /// How many sessions, and how many authorizations that are not revoked, the user has.
    pub(crate) async fn access(&self, user: UserId) -> (usize, usize) {
        let tenant = self.tenant();
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                let sessions = read.sessions().list_of_user(tenant, user).await?;
                let families = read.token_families().list_of_user(tenant, user).await?;
                Ok((sessions.len(), families.len()))
            })
            .await
            .unwrap()
    }

    /// The mails that were ordered since the last call.
    pub(crate) async fn mails(&self) -> Vec<MailOrder> {
        let now = self.directory.now();
        let messages = self
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let taken = tx.outbox().take_due(now, now.plus_seconds(1), 100).await?;
                for message in &taken {
                    tx.outbox().delete(message.id).await?;
                }
                Ok(taken)
            })
            .await
            .unwrap();
        let open = |message: &Message| {
            let context = sealing::message(message.id);
            let content = self.environment.sealer.open(&context, &message.content).unwrap();
            serde_json::from_slice(&content).unwrap()
        };
        messages.iter().map(open).collect()
    }

    pub(crate) async fn password(&self, user: UserId) -> Option<StoredPassword> {
        let tenant = self.tenant();
        self.storage
            .read::<_, StorageError, _>(async move |read| read.passwords().find(tenant, user).await)
            .await
            .unwrap()
    }

    /// Changes the settings of the tenant.
    pub(crate) async fn set(&self, settings: serde_json::Value) {
        let serde_json::Value::Object(settings) = settings else { panic!("no object") };
        self.directory.update_tenant(&self.operator, settings).await.unwrap();
    }

    /// How many deadlocks the server has ended in this database, on PostgreSQL. Closes it: sessions
    /// tell what they have counted when they end.
    pub(crate) async fn deadlocks(&self) -> u64 {
        self.database.database().close().await;
        let others = "SELECT count(*) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        while self.database.sql(others).await != ["0"] {
            tokio::task::yield_now().await;
        }
        let counted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        self.database.sql(counted).await.first().unwrap().parse().unwrap()
    }

    /// The kinds of the last events, newest first.
    pub(crate) async fn trail(&self, many: u32) -> Vec<&'static str> {
        let page = self.directory.events(&self.operator, None, Listing::first(many)).await.unwrap();
        page.items.iter().map(|view| EventKind::as_str(view.event.kind)).collect()
    }
}

pub(crate) fn caller(tenant: &Tenant, scope: &str) -> Caller {
    Caller::new(
        CallerTenant::from(tenant),
        Subject::Client(ClientId::from_ulid(7.into())),
        Credential::AccessToken,
        Permissions::from_scope(scope),
        Origin::default(),
    )
}

pub(crate) async fn tenant(directory: &Directory, name: &str) -> Provisioned {
    let new = NewTenant {
        name: TenantName::parse(name).unwrap(),
        management_identifier: Text::parse("identifier", format!("https://{name}.example/api"))
            .unwrap(),
        administrator: Username::parse("admin").unwrap(),
        administrator_password: None,
    };
    directory.create_tenant(new).await.unwrap()
}

/// A user called `name`, with a username and an email address made from it.
pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        username: Some(Username::parse(name).unwrap()),
        email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
        ..NewUser::default()
    }
}

pub(crate) fn conflict(error: &Error) -> Option<&'static str> {
    match error {
        Error::Conflict { field, .. } => Some(field),
        _ => None,
    }
}
