//! A directory with people, and the doors before it.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, http::header::ContentType};
use citizenry_authn::{Authn, PolicyRules};
use citizenry_authz::Caller;
use citizenry_directory::{Directory, Environment, Links, NewTenant, NewUser, UserSort};
use citizenry_http_kit::testing::{Answer, Client, PlainShape, boundary};
use citizenry_http_kit::{Doors, authentication};
use citizenry_http_oidc::{ManagementAuthenticator, PasswordGrant, Services};
use citizenry_identity::{
    Email, Listing, ManagementDoor, Number, Profile, Subject, TenantName, Text, Username,
};
use citizenry_oauth::{Issuers, OAuth};
use citizenry_testkit::{TestDatabase, environment};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::Door;

/// How many people there are.
const PEOPLE: usize = 500;
const PASSWORD: &str = "correct horse battery staple";
const FORM: &str = "application/x-www-form-urlencoded";

/// A directory with people, the doors before it, and a token for each.
pub(super) struct World {
    pub(super) client: Client,
    pub(super) directory: Directory,
    pub(super) oauth: OAuth,
    authok: String,
    audience_manager: String,
    angus: String,
    /// What the bare handler answers.
    bare: Arc<Mutex<Bytes>>,
    people: Vec<(Subject, Number)>,
    turn: Cell<usize>,
    _database: TestDatabase,
}

impl World {
    pub(super) async fn new() -> Self {
        let database = TestDatabase::sqlite().await;
        let environment = Environment { password_rules: Arc::new(PolicyRules), ..environment() };
        let links = || Links::new("https://id.example.com");
        let storage = database.storage();
        let directory = Directory::new(storage.clone(), environment.clone()).with_links(links());
        let authn = Authn::new(storage.clone(), environment.clone(), links());
        let issuers = Issuers::new("https://id.example.com", true);
        let oauth = OAuth::new(storage, environment, issuers);
        oauth.set_password_verifier(Arc::new(PasswordGrant::new(authn.clone())));
        let bare = Arc::default();
        let client = doors(&directory, &authn, &oauth, &bare).await;
        let tenant = directory
            .create_tenant(NewTenant {
                name: TenantName::parse(TenantName::DEFAULT).unwrap(),
                management_identifier: Text::parse("identifier", "https://id.example.com/api/v1")
                    .unwrap(),
                administrator: Username::parse("admin").unwrap(),
                administrator_password: Some(SecretString::from(PASSWORD)),
            })
            .await
            .unwrap();
        let caller = Caller::operator(&tenant.tenant);
        let secret = tenant.client_secret.expose_secret().to_owned();
        let authok = authok_token(&client, tenant.client.identifier.as_str(), &secret).await;
        let (id, secret) = door_client(&directory, &caller, ManagementDoor::AudienceManager).await;
        let audience_manager = audience_manager_token(&client, &id, &secret).await;
        let (id, secret) = door_client(&directory, &caller, ManagementDoor::Angus).await;
        let angus = angus_token(&client, &id, &secret).await;
        let people = people(&directory, &caller).await;
        Self {
            client,
            directory,
            oauth,
            authok,
            audience_manager,
            angus,
            bare,
            people,
            turn: Cell::new(0),
            _database: database,
        }
    }

    pub(super) fn token(&self, door: Door) -> &str {
        match door {
            Door::Authok => &self.authok,
            Door::Other(ManagementDoor::AudienceManager) => &self.audience_manager,
            Door::Other(ManagementDoor::Angus) => &self.angus,
        }
    }

    /// Has the bare handler answer `body` from now on.
    pub(super) fn answer_barely(&self, body: Bytes) {
        *self.bare.lock().unwrap() = body;
    }

    /// Asks the bare handler as `door` is asked.
    pub(super) async fn ask_barely(&self, door: Door) {
        let answer = self.client.get("/bare").bearer(self.token(door)).send().await;
        assert_eq!(answer.status, 200);
    }

    /// The next of the people, in turn: subject and number.
    pub(super) fn next_user(&self) -> (Subject, Number) {
        let turn = self.turn.get();
        self.turn.set((turn + 1) % self.people.len());
        self.people.get(turn).unwrap().clone()
    }
}

/// The first 50, with their total: what the doors ask for.
pub(super) fn first_50() -> Listing<UserSort> {
    Listing { with_total: true, ..Listing::first(50) }
}

/// The doors as the server mounts them.
async fn doors(
    directory: &Directory,
    authn: &Authn,
    oauth: &OAuth,
    bare: &Arc<Mutex<Bytes>>,
) -> Client {
    let bare = Arc::clone(bare);
    let answer = move || {
        let body = bare.lock().unwrap().clone();
        async move { HttpResponse::Ok().content_type(ContentType::json()).body(body) }
    };

    let mounted = citizenry_http_authok::mount(Doors::new("other", PlainShape));
    let mounted = citizenry_http_angus::mount(citizenry_http_audience_manager::mount(mounted));
    let services =
        Services { oauth: oauth.clone(), authn: authn.clone(), directory: directory.clone() };
    let authenticator = Arc::new(ManagementAuthenticator::new(oauth.clone()));
    Client::behind(boundary(mounted), |config| {
        config
            .app_data(web::Data::new(directory.clone()))
            .app_data(web::Data::new(authn.clone()))
            .app_data(web::Data::new(oauth.clone()))
            .app_data(web::Data::new(services))
            .app_data(authentication::data(authenticator))
            .route("/bare", web::get().to(answer.clone()));
        citizenry_http_authok::configure(config);
        citizenry_http_audience_manager::configure(config, oauth);
        citizenry_http_angus::configure(config, oauth);
        citizenry_http_oidc::configure(config);
    })
    .await
}

async fn door_client(
    directory: &Directory,
    caller: &Caller,
    door: ManagementDoor,
) -> (String, String) {
    let view = directory.door_client(caller, door).await.unwrap();
    (view.client.identifier.to_string(), view.secret.unwrap().expose_secret().to_owned())
}

async fn people(directory: &Directory, caller: &Caller) -> Vec<(Subject, Number)> {
    let mut people = Vec::new();
    for index in 0..PEOPLE {
        let profile = Profile {
            name: Some(Text::parse("name", format!("李雷 {index}")).unwrap()),
            given_name: Some(Text::parse("given_name", "雷").unwrap()),
            family_name: Some(Text::parse("family_name", "李").unwrap()),
            ..Profile::default()
        };
        let new = NewUser {
            username: Some(Username::parse(&format!("person{index}")).unwrap()),
            email: Some(Email::parse(&format!("person{index}@example.com")).unwrap()),
            profile,
            ..NewUser::default()
        };
        let user = directory.create_user(caller, new).await.unwrap().user;
        people.push((user.subject, user.number));
    }
    people
}

fn text(answer: &Answer, pointer: &str) -> String {
    let value = answer.json();
    let text = value.pointer(pointer).and_then(serde_json::Value::as_str);
    text.unwrap_or_else(|| panic!("{} {}", answer.status, answer.text())).to_owned()
}

async fn authok_token(client: &Client, id: &str, secret: &str) -> String {
    let body = json!({
        "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        "audience": "https://id.example.com/api/v1",
    });
    text(&client.post("/oauth/token").json(&body).send().await, "/access_token")
}

async fn audience_manager_token(client: &Client, id: &str, secret: &str) -> String {
    let form = format!(
        "grant_type=password&username=admin&password={}&client_id={id}&client_secret={secret}",
        PASSWORD.replace(' ', "+")
    );
    let answer = client.post("/aam/oauth/token").body(FORM, form).send().await;
    text(&answer, "/access_token")
}

async fn angus_token(client: &Client, id: &str, secret: &str) -> String {
    let body = json!({
        "clientId": id, "clientSecret": secret, "signinType": "ACCOUNT_PASSWORD",
        "account": "admin", "password": PASSWORD, "scope": "user_trust", "deviceId": "bench",
    });
    let answer = client.post("/angus/pubapi/v1/auth/user/signin").json(&body).send().await;
    text(&answer, "/data/access_token")
}
