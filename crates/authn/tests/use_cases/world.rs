//! A tenant with a connection, users, and a browser.

use std::{net::IpAddr, sync::Arc};

use citizenry_authn::{Authn, Environment, Links, SignIn, SignInError, SignedIn};
use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject as Asking};
use citizenry_identity::{
    AuthenticationMethod, Channel, Client, ClientId, ClientIdentifier, ClientKind, ClientSecret,
    ClientSettings, Connection, ConnectionId, ConnectionName, Email, Event, EventKind, Id,
    Identity, IdentityId, Listing, Locks, Metadata, Moment, Origin, PasswordHash, PasswordStrength,
    Phone, Profile, Session, Status, StoredPassword, Strategy, Subject, Tenant, TenantId,
    TenantName, Text, User, UserId, Username,
};
use citizenry_storage::{
    MailOrder, PasswordHasher, SmsOrder, Storage, StorageError, ports::EventFilter, sealing,
};
use citizenry_testkit::{CountingHasher, FrozenClock, TestDatabase, environment};
use secrecy::SecretString;

pub(crate) const PASSWORD: &str = "compoejffio@jfowfjeio";

/// How hard [`PASSWORD`] is said to be: not what it is, so that a rehash shows.
const STRENGTH: PasswordStrength = PasswordStrength::Weak;

pub(crate) struct World {
    pub(crate) authn: Authn,
    pub(crate) storage: Storage,
    pub(crate) environment: Environment,
    pub(crate) hasher: Arc<CountingHasher>,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) tenant: Tenant,
    pub(crate) connection: Connection,
    _database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::memory().await).await
    }

    pub(crate) async fn on(database: TestDatabase) -> Self {
        let (clock, hasher) = (Arc::new(FrozenClock::default()), Arc::default());
        let environment = Environment {
            clock: Arc::<FrozenClock>::clone(&clock),
            passwords: Arc::<CountingHasher>::clone(&hasher),
            ..environment()
        };
        let storage = database.storage();
        let moment = environment.moment();
        let tenant = storage
            .transact::<_, StorageError, _>(async move |tx| {
                let number = tx.numbers().next().await?;
                let name = TenantName::from_stored("default".to_owned());
                let tenant = Tenant::new(TenantId::generate(&moment), number, name, moment.now());
                tx.tenants().insert(&tenant).await?;
                Ok(tenant)
            })
            .await
            .unwrap();
        let links = Links::new("https://id.example.com");
        let authn = Authn::new(storage.clone(), environment.clone(), links);
        let connection = add_connection(&storage, environment.moment(), tenant.id, "authok").await;
        Self { authn, storage, environment, hasher, clock, tenant, connection, _database: database }
    }

    pub(crate) fn moment(&self) -> Moment {
        self.environment.moment()
    }

    pub(crate) async fn connection(&self, name: &str) -> Connection {
        add_connection(&self.storage, self.moment(), self.tenant.id, name).await
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
    }

    /// A user called `name`, with an email address made of it, whose password is [`PASSWORD`].
    pub(crate) async fn user(&self, name: &str) -> User {
        let user = self.unsaved(name, &self.connection);
        self.add(user, &format!("$plain${PASSWORD}"), false).await
    }

    pub(crate) fn unsaved(&self, name: &str, connection: &Connection) -> User {
        let (moment, now) = (self.moment(), self.moment().now());
        let id = UserId::generate(&moment);
        User {
            id,
            number: citizenry_identity::Number::new(1).unwrap(),
            tenant: self.tenant.id,
            subject: Subject::new("authok", &id.to_string()).unwrap(),
            connection: connection.id,
            status: Status::Active,
            locks: Locks::default(),
            username: Some(Username::parse(name).unwrap()),
            email: Some(Email::parse(&format!("{name}@example.com")).unwrap()),
            email_verified: false,
            phone: None,
            phone_verified: false,
            external_id: None,
            profile: Profile::default(),
            user_metadata: Metadata::default(),
            app_metadata: Metadata::default(),
            identities: vec![Identity {
                id: IdentityId::generate(&moment),
                connection: connection.id,
                provider: Strategy::parse("authok").unwrap(),
                provider_user_id: id.to_string(),
                is_social: false,
                access_token: None,
                refresh_token: None,
                expires_in: None,
                profile_data: Metadata::default(),
                created_at: now,
                updated_at: now,
            }],
            signed_up_at: now,
            signed_up_ip: None,
            last_login_at: None,
            last_ip: None,
            logins_count: 0,
            created_by: None,
            updated_by: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) async fn add(&self, user: User, hash: &str, must_change: bool) -> User {
        let hash = PasswordHash::new(hash.to_owned());
        let password = StoredPassword {
            must_change,
            ..StoredPassword::new(hash, STRENGTH, self.moment().now())
        };
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut user = user.clone();
                user.number = tx.numbers().next().await?;
                tx.users().insert(&user).await?;
                tx.passwords().set(user.tenant, user.id, &password).await?;
                Ok(user)
            })
            .await
            .unwrap()
    }

    /// Changes a user behind the use cases' back.
    pub(crate) async fn change(&self, id: UserId, change: fn(&mut User, &Moment)) {
        let (tenant, moment) = (self.tenant.id, self.moment());
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut user = tx.users().find_for_update(tenant, id).await?.unwrap();
                change(&mut user, &moment);
                user.updated_at = moment.now();
                tx.users().save(&user).await
            })
            .await
            .unwrap();
    }

    pub(crate) async fn set_tenant(&self, change: fn(&mut Tenant)) {
        let id = self.tenant.id;
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut tenant = tx.tenants().find_for_update(id).await?.unwrap();
                change(&mut tenant);
                tx.tenants().save(&tenant).await
            })
            .await
            .unwrap();
    }

    pub(crate) async fn stored(&self, id: UserId) -> User {
        let tenant = self.tenant.id;
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                Ok(read.users().find(tenant, id).await?.unwrap())
            })
            .await
            .unwrap()
    }

    pub(crate) async fn password(&self, id: UserId) -> StoredPassword {
        let tenant = self.tenant.id;
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                Ok(read.passwords().find(tenant, id).await?.unwrap())
            })
            .await
            .unwrap()
    }

    pub(crate) async fn sessions_of(&self, id: UserId) -> Vec<Session> {
        let tenant = self.tenant.id;
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                read.sessions().list_of_user(tenant, id).await
            })
            .await
            .unwrap()
    }

    /// The kinds of the audit events so far, in no order.
    pub(crate) async fn trail(&self) -> Vec<&'static str> {
        let tenant = self.tenant.id;
        let page = self
            .storage
            .read::<_, StorageError, _>(async move |read| {
                read.events().list(tenant, &EventFilter::default(), &Listing::first(100)).await
            })
            .await
            .unwrap();
        page.items.iter().map(|event| EventKind::as_str(event.kind)).collect()
    }

    /// The reasons that the events of one kind give, in no order.
    pub(crate) async fn reasons(&self, kind: EventKind) -> Vec<String> {
        let tenant = self.tenant.id;
        let filter = EventFilter { kinds: Some(vec![kind]), ..EventFilter::default() };
        let page = self
            .storage
            .read::<_, StorageError, _>(async move |read| {
                read.events().list(tenant, &filter, &Listing::first(100)).await
            })
            .await
            .unwrap();
        let reason = |event: &Event| Some(event.details.get("reason")?.as_str()?.to_owned());
        page.items.iter().filter_map(reason).collect()
    }

    pub(crate) async fn told(&self, kind: EventKind) -> usize {
        self.trail().await.into_iter().filter(|told| *told == kind.as_str()).count()
    }

    /// The mails that were ordered since the last call.
    pub(crate) async fn mails(&self) -> Vec<MailOrder> {
        self.orders(Channel::Mail).await
    }

    /// The text messages that were ordered since the last call.
    pub(crate) async fn texts(&self) -> Vec<SmsOrder> {
        self.orders(Channel::Sms).await
    }

    async fn orders<T: serde::de::DeserializeOwned>(&self, channel: Channel) -> Vec<T> {
        let now = self.moment().now();
        let messages = self
            .storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut taken = tx.outbox().take_due(now, now, 100).await?;
                taken.retain(|message| message.channel == channel);
                for message in &taken {
                    tx.outbox().delete(message.id).await?;
                }
                Ok(taken)
            })
            .await
            .unwrap();
        let open = |message: &citizenry_identity::Message| {
            let context = sealing::message(message.id);
            let content = self.environment.sealer.open(&context, &message.content).unwrap();
            serde_json::from_slice(&content).unwrap()
        };
        messages.iter().map(open).collect()
    }

    pub(crate) fn attempt(&self, identifier: &str, password: &str) -> SignIn {
        SignIn {
            tenant: self.tenant.id,
            connection: None,
            client: None,
            identifier: identifier.to_owned(),
            password: password.into(),
            previous: None,
            device: None,
            origin: from("192.0.2.7"),
        }
    }

    pub(crate) async fn try_in(
        &self,
        identifier: &str,
        password: &str,
    ) -> Result<SignedIn, SignInError> {
        self.authn.sign_in(self.attempt(identifier, password)).await
    }

    pub(crate) async fn signed_in(&self, identifier: &str) -> SignedIn {
        self.try_in(identifier, PASSWORD).await.unwrap()
    }

    /// Whether that secret opens a session.
    pub(crate) async fn opens(&self, secret: &SecretString) -> bool {
        self.authn.session(self.tenant.id, secret).await.unwrap().is_some()
    }

    /// The same use cases with another hasher.
    pub(crate) fn with_hasher(&self, passwords: Arc<dyn PasswordHasher>) -> Authn {
        let environment = Environment { passwords, ..self.environment.clone() };
        Authn::new(self.storage.clone(), environment, Links::new("https://id.example.com"))
    }

    pub(crate) fn caller(&self, subject: Asking, scope: &str) -> Caller {
        Caller::new(
            CallerTenant::from(&self.tenant),
            subject,
            Credential::AccessToken,
            Permissions::from_scope(scope),
            from("192.0.2.9"),
        )
    }

    /// The user, who has signed in.
    pub(crate) fn himself(&self, user: &User) -> Caller {
        self.caller(Asking::User(user.id), "")
    }

    /// Changes a password behind the use cases' back.
    pub(crate) async fn change_password(
        &self,
        id: UserId,
        change: fn(&mut StoredPassword, &Moment),
    ) {
        let (tenant, moment) = (self.tenant.id, self.moment());
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut password = tx.passwords().find(tenant, id).await?.unwrap();
                change(&mut password, &moment);
                tx.passwords().set(tenant, id, &password).await
            })
            .await
            .unwrap();
    }

    pub(crate) fn client_caller(&self, scope: &str) -> Caller {
        self.caller(Asking::Client(ClientId::from_ulid(7.into())), scope)
    }
}

async fn add_connection(
    storage: &Storage,
    moment: Moment,
    tenant: TenantId,
    name: &str,
) -> Connection {
    let connection = Connection {
        id: ConnectionId::generate(&moment),
        tenant,
        name: ConnectionName::parse(name).unwrap(),
        strategy: Strategy::parse("authok").unwrap(),
        display_name: None,
        options: Metadata::default(),
        metadata: Metadata::default(),
        enabled_clients: std::collections::BTreeSet::new(),
        is_domain_connection: false,
        realms: Vec::new(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    storage
        .transact::<_, StorageError, _>(async move |tx| {
            tx.connections().insert(&connection).await?;
            Ok(connection.clone())
        })
        .await
        .unwrap()
}

pub(crate) fn from(address: &str) -> Origin {
    Origin {
        ip: Some(address.parse::<IpAddr>().unwrap()),
        user_agent: Some("Mozilla/5.0".to_owned()),
        request_id: None,
    }
}

pub(crate) fn phone(number: &str) -> Phone {
    Phone::parse(number, 86).unwrap()
}

/// What came of an attempt, as a word.
pub(crate) fn word(result: &Result<SignedIn, SignInError>) -> String {
    match result {
        Ok(_) => "in".to_owned(),
        // The last guess before a lock tells no more than another.
        Err(SignInError::Wrong | SignInError::LimitReached { .. }) => "wrong".to_owned(),
        Err(SignInError::Locked { retry_after }) => format!("locked {retry_after}"),
        Err(SignInError::TooMany { retry_after }) => format!("too many {retry_after}"),
        Err(SignInError::Blocked) => "blocked".to_owned(),
        Err(SignInError::MustChange { .. }) => "must change".to_owned(),
        Err(SignInError::Other(error)) => format!("error: {error}"),
    }
}

/// A client called `identifier`.
pub(crate) fn client(tenant: TenantId, identifier: &ClientIdentifier, moment: &Moment) -> Client {
    Client {
        id: ClientId::generate(moment),
        identifier: identifier.clone(),
        tenant,
        name: Text::parse("name", identifier.to_string()).unwrap(),
        kind: ClientKind::Native,
        authentication_method: AuthenticationMethod::None,
        secret: ClientSecret { sealed: Vec::new(), hash: [0; 32] },
        is_first_party: true,
        settings: ClientSettings::default(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}
