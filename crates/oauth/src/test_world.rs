//! A small installation for the tests of this crate: two tenants, each with its management API, one
//! other resource server and a client that is granted both.

use std::sync::Arc;

use citizenry_authz::Caller;
use citizenry_identity::{
    AuthenticationMethod, Client, ClientGrant, ClientGrantId, ClientId, ClientIdentifier,
    ClientKind, ClientSecret, ClientSettings, Error, ManagementPermission, Origin, ResourceServer,
    ResourceServerId, Scope, ScopeName, SigningAlgorithm, SigningKey, Tenant, TenantId, TenantName,
    TenantStatus, Text, TokenDialect,
};
use citizenry_storage::{Environment, Storage, sealing};
use citizenry_testkit::{FrozenClock, TestDatabase, environment};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::jws::Signer;
use crate::{ClientCredentials, Issuers, OAuth, TokenError, TokenRequest};

/// The public URL of the installation.
pub(crate) const PUBLIC_URL: &str = "https://id.example.com";
/// The host that its requests are sent to.
pub(crate) const HOST: &str = "id.example.com";

/// The secret of every HS256 resource server.
pub(crate) const SIGNING_SECRET: &[u8] = b"a signing secret of enough length";

/// An installation.
pub(crate) struct World {
    pub(crate) oauth: OAuth,
    pub(crate) storage: Storage,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) environment: Environment,
    /// The tenant `default`.
    pub(crate) home: Tenancy,
    /// The tenant `acme`.
    pub(crate) foreign: Tenancy,
    _database: TestDatabase,
}

/// A tenant and what belongs to it.
#[derive(Clone)]
pub(crate) struct Tenancy {
    pub(crate) tenant: Tenant,
    pub(crate) management: ResourceServer,
    pub(crate) client: Client,
    pub(crate) secret: String,
    pub(crate) grant: ClientGrant,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(TestDatabase::memory().await).await
    }

    /// The same in a file, where servers remember who was proved until something is committed.
    pub(crate) async fn in_file() -> Self {
        Self::on(TestDatabase::sqlite().await).await
    }

    /// The same on a database of its own.
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let storage = database.storage();
        let clock = Arc::new(FrozenClock::default());
        let environment = Environment { clock: Arc::clone(&clock) as _, ..environment() };
        let home = tenancy(&storage, &environment, TenantName::DEFAULT).await;
        let foreign = tenancy(&storage, &environment, "acme").await;
        let oauth = service(&storage, &environment);
        Self { oauth, storage, clock, environment, home, foreign, _database: database }
    }

    /// Another server of the same installation.
    pub(crate) fn another_server(&self) -> OAuth {
        service(&self.storage, &self.environment)
    }

    /// The claims of a token that the endpoint gives for `request`.
    pub(crate) async fn claims(&self, request: TokenRequest) -> Result<Value, TokenError> {
        let token = self.oauth.token(request).await?.access_token;
        Ok(part(token.expose_secret(), 1))
    }

    /// A token of the home tenant's client for its management API.
    pub(crate) async fn management_token(&self) -> SecretString {
        self.oauth.token(self.home.request()).await.unwrap().access_token
    }

    /// The caller of `token`.
    pub(crate) async fn authenticate(&self, token: &str) -> Result<Caller, Error> {
        self.oauth.authenticate(&token.into(), &Origin::default()).await
    }

    /// Whether `token` is refused as one that proves nobody.
    pub(crate) async fn refuses(&self, token: &str) -> bool {
        matches!(self.authenticate(token).await, Err(Error::Unauthenticated))
    }

    /// The key that signs the management tokens of `tenancy` now.
    pub(crate) async fn key(&self, tenancy: &Tenancy) -> SigningKey {
        self.oauth.signing_key(&tenancy.tenant, SigningAlgorithm::Es256).await.unwrap()
    }

    /// The private key of the same.
    pub(crate) async fn signer(&self, tenancy: &Tenancy) -> Arc<Signer> {
        let key = self.key(tenancy).await;
        self.oauth.shared.signers.get(&*self.environment.sealer, &key).unwrap()
    }

    /// A resource server of the home tenant, with a grant of `read:things` for its client.
    pub(crate) async fn resource_server(
        &self,
        identifier: &str,
        algorithm: SigningAlgorithm,
    ) -> ResourceServer {
        let scopes = ["read:things", "write:things"];
        let tenant = self.home.tenant.id;
        let server = new_server(&self.environment, tenant, identifier, &scopes, algorithm);
        let grant = new_grant(&self.environment, &self.home.client, &server, &["read:things"]);
        let stored = server.clone();
        self.storage
            .transact(async move |tx| {
                tx.resource_servers().insert(&stored).await?;
                tx.client_grants().insert(&grant).await?;
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        server
    }

    pub(crate) async fn save_client(&self, client: Client) {
        let save = self.storage.transact(async move |tx| {
            tx.clients().save(&client).await?;
            Ok::<_, Error>(())
        });
        save.await.unwrap();
    }

    pub(crate) async fn save_grant(&self, grant: ClientGrant) {
        let save = self.storage.transact(async move |tx| {
            tx.client_grants().save(&grant).await?;
            Ok::<_, Error>(())
        });
        save.await.unwrap();
    }

    pub(crate) async fn save_key(&self, key: SigningKey) {
        let save = self.storage.transact(async move |tx| {
            tx.signing_keys().save(&key).await?;
            Ok::<_, Error>(())
        });
        save.await.unwrap();
    }

    pub(crate) async fn save_tenant(&self, tenant: Tenant) {
        let save = self.storage.transact(async move |tx| {
            tx.tenants().save(&tenant).await?;
            Ok::<_, Error>(())
        });
        save.await.unwrap();
    }

    pub(crate) async fn disable(&self, tenancy: &Tenancy) {
        let mut tenant = tenancy.tenant.clone();
        tenant.set_status(TenantStatus::Disabled, self.environment.moment().now());
        self.save_tenant(tenant).await;
    }
}

impl Tenancy {
    /// A good request for a token of the management API.
    pub(crate) fn request(&self) -> TokenRequest {
        TokenRequest {
            host: Some(HOST.to_owned()),
            grant_type: Some("client_credentials".to_owned()),
            client: ClientCredentials {
                client_id: Some(self.client.identifier.as_str().to_owned()),
                client_secret: Some(self.secret.as_str().into()),
                ..ClientCredentials::default()
            },
            audience: Some(self.management.identifier.as_str().to_owned()),
            ..TokenRequest::default()
        }
    }
}

/// A part of a token, 0 or 1, as JSON.
pub(crate) fn part(token: &str, number: usize) -> Value {
    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(token.split('.').nth(number).unwrap()).unwrap()).unwrap()
}

fn service(storage: &Storage, environment: &Environment) -> OAuth {
    OAuth::new(storage.clone(), environment.clone(), Issuers::new(PUBLIC_URL, true))
}

async fn tenancy(storage: &Storage, environment: &Environment, name: &str) -> Tenancy {
    let moment = environment.moment();
    let number = storage.transact(async move |tx| tx.numbers().next().await).await.unwrap();
    let name = TenantName::parse(name).unwrap();
    let tenant = Tenant::new(TenantId::generate(&moment), number, name, moment.now());
    let scopes: Vec<_> = ManagementPermission::all().map(ManagementPermission::as_str).collect();
    let identifier = format!("https://{}.example.com/api/v1", tenant.name);
    let algorithm = SigningAlgorithm::Es256;
    let mut management = new_server(environment, tenant.id, &identifier, &scopes, algorithm);
    management.is_system = true;
    let secret = moment.alphanumeric(64);
    let client = new_client(environment, tenant.id, &secret);
    let scopes = ["read:users", "create:users", "update:users"];
    let grant = new_grant(environment, &client, &management, &scopes);
    let made = Tenancy { tenant, management, client, secret, grant };
    let stored = made.clone();
    storage
        .transact(async move |tx| {
            tx.tenants().insert(&stored.tenant).await?;
            tx.resource_servers().insert(&stored.management).await?;
            tx.clients().insert(&stored.client).await?;
            tx.client_grants().insert(&stored.grant).await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    made
}

fn new_server(
    environment: &Environment,
    tenant: TenantId,
    identifier: &str,
    scopes: &[&str],
    signing_algorithm: SigningAlgorithm,
) -> ResourceServer {
    let moment = environment.moment();
    let id = ResourceServerId::generate(&moment);
    let signing_secret = (signing_algorithm == SigningAlgorithm::Hs256)
        .then(|| environment.sealer.seal(&sealing::signing_secret(id), SIGNING_SECRET).unwrap());
    let scope =
        |name: &&str| Scope { name: ScopeName::parse("scope", name).unwrap(), description: None };
    ResourceServer {
        id,
        tenant,
        identifier: Text::parse("identifier", identifier).unwrap(),
        name: Text::parse("name", identifier).unwrap(),
        scopes: scopes.iter().map(scope).collect(),
        signing_algorithm,
        signing_secret,
        allow_offline_access: false,
        skip_consent_for_verifiable_first_party_clients: true,
        token_lifetime: ResourceServer::DEFAULT_LIFETIME,
        token_lifetime_for_web: None,
        enforce_policies: false,
        token_dialect: TokenDialect::AccessToken,
        token_format: citizenry_identity::TokenFormat::Jwt,
        is_system: false,
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

fn new_client(environment: &Environment, tenant: TenantId, secret: &str) -> Client {
    let moment = environment.moment();
    let id = ClientId::generate(&moment);
    let sealed = environment.sealer.seal(&sealing::client_secret(id), secret.as_bytes()).unwrap();
    Client {
        id,
        identifier: ClientIdentifier::generate(&moment),
        tenant,
        name: Text::parse("name", "Machine").unwrap(),
        kind: ClientKind::NonInteractive,
        authentication_method: AuthenticationMethod::ClientSecretPost,
        secret: ClientSecret {
            hash: environment.sealer.keyed_hash(sealing::CLIENT_SECRET, secret.as_bytes()),
            sealed,
        },
        is_first_party: true,
        settings: ClientSettings {
            grant_types: Some(vec!["client_credentials".to_owned()]),
            ..ClientSettings::default()
        },
        version: 1,
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}

pub(crate) fn new_grant(
    environment: &Environment,
    client: &Client,
    server: &ResourceServer,
    scopes: &[&str],
) -> ClientGrant {
    let moment = environment.moment();
    ClientGrant {
        id: ClientGrantId::generate(&moment),
        tenant: client.tenant,
        client: client.id,
        resource_server: server.id,
        scopes: scopes.iter().map(|name| ScopeName::parse("scope", name).unwrap()).collect(),
        created_at: moment.now(),
        updated_at: moment.now(),
    }
}
