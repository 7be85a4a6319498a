//! People and the clients they sign in to, for the tests of what happens in browsers.

use std::sync::Arc;

use citizenry_identity::{
    AuthenticationMethod, Client, ClientId, ClientIdentifier, ClientKind, ClientSecret,
    ClientSettings, Connection, ConnectionId, ConnectionName, Error, Factor, Identity, IdentityId,
    Locks, Metadata, Origin, Profile, ResourceServer, ScopeName, Session, SessionId, Status,
    Strategy, Subject, Text, User, UserId,
};
use citizenry_storage::{Environment, WebClient, sealing};
use citizenry_testkit::ScriptedWeb;

use crate::test_world::{PUBLIC_URL, World};
use crate::{
    AuthorizationError, AuthorizationRequest, AuthorizationResponse, Issuers, OAuth, OAuthSettings,
    Step, ValidatedRequest,
};

/// The one redirect URI of every client.
pub(crate) const CALLBACK: &str = "https://app.example.com/cb";
/// The challenge of RFC 7636, appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An installation with a person and clients.
pub(crate) struct People {
    pub(crate) world: Box<World>,
    pub(crate) oauth: OAuth,
    pub(crate) web: Arc<ScriptedWeb>,
    pub(crate) connection: ConnectionId,
    /// 李雷.
    pub(crate) user: User,
    /// A public client of somebody else's.
    pub(crate) client: Client,
}

/// The secret of every client.
pub(crate) const SECRET: &str = "a secret of a client that is long enough";

impl People {
    pub(crate) async fn new() -> Self {
        let web = Arc::new(ScriptedWeb::default());
        let mut people = Box::pin(Self::with_web(Arc::clone(&web) as _)).await;
        people.web = web;
        people
    }

    pub(crate) async fn with_web(web: Arc<dyn WebClient>) -> Self {
        // Boxed: what a test holds all along is large.
        let world = Box::pin(World::new()).await;
        Box::pin(Self::of(world, web)).await
    }

    /// People of an installation.
    pub(crate) async fn of(world: World, web: Arc<dyn WebClient>) -> Self {
        let environment = Environment { web, ..world.environment.clone() };
        let settings = OAuthSettings { dynamic_registration: true, ..OAuthSettings::default() };
        let issuers = Issuers::new(PUBLIC_URL, true);
        let oauth = OAuth::with_settings(world.storage.clone(), environment, issuers, settings);
        let connection = add_connection(&world).await;
        let user = add_user(&world, connection, "lilei").await;
        let client = new_client(&world, "Somebody else's");
        let people = Self {
            world: Box::new(world),
            oauth,
            web: Arc::default(),
            connection,
            user,
            client: client.clone(),
        };
        people.insert(client).await;
        people
    }

    async fn insert(&self, client: Client) {
        let insert = self.world.storage.transact(async move |tx| {
            tx.clients().insert(&client).await?;
            Ok::<_, Error>(())
        });
        insert.await.unwrap();
    }

    /// Another client, changed before it is stored.
    pub(crate) async fn client(&self, change: impl FnOnce(&mut Client)) -> Client {
        let mut client = new_client(&self.world, "x");
        client.name = Text::parse("name", client.identifier.as_str()).unwrap();
        change(&mut client);
        self.insert(client.clone()).await;
        client
    }

    /// The client of the installation, changed and stored.
    pub(crate) async fn change(&mut self, change: impl FnOnce(&mut Client)) {
        change(&mut self.client);
        self.world.save_client(self.client.clone()).await;
        self.client.version += 1;
    }

    pub(crate) async fn another_user(&self, name: &str) -> User {
        add_user(&self.world, self.connection, name).await
    }

    /// A user who has signed in just now.
    pub(crate) async fn signed_in(&self, user: &User) -> (Session, User) {
        let moment = self.world.environment.moment();
        let session = Session {
            id: SessionId::generate(&moment),
            tenant: user.tenant,
            user: user.id,
            secret_hash: {
                let mut hash = [0; 32];
                moment.fill(&mut hash);
                hash
            },
            factors: vec![Factor::Password],
            authenticated_at: moment.now(),
            last_used_at: moment.now(),
            idle_until: moment.now().plus_seconds(86_400),
            expires_at: moment.now().plus_seconds(864_000),
            ip: None,
            user_agent: None,
            created_at: moment.now(),
        };
        let stored = session.clone();
        let insert = self.world.storage.transact(async move |tx| {
            tx.sessions().insert(&stored).await?;
            Ok::<_, Error>(())
        });
        insert.await.unwrap();
        (session, user.clone())
    }

    /// 李雷, who has signed in just now.
    pub(crate) async fn lilei(&self) -> (Session, User) {
        self.signed_in(&self.user).await
    }

    /// The parameters of a good request, with `others` in place of or beside them; an empty value
    /// takes one out.
    pub(crate) fn parameters(&self, others: &[(&str, &str)]) -> Vec<(String, String)> {
        let usual = [
            ("client_id", self.client.identifier.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "xyz"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let usual = usual.iter().filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
        usual
            .chain(others.iter().filter(|(_, value)| !value.is_empty()))
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    pub(crate) async fn validate_all(
        &self,
        parameters: Vec<(String, String)>,
    ) -> Result<ValidatedRequest, AuthorizationError> {
        let request = AuthorizationRequest { parameters, ..AuthorizationRequest::default() };
        self.oauth.validate(request).await
    }

    pub(crate) async fn validate(
        &self,
        others: &[(&str, &str)],
    ) -> Result<ValidatedRequest, AuthorizationError> {
        self.validate_all(self.parameters(others)).await
    }

    pub(crate) async fn authorize(
        &self,
        request: &ValidatedRequest,
        signed_in: Option<&(Session, User)>,
    ) -> Step {
        self.oauth.authorize(request, signed_in, &Origin::default()).await.unwrap()
    }

    /// A resource server with `read:things` and `write:things`.
    pub(crate) async fn server(
        &self,
        identifier: &str,
        change: impl FnOnce(&mut ResourceServer),
    ) -> ResourceServer {
        let algorithm = citizenry_identity::SigningAlgorithm::Es256;
        let mut server = self.world.resource_server(identifier, algorithm).await;
        change(&mut server);
        let stored = server.clone();
        let save = self.world.storage.transact(async move |tx| {
            tx.resource_servers().save(&stored).await?;
            Ok::<_, Error>(())
        });
        save.await.unwrap();
        server
    }
}

/// The code of the error that the client is answered with.
#[track_caller]
pub(crate) fn answered<T: std::fmt::Debug>(result: Result<T, AuthorizationError>) -> String {
    match result {
        Err(AuthorizationError::Answer(answer)) => answer.parameter("error").unwrap().to_owned(),
        other => panic!("no answer: {other:?}"),
    }
}

/// The code of the error that the user alone sees.
#[track_caller]
pub(crate) fn on_page<T: std::fmt::Debug>(result: Result<T, AuthorizationError>) -> &'static str {
    match result {
        Err(AuthorizationError::Page { code, .. }) => code,
        other => panic!("no page: {other:?}"),
    }
}

/// The answer of a step.
#[track_caller]
pub(crate) fn answer(step: Step) -> AuthorizationResponse {
    match step {
        Step::Answer(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

/// The error in the answer of a step.
#[track_caller]
pub(crate) fn error(step: Step) -> String {
    answer(step).parameter("error").unwrap().to_owned()
}

pub(crate) fn scope(name: &str) -> ScopeName {
    ScopeName::parse("scope", name).unwrap()
}

fn new_client(world: &World, name: &str) -> Client {
    let moment = world.environment.moment();
    let id = ClientId::generate(&moment);
    let sealer = &world.environment.sealer;
    Client {
        id,
        identifier: ClientIdentifier::generate(&moment),
        tenant: world.home.tenant.id,
        name: Text::parse("name", name).unwrap(),
        kind: ClientKind::Spa,
        authentication_method: AuthenticationMethod::None,
        secret: ClientSecret {
            hash: sealer.keyed_hash(sealing::CLIENT_SECRET, SECRET.as_bytes()),
            sealed: sealer.seal(&sealing::client_secret(id), SECRET.as_bytes()).unwrap(),
        },
        is_first_party: false,
        settings: ClientSettings {
            redirect_uris: vec![CALLBACK.to_owned()],
            ..ClientSettings::default()
        },
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

async fn add_connection(world: &World) -> ConnectionId {
    let moment = world.environment.moment();
    let id = ConnectionId::generate(&moment);
    let connection = Connection {
        id,
        tenant: world.home.tenant.id,
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
    };
    let insert = world.storage.transact(async move |tx| {
        tx.connections().insert(&connection).await?;
        Ok::<_, Error>(())
    });
    insert.await.unwrap();
    id
}

async fn add_user(world: &World, connection: ConnectionId, name: &str) -> User {
    let moment = world.environment.moment();
    let number = world.storage.transact(async move |tx| tx.numbers().next().await).await.unwrap();
    let first = Identity {
        id: IdentityId::generate(&moment),
        connection,
        provider: Strategy::parse("authok").unwrap(),
        provider_user_id: name.to_owned(),
        is_social: false,
        access_token: None,
        refresh_token: None,
        expires_in: None,
        profile_data: Metadata::default(),
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    let user = User {
        id: UserId::generate(&moment),
        number,
        tenant: world.home.tenant.id,
        subject: Subject::new("authok", name).unwrap(),
        connection,
        status: Status::Active,
        locks: Locks::default(),
        username: None,
        email: None,
        email_verified: false,
        phone: None,
        phone_verified: false,
        external_id: None,
        profile: Profile::default(),
        user_metadata: Metadata::default(),
        app_metadata: Metadata::default(),
        identities: vec![first],
        signed_up_at: moment.now(),
        signed_up_ip: None,
        last_login_at: None,
        last_ip: None,
        logins_count: 0,
        created_by: None,
        updated_by: None,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    };
    let stored = user.clone();
    let insert = world.storage.transact(async move |tx| {
        tx.users().insert(&stored).await?;
        Ok::<_, Error>(())
    });
    insert.await.unwrap();
    user
}
