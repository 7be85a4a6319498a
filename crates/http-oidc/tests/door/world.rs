//! A small installation behind the door: the tenants `default`, with a client, and `acme`.

use base64::Engine;
use citizenry_http_kit::{
    Doors,
    testing::{self, Answer, Client as TestClient},
};
use citizenry_http_oidc::OidcShape;
use citizenry_identity::{
    AuthenticationMethod, Client, ClientGrant, ClientGrantId, ClientId, ClientIdentifier,
    ClientKind, ClientSecret, ClientSettings, Error, ResourceServer, ResourceServerId, Scope,
    ScopeName, SigningAlgorithm, Tenant, TenantId, TenantName, Text, TokenDialect, TokenFormat,
};
use citizenry_oauth::{Issuers, OAuth};
use citizenry_storage::{Environment, sealing};
use citizenry_testkit::{TestDatabase, environment};

/// The identifier of the management API.
const AUDIENCE: &str = "https://id.example.com/api/v1";

pub(crate) struct World {
    pub(crate) oauth: OAuth,
    pub(crate) tenant: Tenant,
    pub(crate) client_id: String,
    pub(crate) secret: String,
    _database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (database, environment) = (TestDatabase::memory().await, environment());
        let storage = database.storage();
        let secret = environment.moment().alphanumeric(64);
        let (tenant, acme) = (tenant(&environment, "default", 1), tenant(&environment, "acme", 2));
        let client = client(&environment, tenant.id, &secret);
        let management = server(&environment, tenant.id, AUDIENCE, true);
        let things = server(&environment, tenant.id, "https://things.example.com/", false);
        let grant = grant(&environment, &client, &management);
        let (stored, client_id) = (tenant.clone(), client.identifier.to_string());
        storage
            .transact(async move |tx| {
                tx.tenants().insert(&stored).await?;
                tx.tenants().insert(&acme).await?;
                tx.resource_servers().insert(&management).await?;
                tx.resource_servers().insert(&things).await?;
                tx.clients().insert(&client).await?;
                tx.client_grants().insert(&grant).await?;
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        let oauth = OAuth::new(storage, environment, Issuers::new("https://id.example.com", true));
        Self { oauth, tenant, client_id, secret, _database: database }
    }

    /// Somebody who asks the door.
    pub(crate) async fn client(&self) -> TestClient {
        let oauth = actix_web::web::Data::new(self.oauth.clone());
        let boundary = testing::boundary(Doors::new("oidc", OidcShape));
        TestClient::behind(boundary, move |config| {
            config.app_data(oauth);
            citizenry_http_oidc::configure(config);
        })
        .await
    }

    /// The parameters of a good request.
    pub(crate) fn request(&self) -> Vec<(&'static str, String)> {
        vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", self.client_id.clone()),
            ("client_secret", self.secret.clone()),
            ("audience", AUDIENCE.to_owned()),
        ]
    }

    /// The parameters of a good request but for one.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Vec<(&'static str, String)> {
        let mut request = self.request();
        request.retain(|(known, _)| *known != name);
        request.push((name, value.to_owned()));
        request
    }

    pub(crate) async fn post_form(
        &self,
        path: &str,
        parameters: &[(&'static str, String)],
    ) -> Answer {
        let client = self.client().await;
        client.post(path).body("application/x-www-form-urlencoded", form(parameters)).send().await
    }
}

/// `parameters` as a form body.
pub(crate) fn form(parameters: &[(&'static str, String)]) -> String {
    serde_urlencoded::to_string(parameters).unwrap()
}

/// An `Authorization` header.
pub(crate) fn basic(name: &str, password: &str) -> String {
    let text = format!("{name}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

fn tenant(environment: &Environment, name: &str, number: i64) -> Tenant {
    let moment = environment.moment();
    let number = citizenry_identity::Number::new(number).unwrap();
    let name = TenantName::parse(name).unwrap();
    Tenant::new(TenantId::generate(&moment), number, name, moment.now())
}

fn client(environment: &Environment, tenant: TenantId, secret: &str) -> Client {
    let moment = environment.moment();
    let id = ClientId::generate(&moment);
    let sealed = environment.sealer.seal(&sealing::client_secret(id), secret.as_bytes()).unwrap();
    Client {
        id,
        identifier: ClientIdentifier::parse("console-machine").unwrap(),
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
