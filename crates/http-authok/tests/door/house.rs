//! Two tenants, their inhabitants, and the door in front of them.

use std::sync::Arc;

use actix_web::{http::Method, web};
use async_trait::async_trait;
use citizenry_authn::PolicyRules;
use citizenry_authz::{Caller, CallerTenant, Credential, Permissions, Subject};
use citizenry_directory::{Directory, Environment, Links, NewTenant};
use citizenry_http_authok::{Errors, Prefix, TABLE, configure, mount};
use citizenry_http_kit::{
    Authenticator, Doors, RateLimiter, authentication,
    testing::{Answer, Ask, Client, boundary},
};
use citizenry_identity::{
    ClientId, Error, ManagementPermission, Origin, Tenant, TenantName, Text, Username,
};
use citizenry_storage::Storage;
use citizenry_testkit::{FrozenClock, TestDatabase, environment};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// A token of the tenant whose data the tests look at, with every permission.
pub(crate) const ALL: &str = "home/all";
/// A token of another tenant, with every permission.
pub(crate) const FOREIGN: &str = "foreign/all";

/// The body of the seed's request.
pub(crate) fn seed_user() -> Value {
    json!({
        "connection": "authok",
        "gender": 1,
        "picture": "https://img.gavatars.com/a.png",
        "phone_number_verified": true,
        "email": "fioman@qq.com",
        "password": "compoejffio@jfowfjeio",
        "phone_number": "18600002222",
        "force_reset_password": true,
        "name": "李雷",
        "given_name": "类",
        "app_metadata": {},
        "family_name": "李",
        "user_metadata": {},
        "blocked": false,
        "username": "fioman",
        "nickname": "fioman",
    })
}

/// What lives in the home tenant, by the ids of the wire.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    pub(crate) user: String,
    pub(crate) second_user: String,
    pub(crate) social_user: String,
    pub(crate) role: String,
    pub(crate) connection: String,
    pub(crate) social_connection: String,
    pub(crate) client: String,
    pub(crate) resource_server: String,
    pub(crate) grant: String,
    pub(crate) event: String,
    pub(crate) import: String,
    pub(crate) export: String,
}

/// The audience of the home tenant's own resource server.
pub(crate) const AUDIENCE: &str = "https://api.example/v1";

pub(crate) struct House {
    pub(crate) client: Client,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) ids: Ids,
    pub(crate) directory: Directory,
    pub(crate) storage: Storage,
    _database: TestDatabase,
}

/// Knows the tokens `<tenant>/all`, `<tenant>/only/<row>` (the scopes of that row of the table) and
/// `<tenant>/without/<row>` (all but those).
struct Tokens(Vec<(&'static str, CallerTenant, ClientId)>);

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(
        &self,
        bearer: &SecretString,
        origin: &Origin,
        _host: &str,
    ) -> Result<Caller, Error> {
        let token = bearer.expose_secret();
        let (name, scopes) = token.split_once('/').ok_or(Error::Unauthenticated)?;
        let (_, tenant, client) =
            self.0.iter().find(|(known, ..)| *known == name).ok_or(Error::Unauthenticated)?;
        let permissions = permissions(scopes).ok_or(Error::Unauthenticated)?;
        let subject = Subject::Client(*client);
        let (tenant, origin) = (tenant.clone(), origin.clone());
        Ok(Caller::new(tenant, subject, Credential::AccessToken, permissions, origin))
    }
}

fn permissions(scopes: &str) -> Option<Permissions> {
    if scopes == "all" {
        return Some(Permissions::all());
    }
    let (which, row) = scopes.split_once('/')?;
    let named = TABLE.get(row.parse::<usize>().ok()?)?.scopes;
    let held = |permission: &ManagementPermission| {
        named.contains(&permission.as_str()) == (which == "only")
    };
    Some(ManagementPermission::all().filter(held).collect())
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, |settings| settings).await
    }

    /// With further app data, and another time zone or so of the home tenant.
    pub(crate) async fn with(
        configuration: impl FnOnce(&mut web::ServiceConfig),
        change: impl FnOnce(CallerTenant) -> CallerTenant,
    ) -> Self {
        Self::build(environment(), configuration, change).await
    }

    /// With every rule on passwords in force, not those on length alone.
    pub(crate) async fn with_password_rules() -> Self {
        let environment = Environment { password_rules: Arc::new(PolicyRules), ..environment() };
        Self::build(environment, |_| {}, |settings| settings).await
    }

    async fn build(
        environment: Environment,
        configuration: impl FnOnce(&mut web::ServiceConfig),
        change: impl FnOnce(CallerTenant) -> CallerTenant,
    ) -> Self {
        let database = TestDatabase::memory().await;
        let clock = Arc::new(FrozenClock::default());
        let environment = Environment { clock: Arc::clone(&clock) as _, ..environment };
        let directory = Directory::new(database.storage(), environment)
            .with_links(Links::new("https://id.example"));
        let (home, home_client) = tenant(&directory, "home").await;
        let (foreign, foreign_client) = tenant(&directory, "foreign").await;
        let tokens: Arc<dyn Authenticator> = Arc::new(Tokens(vec![
            ("home", change((&home).into()), home_client),
            ("foreign", (&foreign).into(), foreign_client),
        ]));
        let doors = mount(Doors::new("other", Errors::new(Prefix::V1)));
        let client = Client::behind(boundary(doors), |config| {
            config
                .app_data(web::Data::new(directory.clone()))
                .app_data(authentication::data(tokens));
            configuration(config);
            configure(config);
        })
        .await;
        let ids = furnish(&client, &clock).await;
        while directory.run_due_job().await.unwrap() {}
        let storage = database.storage();
        Self { client, clock, ids, directory, storage, _database: database }
    }

    pub(crate) async fn limited(limiter: RateLimiter) -> Self {
        let limiter = web::Data::new(limiter);
        Self::with(
            move |config| {
                config.app_data(limiter);
            },
            |tenant| tenant,
        )
        .await
    }

    /// Asks with a token that may do everything.
    pub(crate) async fn ask(&self, method: Method, target: &str, body: Option<&Value>) -> Answer {
        self.ask_as(ALL, method, target, body).await
    }

    pub(crate) async fn ask_as(
        &self,
        token: &str,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Answer {
        self.clock.advance(time::Duration::milliseconds(2));
        let ask = request(&self.client, method, target, body).bearer(token);
        ask.send().await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, None).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::POST, target, Some(body)).await
    }

    pub(crate) async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, target, Some(body)).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target, None).await
    }

    /// Everything that the home tenant shows of itself: to see whether anything changed.
    pub(crate) async fn dump(&self) -> String {
        let Ids { user, role, .. } = &self.ids;
        let mut whole = String::new();
        for target in [
            "/users?page_size=100".to_owned(),
            "/connections?page_size=100".to_owned(),
            "/clients?page_size=100".to_owned(),
            "/resource-servers?page_size=100".to_owned(),
            "/client-grants?page_size=100".to_owned(),
            "/roles?page_size=100".to_owned(),
            "/logs?page_size=100".to_owned(),
            "/tenants/settings".to_owned(),
            "/branding".to_owned(),
            format!("/users/{user}/roles"),
            format!("/users/{user}/permissions"),
            format!("/roles/{role}/permissions"),
            format!("/roles/{role}/users"),
        ] {
            let answer = self.get(&format!("/api/v1{target}")).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            whole.push_str(&answer.text());
            whole.push('\n');
        }
        whole
    }
}

pub(crate) fn request(client: &Client, method: Method, target: &str, body: Option<&Value>) -> Ask {
    let target = target.replace('|', "%7C");
    let ask = client.request(method, &target).peer("192.0.2.7:4711".parse().unwrap());
    match body {
        Some(body) => ask.json(body),
        None => ask,
    }
}

async fn tenant(directory: &Directory, name: &str) -> (Tenant, ClientId) {
    let identifier = format!("https://{name}.example/api/v1");
    let provisioned = directory
        .create_tenant(NewTenant {
            name: TenantName::parse(name).unwrap(),
            management_identifier: Text::parse("identifier", identifier).unwrap(),
            administrator: Username::parse("admin").unwrap(),
            administrator_password: Some(SecretString::from("correct horse battery staple")),
        })
        .await
        .unwrap();
    (provisioned.tenant, provisioned.client.id)
}

/// Puts a few entities into the home tenant.
async fn furnish(client: &Client, clock: &FrozenClock) -> Ids {
    let ask = async |method: Method, target: String, body: Value| -> Value {
        clock.advance(time::Duration::seconds(1));
        let target = format!("/api/v1{target}");
        let answer = request(client, method, &target, Some(&body)).bearer(ALL).send().await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    };
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let post = async |target: &str, body: Value| ask(Method::POST, target.to_owned(), body).await;

    let scopes = json!([
        { "value": "read:books", "description": "Read books" },
        { "value": "write:books", "description": "Write books" },
    ]);
    let body = json!({ "name": "Books", "identifier": AUDIENCE, "scopes": scopes });
    let resource_server = post("/resource-servers", body).await;
    let body = json!({
        "name": "Reader", "app_type": "non_interactive", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let application = post("/clients", body).await;
    let client_id = text(&application, "client_id");
    let body = json!({ "client_id": client_id, "audience": AUDIENCE, "scope": ["read:books"] });
    let grant = post("/client-grants", body).await;
    let body = json!({ "name": "people", "strategy": "authok", "enabled_clients": [client_id] });
    let connection = post("/connections", body).await;
    let social = post("/connections", json!({ "name": "github", "strategy": "github" })).await;
    let role = post("/roles", json!({ "name": "Editor", "description": "Edits books" })).await;
    let user = post("/users", seed_user()).await;
    let body = json!({ "connection": "people", "email": "hanmeimei@example.com" });
    let second = post("/users", body).await;
    let body = json!({
        "connection": "github", "user_id": "26", "access_token": "at-26",
        "profile_data": { "name": "韩梅梅", "email": "hmm@example.com" },
    });
    let by_identity = post("/users/create-by-identity-provider", body).await;
    let (user, role) = (text(&user, "user_id"), text(&role, "id"));
    let permission = |name: &str| {
        json!({ "permissions": [
            { "resource_server_identifier": AUDIENCE, "permission_name": name },
        ] })
    };
    post(&format!("/users/{user}/roles"), json!({ "roles": [role] })).await;
    post(&format!("/users/{user}/permissions"), permission("write:books")).await;
    post(&format!("/roles/{role}/permissions"), permission("read:books")).await;
    let connection_id = text(&connection, "id");
    let users = json!([{ "email": "hanmeimei@example.com", "password_hash": "$plain$x" }]);
    let body = json!({ "connection_id": connection_id, "users": users });
    let import = post("/jobs/users-imports", body).await;
    let body = json!({ "connection_id": connection_id, "fields": [{ "name": "email" }] });
    let export = post("/jobs/users-exports", body).await;
    let logs = ask(Method::GET, format!("/users/{user}/logs"), Value::Null).await;
    Ids {
        user,
        second_user: text(&second, "user_id"),
        social_user: text(&by_identity, "user_id"),
        role,
        connection: text(&connection, "id"),
        social_connection: text(&social, "id"),
        client: client_id,
        resource_server: text(&resource_server, "id"),
        grant: text(&grant, "id"),
        event: text(&logs["items"][0], "id"),
        import: text(&import, "id"),
        export: text(&export, "id"),
    }
}
