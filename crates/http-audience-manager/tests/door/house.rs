//! Two partners, their people, and the door in front of them.

use std::sync::Arc;

use actix_web::{http::Method, web};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use citizenry_authn::{Authn, PolicyRules, SignIn, SignInError};
use citizenry_authz::Caller;
use citizenry_directory::{Directory, Environment, Links, NewTenant};
use citizenry_http_audience_manager::{configure, mount};
use citizenry_http_kit::{
    Doors,
    testing::{Answer, Ask, Client, PlainShape, boundary},
};
use citizenry_identity::{Error, ManagementDoor, Tenant, TenantName, Text, User, Username};
use citizenry_oauth::{
    AttemptProof, AttemptedUser, Issuers, OAuth, PasswordAttempt, PasswordGrantError,
    PasswordVerifier,
};
use citizenry_storage::{MailOrder, Storage, StorageError, sealing};
use citizenry_testkit::{FrozenClock, TestDatabase, environment};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// The media type of forms.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The password of both administrators.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A partner with the door's client.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) tenant: Tenant,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// A token of its administrator.
    pub(crate) token: String,
}

impl Partner {
    /// The client's header.
    pub(crate) fn basic(&self) -> String {
        let Self { client_id, client_secret, .. } = self;
        format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_secret}")))
    }
}

/// What lives at home, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) user: i64,
    pub(crate) second_user: i64,
    pub(crate) group: i64,
    pub(crate) second_group: i64,
}

pub(crate) struct House {
    pub(crate) client: Client,
    pub(crate) clock: Arc<FrozenClock>,
    pub(crate) directory: Directory,
    pub(crate) home: Partner,
    pub(crate) foreign: Partner,
    pub(crate) ids: Ids,
    storage: Storage,
    environment: Environment,
    _database: TestDatabase,
}

/// Checks passwords as the binary does.
#[derive(Debug)]
struct Passwords(Authn);

#[async_trait]
impl PasswordVerifier for Passwords {
    async fn check(&self, attempt: PasswordAttempt) -> Result<User, PasswordGrantError> {
        let (AttemptedUser::Named(identifier), AttemptProof::Password(password)) =
            (attempt.user, attempt.proof)
        else {
            return Err(PasswordGrantError::Wrong);
        };
        let asked = SignIn {
            tenant: attempt.tenant,
            connection: attempt.realm,
            client: Some(attempt.client),
            identifier,
            password,
            previous: None,
            device: None,
            origin: attempt.origin,
        };
        self.0.check_password(asked).await.map_err(|error| match error {
            SignInError::Wrong => PasswordGrantError::Wrong,
            SignInError::LimitReached { retry_after } => {
                PasswordGrantError::LimitReached { retry_after }
            }
            SignInError::Locked { retry_after } | SignInError::TooMany { retry_after } => {
                PasswordGrantError::TooMany { retry_after }
            }
            SignInError::Blocked => PasswordGrantError::Blocked,
            SignInError::MustChange { .. } => PasswordGrantError::MustChange,
            SignInError::Other(error) => PasswordGrantError::Other(error),
        })
    }

    async fn confirm(&self, caller: &Caller, password: &SecretString) -> Result<(), Error> {
        self.0.check_own_password(caller, password).await
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Box::pin(Self::build()).await
    }

    async fn build() -> Self {
        let database = TestDatabase::memory().await;
        let storage = database.storage();
        let clock = Arc::<FrozenClock>::default();
        let environment = Environment {
            clock: Arc::<FrozenClock>::clone(&clock),
            password_rules: Arc::new(PolicyRules),
            ..environment()
        };
        let links = || Links::new("https://id.example.com");
        let directory = Directory::new(storage.clone(), environment.clone()).with_links(links());
        let authn = Authn::new(storage.clone(), environment.clone(), links());
        let issuers = Issuers::new("https://id.example.com", true);
        let oauth = OAuth::new(storage.clone(), environment.clone(), issuers);
        oauth.set_password_verifier(Arc::new(Passwords(authn.clone())));
        let doors = mount(Doors::new("other", PlainShape));
        let client = Client::behind(boundary(doors), |config| {
            config
                .app_data(web::Data::new(directory.clone()))
                .app_data(web::Data::new(authn))
                .app_data(web::Data::new(oauth.clone()));
            configure(config, &oauth);
        })
        .await;
        let home = partner(&directory, &client, "home").await;
        let foreign = partner(&directory, &client, "foreign").await;
        let ids = furnish(&client, &home).await;
        let house = Self {
            client,
            clock,
            directory,
            home,
            foreign,
            ids,
            storage,
            environment,
            _database: database,
        };
        house.mails().await;
        house
    }

    pub(crate) async fn ask_as(
        &self,
        token: &str,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Answer {
        self.clock.advance(time::Duration::milliseconds(2));
        request(&self.client, method, target, body).bearer(token).send().await
    }

    /// Asks with the token of home's administrator.
    pub(crate) async fn ask(&self, method: Method, target: &str, body: Option<&Value>) -> Answer {
        self.ask_as(&self.home.token, method, target, body).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, None).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::POST, target, Some(body)).await
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, target, Some(body)).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target, None).await
    }

    /// Asks the token endpoint, as home's client by Basic.
    pub(crate) async fn token(&self, form: &str) -> Answer {
        ask_token(&self.client, &self.home, form).await
    }

    /// Asks for a token for a name and a password.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Answer {
        sign_in(&self.client, &self.home, username, password).await
    }

    /// A token of somebody who is no administrator: `fioman`, by the password that he was mailed.
    pub(crate) async fn person(&self) -> (String, String) {
        let target = format!("/aam/v1/users/{}", self.ids.user);
        assert_eq!(self.delete(&target).await.status, 204);
        let made = self.post("/aam/v1/users/", &seed_user(self.ids.group)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let password = self.mailed_password().await;
        let token = self.sign_in("fioman", &password).await;
        assert_eq!(token.status, 200, "{}", token.text());
        (token.json()["access_token"].as_str().unwrap().to_owned(), password)
    }

    /// The password in the one mail that was ordered since the last look.
    pub(crate) async fn mailed_password(&self) -> String {
        let mails = self.mails().await;
        let secrets: Vec<_> = mails.into_iter().filter_map(|mail| mail.secret).collect();
        assert_eq!(secrets.len(), 1);
        secrets.into_iter().next().unwrap()
    }

    /// The mails that were ordered since the last call.
    pub(crate) async fn mails(&self) -> Vec<MailOrder> {
        let now = self.environment.moment().now();
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

    /// Everything that the home partner shows of itself: to see whether anything changed.
    pub(crate) async fn dump(&self) -> String {
        let group = self.ids.group;
        let mut whole = String::new();
        for target in [
            "/aam/v1/users/".to_owned(),
            "/aam/v1/groups/".to_owned(),
            format!("/aam/v1/groups/{group}/permissions"),
        ] {
            let answer = self.get(&target).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            whole.push_str(&answer.text());
            whole.push('\n');
        }
        whole
    }
}

/// The seed's first body, with values in place of its placeholders.
pub(crate) fn seed_user(group: i64) -> Value {
    json!({
        "username": "fioman",
        "status": "ACTIVE",
        "firstName": "雷",
        "lastName": "李",
        "email": "fioman@qq.com",
        "title": "经理",
        "phoneNumber": "010-6552 9988",
        "groups": [group],
        "isAdmin": false,
    })
}

pub(crate) fn request(client: &Client, method: Method, target: &str, body: Option<&Value>) -> Ask {
    let ask = client.request(method, target).peer("192.0.2.7:4711".parse().unwrap());
    match body {
        Some(body) => ask.json(body),
        None => ask,
    }
}

pub(crate) async fn ask_token(client: &Client, partner: &Partner, form: &str) -> Answer {
    let ask = client.post("/aam/oauth/token").header("authorization", &partner.basic());
    ask.peer("192.0.2.7:4711".parse().unwrap()).body(FORM, form.to_owned()).send().await
}

async fn sign_in(client: &Client, partner: &Partner, username: &str, password: &str) -> Answer {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "password");
    form.append_pair("username", username).append_pair("password", password);
    ask_token(client, partner, &form.finish()).await
}

async fn partner(directory: &Directory, client: &Client, name: &str) -> Partner {
    let identifier = format!("https://{name}.example/api/v1");
    let provisioned = directory
        .create_tenant(NewTenant {
            name: TenantName::parse(name).unwrap(),
            management_identifier: Text::parse("identifier", identifier).unwrap(),
            administrator: Username::parse("admin").unwrap(),
            administrator_password: Some(SecretString::from(PASSWORD)),
        })
        .await
        .unwrap();
    let caller = Caller::operator(&provisioned.tenant);
    let door = ManagementDoor::AudienceManager;
    let view = directory.door_client(&caller, door).await.unwrap();
    let mut partner = Partner {
        tenant: provisioned.tenant,
        client_id: view.client.identifier.to_string(),
        client_secret: view.secret.unwrap().expose_secret().to_owned(),
        token: String::new(),
    };
    let answer = sign_in(client, &partner, "admin", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().clone_into(&mut partner.token);
    partner
}

/// Puts people and groups into the home partner.
async fn furnish(client: &Client, home: &Partner) -> Ids {
    let make = async |target: &str, body: Value, id: &str| -> i64 {
        let ask = request(client, Method::POST, target, Some(&body)).bearer(&home.token);
        let answer = ask.send().await;
        assert_eq!(answer.status, 201, "{target}: {}", answer.text());
        answer.json()[id].as_i64().unwrap()
    };
    let body = json!({ "name": "Analysts", "description": "Read segments" });
    let group = make("/aam/v1/groups/", body, "groupId").await;
    let body = json!({ "name": "Traders", "wildcards": ["VIEW_ALL_TRAITS"] });
    let second_group = make("/aam/v1/groups/", body, "groupId").await;
    let user = make("/aam/v1/users/", seed_user(group), "userId").await;
    let body = json!({
        "username": "hanmeimei", "status": "ACTIVE", "firstName": "梅梅", "lastName": "韩",
        "email": "hanmeimei@example.com", "title": null, "phoneNumber": null,
        "groups": [group, second_group],
    });
    let second_user = make("/aam/v1/users/", body, "userId").await;
    let permissions = json!([
        { "objectType": "SEGMENT", "objectId": 24, "permissions": ["READ", "WRITE"] },
    ]);
    let target = format!("/aam/v1/groups/{group}/permissions/");
    let ask = request(client, Method::PUT, &target, Some(&permissions)).bearer(&home.token);
    assert_eq!(ask.send().await.status, 200);
    Ids { user, second_user, group, second_group }
}
