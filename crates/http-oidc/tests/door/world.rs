//! A small installation behind the door: the tenants `default` and `acme`, each with a person and
//! three clients.

use std::pin::Pin;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use base64::Engine as _;
use citizenry_authn::{Authn, Links};
use citizenry_directory::Directory;
use citizenry_http_kit::{
    AllowedOrigins, Doors,
    testing::{self, Answer, Client as TestClient},
};
use citizenry_http_oidc::{OidcShape, PasswordGrant, Services};
use citizenry_identity::{
    AuthenticationMethod, Client, ClientGrant, ClientGrantId, ClientId, ClientIdentifier,
    ClientKind, ClientSecret, ClientSettings, Connection, ConnectionId, ConnectionName, Email,
    Error, Identity, IdentityId, Locks, Metadata, Moment, Number, PasswordHash, PasswordStrength,
    Profile, ResourceServer, ResourceServerId, Scope, ScopeName, Session, SigningAlgorithm, Status,
    StoredPassword, Strategy, Subject, Tenant, TenantId, TenantName, Text, TokenDialect,
    TokenFormat, User, UserId, Username,
};
use citizenry_oauth::{Issuers, OAuth, OAuthSettings};
use citizenry_storage::{
    Document, Environment, MailOrder, OutgoingError, PasswordHasher, Storage, StorageError,
    Verification, WebClient, sealing,
};
use citizenry_testkit::{FrozenClock, PlainHasher, TestDatabase, environment};
use secrecy::SecretString;

/// The identifier of the management API.
pub(crate) const AUDIENCE: &str = "https://id.example.com/api/v1";
/// Where everything is.
pub(crate) const PUBLIC_URL: &str = "https://id.example.com";
/// The one redirect URI of each client with people.
pub(crate) const CALLBACK: &str = "https://app.example.com/cb";
/// Where a sign-out may lead.
pub(crate) const BYE: &str = "https://app.example.com/bye";
/// The origin that is registered for the client in a browser.
pub(crate) const ORIGIN: &str = "https://app.example.com";
/// Everybody's password.
pub(crate) const PASSWORD: &str = "compoejffio@jfowfjeio";
/// The verifier and the challenge of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge that belongs to [`VERIFIER`].
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A tenant and who is in it.
#[derive(Debug, Clone)]
pub(crate) struct Inhabited {
    pub(crate) tenant: Tenant,
    pub(crate) user: User,
    /// In a browser, without a secret, of somebody else: its users are asked.
    pub(crate) spa: Client,
    /// On a web server, with a secret, the tenant's own.
    pub(crate) web: Client,
    /// Without people.
    pub(crate) machine: Client,
}

pub(crate) struct World {
    pub(crate) oauth: OAuth,
    pub(crate) tenant: Tenant,
    pub(crate) client_id: String,
    pub(crate) secret: String,
    pub(crate) home: Inhabited,
    pub(crate) acme: Inhabited,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) web: Arc<WatchedWeb>,
    pub(crate) hasher: Arc<Hasher>,
    /// Who is signed in.
    pub(crate) authn: Authn,
    environment: Environment,
    storage: Storage,
    client: TestClient,
    _database: TestDatabase,
}

/// A [`PlainHasher`] whose queue can be made full.
#[derive(Debug, Default)]
pub(crate) struct Hasher {
    is_full: AtomicBool,
}

impl Hasher {
    pub(crate) fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    fn room(&self) -> Result<(), Error> {
        if self.is_full.load(Ordering::SeqCst) { Err(Error::Unavailable) } else { Ok(()) }
    }
}

#[async_trait]
impl PasswordHasher for Hasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        self.room()?;
        PlainHasher.hash(password).await
    }

    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        self.room()?;
        PlainHasher.verify(password, hash).await
    }

    async fn verify_nothing(&self, password: &SecretString) -> Result<(), Error> {
        self.room()?;
        PlainHasher.verify_nothing(password).await
    }
}

/// A web in which nothing can be reached, as where all addresses are private, and which remembers
/// what was asked for.
#[derive(Debug, Default)]
pub(crate) struct WatchedWeb(Mutex<Vec<String>>);

impl WatchedWeb {
    /// What was asked for since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn refuse(&self, url: &str) -> Result<Document, OutgoingError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(url.to_owned());
        Err(OutgoingError::Refused("the address is private or special".to_owned()))
    }
}

#[async_trait]
impl WebClient for WatchedWeb {
    async fn get(&self, url: &str) -> Result<Document, OutgoingError> {
        self.refuse(url)
    }

    async fn post_form(
        &self,
        url: &str,
        _form: &[(&str, &str)],
    ) -> Result<Document, OutgoingError> {
        self.refuse(url)
    }
}

/// The origins that the clients of the path's tenant have registered.
struct Registered(OAuth);

#[async_trait]
impl AllowedOrigins for Registered {
    async fn allows(&self, _host: &str, path: &str, origin: &str) -> bool {
        let tenant = path.strip_prefix("/t/").and_then(|rest| rest.split('/').next());
        self.0.is_registered_origin(tenant, origin).await.unwrap()
    }
}

impl World {
    pub(crate) fn new() -> Pin<Box<impl Future<Output = Self>>> {
        Self::with(|_| {}, OAuthSettings { dynamic_registration: true, ..Default::default() })
    }

    /// A world whose tenants are changed before they are stored. It takes much to make: kept off
    /// the stack of each test.
    pub(crate) fn with(
        change: impl Fn(&mut Tenant),
        settings: OAuthSettings,
    ) -> Pin<Box<impl Future<Output = Self>>> {
        Box::pin(Self::build(change, settings))
    }

    async fn build(change: impl Fn(&mut Tenant), settings: OAuthSettings) -> Self {
        let database = TestDatabase::memory().await;
        let storage = database.storage();
        let (clock, web, hasher) = (Arc::<FrozenClock>::default(), Arc::default(), Arc::default());
        let environment = Environment {
            clock: Arc::<FrozenClock>::clone(&clock),
            web: Arc::<WatchedWeb>::clone(&web),
            passwords: Arc::<Hasher>::clone(&hasher),
            ..environment()
        };
        let secret = environment.moment().alphanumeric(64);
        let home = inhabit(&storage, &environment, ("default", 1), &secret, &change).await;
        let acme = inhabit(&storage, &environment, ("acme", 2), &secret, &change).await;
        let authn = Authn::new(storage.clone(), environment.clone(), Links::new(PUBLIC_URL));
        let issuers = Issuers::new(PUBLIC_URL, true);
        let oauth = OAuth::with_settings(storage.clone(), environment.clone(), issuers, settings);
        oauth.set_password_verifier(Arc::new(PasswordGrant::new(authn.clone())));
        let directory =
            Directory::new(storage.clone(), environment.clone()).with_links(Links::new(PUBLIC_URL));
        let services = Services { oauth: oauth.clone(), authn: authn.clone(), directory };
        let client = serve(services).await;
        Self {
            tenant: home.tenant.clone(),
            client_id: home.machine.identifier.to_string(),
            oauth,
            secret,
            home,
            acme,
            clock,
            web,
            hasher,
            authn,
            environment,
            storage,
            client,
            _database: database,
        }
    }

    /// Somebody who asks the door.
    pub(crate) fn client(&self) -> TestClient {
        self.client.clone()
    }

    /// The parameters of a good request for a machine's token.
    pub(crate) fn request(&self) -> Vec<(&'static str, String)> {
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", self.secret.clone()),
            ("audience", AUDIENCE.to_owned()),
        ]
    }

    /// The parameters of a good request but for one.
    pub(crate) fn with_parameter(
        &self,
        name: &'static str,
        value: &str,
    ) -> Vec<(&'static str, String)> {
        let mut request = self.request();
        request.retain(|(known, _)| *known != name);
        request.push((name, value.to_owned()));
        request
    }

    pub(crate) async fn post_form<N: AsRef<str>, V: AsRef<str>>(
        &self,
        path: &str,
        parameters: &[(N, V)],
    ) -> Answer {
        self.client.post(path).body(FORM, form(parameters)).send().await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.client.get(path).send().await
    }

    /// What proves a client in a body.
    pub(crate) fn credentials(&self, client: &Client) -> Vec<(&'static str, String)> {
        let mut pairs = vec![("client_id", client.identifier.to_string())];
        if client.authentication_method != AuthenticationMethod::None {
            pairs.push(("client_secret", self.secret.clone()));
        }
        pairs
    }

    /// Asks an endpoint as `client`, with a secret if it has one.
    pub(crate) async fn ask_as(
        &self,
        client: &Client,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let own = self.credentials(client);
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<_> = own.chain(parameters.iter().copied()).collect();
        self.post_form(path, &all).await
    }

    /// Redeems a code, with `others` in place of or beside the usual parameters.
    pub(crate) async fn redeem(
        &self,
        client: &Client,
        code: &str,
        others: &[(&str, &str)],
    ) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.ask_as(client, "/oauth/token", &merged(&usual, others)).await
    }

    /// The mails that were ordered since the last call.
    pub(crate) async fn mails(&self) -> Vec<MailOrder> {
        let now = self.moment().now();
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
        let open = |message: &citizenry_identity::Message| {
            let context = sealing::message(message.id);
            let content = self.environment.sealer.open(&context, &message.content).unwrap();
            serde_json::from_slice(&content).unwrap()
        };
        messages.iter().map(open).collect()
    }

    pub(crate) fn moment(&self) -> Moment {
        self.environment.moment()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
    }

    /// Changes a client behind the use cases' back.
    pub(crate) async fn change_client(&self, client: &Client, change: fn(&mut Client)) {
        let (tenant, id) = (client.tenant, client.id);
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                let mut client = tx.clients().find_for_update(tenant, id).await?.unwrap();
                change(&mut client);
                tx.clients().save(&client).await
            })
            .await
            .unwrap();
    }

    /// Says whether a person must change the password.
    pub(crate) async fn set_password(&self, user: &User, must_change: bool) {
        let (tenant, user) = (user.tenant, user.id);
        let stored = password(must_change, &self.moment());
        self.storage
            .transact::<_, StorageError, _>(async move |tx| {
                tx.passwords().set(tenant, user, &stored).await
            })
            .await
            .unwrap();
    }

    pub(crate) async fn user(&self, email: &str) -> Option<User> {
        let (tenant, email) = (self.tenant.id, Email::parse(email).unwrap());
        let found = self
            .storage
            .read::<_, StorageError, _>(async move |read| {
                read.users().find_by_email(tenant, email.key()).await
            })
            .await
            .unwrap();
        found.into_iter().next()
    }

    pub(crate) async fn sessions_of(&self, user: &User) -> Vec<Session> {
        let (tenant, id) = (user.tenant, user.id);
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                read.sessions().list_of_user(tenant, id).await
            })
            .await
            .unwrap()
    }

    /// What nobody may change by a bad request: people, their passwords, sessions and consents, and
    /// the clients.
    pub(crate) async fn state(&self) -> String {
        let houses = [self.home.clone(), self.acme.clone()];
        self.storage
            .read::<_, StorageError, _>(async move |read| {
                let mut state = String::new();
                for house in houses.clone() {
                    let (tenant, id) = (house.tenant.id, house.user.id);
                    let user = read.users().find(tenant, id).await?;
                    let password = read.passwords().find(tenant, id).await?;
                    let sessions = read.sessions().list_of_user(tenant, id).await?;
                    _ = writeln!(state, "{user:?} {password:?} {sessions:?}");
                    for client in [house.spa, house.web, house.machine] {
                        let consents = read.consents().list_for(tenant, id, client.id).await?;
                        let stored = read.clients().find(tenant, client.id).await?;
                        _ = writeln!(state, "{consents:?} {stored:?}");
                    }
                }
                Ok(state)
            })
            .await
            .unwrap()
    }
}

async fn serve(services: Services) -> TestClient {
    let boundary = testing::boundary(Doors::new("oidc", OidcShape))
        .allowed_origins(Arc::new(Registered(services.oauth.clone())));
    TestClient::behind(boundary, move |config| {
        config
            .app_data(actix_web::web::Data::new(services.oauth.clone()))
            .app_data(actix_web::web::Data::new(services));
        citizenry_http_oidc::configure(config);
    })
    .await
}

/// `usual`, with `others` in place of or beside them; an empty value takes one out.
pub(crate) fn merged<'a>(
    usual: &[(&'a str, &'a str)],
    others: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = usual.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    kept.chain(others.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

/// `parameters` as a form body or a query.
pub(crate) fn form<N: AsRef<str>, V: AsRef<str>>(parameters: &[(N, V)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
        .finish()
}

/// An `Authorization` header.
pub(crate) fn basic(name: &str, password: &str) -> String {
    let text = format!("{name}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

/// The parameters in the query of `url`.
pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').unwrap_or_default().1;
    let query = query.split('#').next().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn inhabit(
    storage: &Storage,
    environment: &Environment,
    (name, number): (&str, i64),
    secret: &str,
    change: impl Fn(&mut Tenant),
) -> Inhabited {
    let moment = environment.moment();
    let (id, number) = (TenantId::generate(&moment), Number::new(number).unwrap());
    let mut tenant = Tenant::new(id, number, TenantName::parse(name).unwrap(), moment.now());
    change(&mut tenant);
    let machine = Client {
        kind: ClientKind::NonInteractive,
        settings: ClientSettings {
            grant_types: Some(vec!["client_credentials".to_owned()]),
            ..ClientSettings::default()
        },
        ..client(environment, id, &named(name, "machine"), secret)
    };
    let spa = Client {
        kind: ClientKind::Spa,
        authentication_method: AuthenticationMethod::None,
        is_first_party: false,
        settings: people_settings(&["authorization_code", "refresh_token"]),
        ..client(environment, id, &named(name, "spa"), secret)
    };
    let web = Client {
        settings: people_settings(&[
            "authorization_code",
            "refresh_token",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
        ]),
        ..client(environment, id, &named(name, "web"), secret)
    };
    let management = server(environment, id, AUDIENCE, true);
    let things = server(environment, id, "https://things.example.com/", false);
    let grant = grant(environment, &machine, &management);
    let connection = connection(&moment, id);
    let user = user(&moment, id, connection.id);
    let password = password(false, &moment);
    let made = Inhabited { tenant, user, spa, web, machine };
    let stored = made.clone();
    storage
        .transact(async move |tx| {
            tx.tenants().insert(&stored.tenant).await?;
            tx.resource_servers().insert(&management).await?;
            tx.resource_servers().insert(&things).await?;
            let mut user = stored.user.clone();
            user.number = tx.numbers().next().await?;
            for client in [&stored.spa, &stored.web, &stored.machine] {
                tx.clients().insert(client).await?;
            }
            tx.client_grants().insert(&grant).await?;
            tx.connections().insert(&connection).await?;
            tx.users().insert(&user).await?;
            tx.passwords().set(stored.tenant.id, stored.user.id, &password).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    made
}

/// The identifier of a client: `console-machine`, `acme-spa`.
fn named(tenant: &str, kind: &str) -> String {
    let tenant = if tenant == "default" { "console" } else { tenant };
    format!("{tenant}-{kind}")
}

fn people_settings(grant_types: &[&str]) -> ClientSettings {
    ClientSettings {
        redirect_uris: vec![CALLBACK.to_owned()],
        web_origins: vec![ORIGIN.to_owned()],
        allowed_logout_urls: vec![BYE.to_owned()],
        grant_types: Some(grant_types.iter().map(|it| (*it).to_owned()).collect()),
        ..ClientSettings::default()
    }
}

fn client(environment: &Environment, tenant: TenantId, name: &str, secret: &str) -> Client {
    let moment = environment.moment();
    let id = ClientId::generate(&moment);
    let sealed = environment.sealer.seal(&sealing::client_secret(id), secret.as_bytes()).unwrap();
    Client {
        id,
        identifier: ClientIdentifier::parse(name).unwrap(),
        tenant,
        name: Text::parse("name", name).unwrap(),
        kind: ClientKind::Web,
        authentication_method: AuthenticationMethod::ClientSecretPost,
        secret: ClientSecret {
            hash: environment.sealer.keyed_hash(sealing::CLIENT_SECRET, secret.as_bytes()),
            sealed,
        },
        is_first_party: true,
        settings: ClientSettings::default(),
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

fn scopes() -> impl Iterator<Item = ScopeName> {
    ["read:users", "create:users"].into_iter().map(|name| ScopeName::parse("scope", name).unwrap())
}

fn server(
    environment: &Environment,
    tenant: TenantId,
    identifier: &str,
    is_system: bool,
) -> ResourceServer {
    let moment = environment.moment();
    ResourceServer {
        id: ResourceServerId::generate(&moment),
        tenant,
        identifier: Text::parse("identifier", identifier).unwrap(),
        name: Text::parse("name", identifier).unwrap(),
        scopes: scopes().map(|name| Scope { name, description: None }).collect(),
        signing_algorithm: SigningAlgorithm::Es256,
        signing_secret: None,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: true,
        token_lifetime: ResourceServer::DEFAULT_LIFETIME,
        token_lifetime_for_web: None,
        enforce_policies: false,
        token_dialect: TokenDialect::AccessToken,
        token_format: TokenFormat::Jwt,
        is_system,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

fn grant(environment: &Environment, client: &Client, server: &ResourceServer) -> ClientGrant {
    let moment = environment.moment();
    ClientGrant {
        id: ClientGrantId::generate(&moment),
        tenant: client.tenant,
        client: client.id,
        resource_server: server.id,
        scopes: scopes().collect(),
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

fn connection(moment: &Moment, tenant: TenantId) -> Connection {
    Connection {
        id: ConnectionId::generate(moment),
        tenant,
        name: ConnectionName::parse("authok").unwrap(),
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
    }
}

fn password(must_change: bool, moment: &Moment) -> StoredPassword {
    let hash = PasswordHash::new(format!("$plain${PASSWORD}"));
    let strength = PasswordStrength::default();
    StoredPassword { must_change, ..StoredPassword::new(hash, strength, moment.now()) }
}

/// 李雷, as `fioman`.
fn user(moment: &Moment, tenant: TenantId, connection: ConnectionId) -> User {
    let (id, now) = (UserId::generate(moment), moment.now());
    User {
        id,
        number: Number::new(7).unwrap(),
        tenant,
        subject: Subject::new("authok", &id.to_string()).unwrap(),
        connection,
        status: Status::Active,
        locks: Locks::default(),
        username: Some(Username::parse("fioman").unwrap()),
        email: Some(Email::parse("fioman@qq.com").unwrap()),
        email_verified: true,
        phone: None,
        phone_verified: false,
        external_id: None,
        profile: Profile {
            name: Some(Text::parse("name", "李雷").unwrap()), ..Profile::default()
        },
        user_metadata: Metadata::default(),
        app_metadata: Metadata::default(),
        identities: vec![Identity {
            id: IdentityId::generate(moment),
            connection,
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
