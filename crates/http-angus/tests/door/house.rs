//! Two tenants, their people, and the door in front of them.

use std::sync::Arc;

use actix_web::{http::Method, web};
use async_trait::async_trait;
use citizenry_authn::{Authn, LinkOwner, LinkSignIn, PolicyRules, SignIn, SignInError};
use citizenry_authz::Caller;
use citizenry_directory::{Directory, Environment, Links, NewTenant};
use citizenry_http_angus::{configure, mount};
use citizenry_http_kit::{
    Boundary, Doors,
    testing::{Answer, Ask, Client, PlainShape},
};
use citizenry_identity::{Error, ManagementDoor, Tenant, TenantName, Text, User, Username};
use citizenry_oauth::{
    AttemptProof, AttemptedUser, Issuers, OAuth, PasswordAttempt, PasswordGrantError,
    PasswordVerifier,
};
use citizenry_storage::{Storage, StorageError, sealing};
use citizenry_testkit::{FrozenClock, TestDatabase, environment};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// The password of both administrators.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The password of the seed's user.
pub(crate) const SEED_PASSWORD: &str = "xcan@123Compoejf";

/// A tenant with the door's client.
#[derive(Debug, Clone)]
pub(crate) struct Partner {
    pub(crate) tenant: Tenant,
    pub(crate) administrator: i64,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// A token of its administrator.
    pub(crate) token: String,
}

/// What lives at home, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) user: i64,
    pub(crate) second_user: i64,
    pub(crate) dept: i64,
    pub(crate) sub_dept: i64,
    pub(crate) group: i64,
    pub(crate) tag: i64,
    pub(crate) second_tag: i64,
    pub(crate) user_token: i64,
    pub(crate) system_token: i64,
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
        let PasswordAttempt { tenant, user, proof, realm, client, origin } = attempt;
        let asked = |identifier, password| SignIn {
            tenant,
            connection: realm,
            client: Some(client.clone()),
            identifier,
            password,
            previous: None,
            device: None,
            origin: origin.clone(),
        };
        let proved = match (user, proof) {
            (AttemptedUser::Named(name), AttemptProof::Password(password)) => {
                self.0.check_password(asked(name, password)).await
            }
            (AttemptedUser::Number(number), AttemptProof::Password(password)) => {
                let asked = asked(number.to_string(), password);
                self.0.check_password_by_number(number, asked).await
            }
            (user, AttemptProof::LinkSecret(link_secret)) => {
                let owner = match user {
                    AttemptedUser::Named(name) => LinkOwner::Identifier(name),
                    AttemptedUser::Number(number) => LinkOwner::Number(number),
                };
                let client = Some(client);
                let asked = LinkSignIn { tenant, owner, link_secret, client, origin };
                self.0.sign_in_with_link(asked).await
            }
        };
        proved.map_err(|error| match error {
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
        // One clock for the door and the use cases.
        let (time, entropy) = (Arc::clone(&environment.clock), Arc::clone(&environment.entropy));
        let boundary = Boundary::new(doors, time, entropy);
        let client = Client::behind(boundary, |config| {
            config
                .app_data(web::Data::new(directory.clone()))
                .app_data(web::Data::new(authn))
                .app_data(web::Data::new(oauth.clone()));
            configure(config, &oauth);
        })
        .await;
        // Codes are sent for the tenant of the host, here the default one: home.
        let home = partner(&directory, &client, TenantName::DEFAULT).await;
        let foreign = partner(&directory, &client, "foreign").await;
        let ids = furnish(&client, &home, &clock).await;
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
        house.messages().await;
        house
    }

    /// Makes home's administrator an operator of the installation.
    pub(crate) async fn operate(&self) {
        let caller = Caller::operator(&self.home.tenant);
        let number = citizenry_identity::Number::new(self.home.administrator).unwrap();
        let user = citizenry_directory::UserRef::Number(number);
        self.directory.set_operator(&caller, &user, true).await.unwrap();
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

    pub(crate) async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, target, Some(body)).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target, None).await
    }

    /// Asks without a token.
    pub(crate) async fn visit(&self, method: Method, target: &str, body: Option<&Value>) -> Answer {
        self.clock.advance(time::Duration::milliseconds(2));
        request(&self.client, method, target, body).send().await
    }

    /// Signs somebody in at home.
    pub(crate) async fn sign_in(&self, account: &str, password: &str) -> Answer {
        sign_in(&self.client, &self.home, account, password).await
    }

    /// A token of the seed's user, who is no administrator.
    pub(crate) async fn person(&self) -> String {
        let answer = self.sign_in("james", SEED_PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        text(&answer.json()["data"]["access_token"])
    }

    /// What was ordered to be sent since the last call.
    pub(crate) async fn messages(&self) -> Vec<String> {
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
            String::from_utf8(content.clone()).unwrap()
        };
        messages.iter().map(open).collect()
    }

    /// The six digits in the one message that was ordered since the last call.
    pub(crate) async fn code(&self) -> String {
        let messages = self.messages().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        let message = &messages[0];
        let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
        message.split(|c: char| !c.is_ascii_alphanumeric()).find(is_code).unwrap().to_owned()
    }

    /// Everything that home shows of itself: to see whether anything changed.
    pub(crate) async fn dump(&self) -> String {
        let Ids { user, dept, group, .. } = self.ids;
        let mut whole = String::new();
        for target in [
            "/user?pageSize=2000".to_owned(),
            "/dept?pageSize=2000".to_owned(),
            "/group?pageSize=2000".to_owned(),
            "/org/tag?pageSize=2000".to_owned(),
            "/system/token".to_owned(),
            "/auth/user/token".to_owned(),
            format!("/user/{user}"),
            format!("/dept/{dept}/user"),
            format!("/group/{group}/user"),
            format!("/dept/{dept}/tag"),
            format!("/group/{group}/tag"),
        ] {
            let answer = self.get(&format!("/angus/api/v1{target}")).await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.text());
            let mut data = answer.json()["data"].take();
            if let Some(user) = data.as_object_mut() {
                user.remove("online");
            }
            whole.push_str(&data.to_string());
            whole.push('\n');
        }
        whole
    }
}

/// A text of an answer.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A number of an answer: all of them are texts.
pub(crate) fn number(value: &Value) -> i64 {
    text(value).parse().unwrap()
}

/// The seed's body, with a password that the tenant's policy lets pass.
pub(crate) fn seed_user() -> Value {
    json!({
        "username": "james",
        "firstName": "James",
        "lastName": "Jones",
        "fullName": "James Jones",
        "country": "CN",
        "itc": 86,
        "mobile": 13_813_000_000_i64,
        "email": "james@xcan.cloud",
        "landline": "010-88287890",
        "password": SEED_PASSWORD,
        "avatar": "http://prod-files.xcan.cloud/storage/pubapi/v1/file/logo.png",
        "title": "CTO",
        "gender": "MALE",
        "address": "User's residence or contact address",
        "signupType": "EMAIL",
        "signupAccount": "Jams@123@xcan.cloud",
        "sysAdmin": false,
        "enabled": true,
        "invitationCode": "string",
        "depts": [],
        "groupIds": [],
        "tagIds": [],
    })
}

pub(crate) fn request(client: &Client, method: Method, target: &str, body: Option<&Value>) -> Ask {
    let ask = client.request(method, target).peer("192.0.2.7:4711".parse().unwrap());
    let ask = ask.header("x-lang", "en");
    match body {
        Some(body) => ask.json(body),
        None => ask,
    }
}

/// The body of a sign-in.
pub(crate) fn sign_in_body(partner: &Partner, account: &str, password: &str) -> Value {
    json!({
        "clientId": partner.client_id,
        "clientSecret": partner.client_secret,
        "signinType": "ACCOUNT_PASSWORD",
        "account": account,
        "password": password,
        "scope": "user_trust",
        "deviceId": "device-1",
    })
}

async fn sign_in(client: &Client, partner: &Partner, account: &str, password: &str) -> Answer {
    let body = sign_in_body(partner, account, password);
    let target = "/angus/pubapi/v1/auth/user/signin";
    request(client, Method::POST, target, Some(&body)).send().await
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
    let view = directory.door_client(&caller, ManagementDoor::Angus).await.unwrap();
    let mut partner = Partner {
        tenant: provisioned.tenant,
        administrator: provisioned.administrator.number.get(),
        client_id: view.client.identifier.to_string(),
        client_secret: view.secret.unwrap().expose_secret().to_owned(),
        token: String::new(),
    };
    let answer = sign_in(client, &partner, "admin", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    partner.token = text(&answer.json()["data"]["access_token"]);
    partner
}

/// Puts people and structure into home.
async fn furnish(client: &Client, home: &Partner, clock: &FrozenClock) -> Ids {
    let ask = async |target: &str, body: Value| -> Value {
        clock.advance(time::Duration::seconds(1));
        let target = format!("/angus/api/v1{target}");
        let ask = request(client, Method::POST, &target, Some(&body)).bearer(&home.token);
        let answer = ask.send().await;
        assert_eq!(answer.status, 201, "{target}: {}", answer.text());
        answer.json()["data"].clone()
    };
    let dept = ask("/dept", json!([{ "name": "研发部", "code": "RD", "pid": -1 }])).await;
    let dept = number(&dept[0]["id"]);
    let sub = ask("/dept", json!([{ "name": "平台组", "code": "RD-P", "pid": dept }])).await;
    let group =
        ask("/group", json!([{ "name": "评审组", "code": "REVIEW", "remark": "看代码" }])).await;
    let tags = ask("/org/tag", json!([{ "name": "骨干标签" }, { "name": "外包标签" }])).await;
    let (group, tag) = (number(&group[0]["id"]), number(&tags[0]["id"]));
    let mut user = seed_user();
    user["depts"] = json!([{ "id": dept, "name": "x", "mainDept": true, "deptHead": true }]);
    user["groupIds"] = json!([group]);
    user["tagIds"] = json!([tag]);
    let user = ask("/user", user).await;
    let second = json!({
        "username": "hanmeimei", "fullName": "韩梅梅", "email": "hanmeimei@example.com",
        "password": "xcan@123Compoejf",
    });
    let second = ask("/user", second).await;
    ask(&format!("/dept/{dept}/tag"), json!([tag])).await;
    ask(&format!("/group/{group}/tag"), json!([tag])).await;
    let body = json!({ "name": "ci", "password": PASSWORD });
    let user_token = ask("/auth/user/token", body).await;
    let body = json!({
        "name": "sync", "authType": "ACL",
        "resources": [{ "resource": "User", "acls": ["ONLY_READ"] }],
    });
    let system_token = ask("/system/token", body).await;
    Ids {
        user: number(&user["id"]),
        second_user: number(&second["id"]),
        dept,
        sub_dept: number(&sub[0]["id"]),
        group,
        tag,
        second_tag: number(&tags[1]["id"]),
        user_token: number(&user_token["id"]),
        system_token: number(&system_token["id"]),
    }
}
