//! Two servers on one PostgreSQL: what is changed through one is so at once through the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::harness::{Answer, Installation, Server, agent};

/// How many users are made. The binary under test is built without optimisation here;
/// `cargo xtask bench group` makes 10,000.
const USERS: usize = 500;
/// Callers at a time.
const CALLERS: usize = 32;
/// Every so many users one is changed, too.
const CHANGED: usize = 3;
/// How often access is given and taken away.
const TURNS: usize = 5;

/// Where clients reach the group, whichever server answers: what `bootstrap` takes without a server.
const PUBLIC_URL: &str = "http://127.0.0.1:8080";
/// How its tokens name the management API.
const AUDIENCE: &str = "http://127.0.0.1:8080/api/v1";

/// Two servers on one database.
struct Group {
    installation: Installation,
    servers: [Server; 2],
    token: String,
}

impl Group {
    fn start() -> Self {
        let installation = Installation::postgres();
        let bootstrap = installation.json(&["bootstrap"]);
        let servers = [(); 2].map(|()| installation.serve(&["--public-url", PUBLIC_URL]));
        let door = &bootstrap["doors"]["authok"];
        let (client, secret) = (door["client_id"].as_str(), door["client_secret"].as_str());
        let [first, _] = &servers;
        let answer = ask_token(first, client.unwrap(), secret.unwrap());
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.body["access_token"].as_str().unwrap().to_owned();
        Self { installation, servers, token }
    }

    /// One of the servers and the other, in turn.
    fn pair(&self, turn: usize) -> (&Server, &Server) {
        let [first, second] = &self.servers;
        if turn.is_multiple_of(2) { (first, second) } else { (second, first) }
    }

    /// Changes something through a server, which must succeed.
    fn change(&self, server: &Server, method: &str, path: &str, body: &Value) -> Value {
        let body = (method != "DELETE").then_some(body);
        let answer = server.ask(method, &format!("/api/v2{path}"), &self.token, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.body);
        answer.body
    }

    /// A client that may ask for tokens for reading users; itself, its secret and its grant.
    fn client(&self, server: &Server) -> (String, String, String) {
        let client = json!({
            "name": "Reader", "app_type": "non_interactive",
            "grant_types": ["client_credentials"],
        });
        let made = self.change(server, "POST", "/clients", &client);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, secret) = (text(&made["client_id"]), text(&made["client_secret"]));
        let grant = json!({ "client_id": id, "audience": AUDIENCE, "scope": ["read:users"] });
        let grant = text(&self.change(server, "POST", "/client-grants", &grant)["id"]);
        (id, secret, grant)
    }
}

/// Asks for a token of the management API with a client's credentials.
fn ask_token(server: &Server, client: &str, secret: &str) -> Answer {
    let body = json!({
        "grant_type": "client_credentials", "audience": AUDIENCE,
        "client_id": client, "client_secret": secret,
    });
    Answer::of(agent().post(format!("{}/oauth/token", server.base_url)).send_json(&body))
}

/// A caller with connections that are kept, one to each server.
struct Caller<'a> {
    agent: ureq::Agent,
    group: &'a Group,
    misses: Vec<String>,
}

impl Caller<'_> {
    fn ask(&self, server: &Server, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v2/users{path}", server.base_url))
            .header("authorization", format!("Bearer {}", self.group.token))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .unwrap();
        Answer::of(self.agent.run(request))
    }

    /// Makes a user through one server, and reads and finds him through the other.
    fn make(&mut self, number: usize) {
        let (here, there) = self.group.pair(number);
        let body = json!({
            "connection": "authok", "username": format!("member{number}"),
            "email": format!("member{number}@example.com"), "name": format!("李雷 up{number:05}on"),
        });
        let made = self.ask(here, "POST", "", Some(&body));
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["user_id"].as_str().unwrap();
        let path = format!("/{}", id.replace('|', "%7C"));
        self.expect("read", number, &self.ask(there, "GET", &path, None), "/user_id", id);
        for (what, query) in [
            ("email", format!("?q=email%3A%22member{number}%40example.com%22")),
            ("substring", format!("?q=name%3A*p{number:05}o*")),
        ] {
            let found = self.ask(there, "GET", &query, None);
            self.expect(what, number, &found, "/items/0/user_id", id);
        }
        if number.is_multiple_of(CHANGED) {
            let change = json!({ "nickname": format!("changed{number}") });
            assert_eq!(self.ask(there, "PATCH", &path, Some(&change)).status, 200);
            let nickname = format!("changed{number}");
            let read = self.ask(here, "GET", &path, None);
            self.expect("change", number, &read, "/nickname", &nickname);
        }
    }

    /// Notes a miss unless the answer holds the text at that place.
    fn expect(&mut self, what: &str, number: usize, found: &Answer, place: &str, text: &str) {
        if found.status != 200 || found.body.pointer(place) != Some(&json!(text)) {
            self.misses.push(format!("{what} of {number}: {} {}", found.status, found.body));
        }
    }
}

#[test]
fn users_made_through_one_server_are_read_and_found_through_the_other_at_once() {
    let group = Group::start();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut caller = Caller { agent: agent(), group: &group, misses: Vec::new() };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= USERS {
                return caller.misses;
            }
            caller.make(number);
        }
    };
    let misses: Vec<String> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(work)).collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    eprintln!("{} misses of {USERS} users", misses.len());
    assert_eq!(misses.len(), 0, "{misses:?}");
    let (server, _) = group.pair(0);
    let all = server.get("/api/v2/users?per_page=1&include_totals=true", &group.token);
    // With the administrator.
    assert_eq!(all.body["total"], USERS + 1, "{}", all.body);
}

#[test]
fn access_taken_away_through_one_server_is_refused_by_the_other_at_once() {
    let group = Group::start();
    for turn in 0..TURNS {
        let (here, there) = group.pair(turn);
        let (client, secret, grant) = group.client(here);
        let answer = ask_token(there, &client, &secret);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.body["access_token"].as_str().unwrap();
        // Twice: the second answer may come from what the server remembers of the first.
        let reads = || [(); 2].map(|()| there.get("/api/v2/users", token).status);
        assert_eq!(reads(), [200, 200]);

        group.change(here, "PATCH", &format!("/client-grants/{grant}"), &json!({ "scope": [] }));
        assert_eq!(reads(), [403, 403], "the grant holds no scope");
        let scope = json!({ "scope": ["read:users"] });
        group.change(here, "PATCH", &format!("/client-grants/{grant}"), &scope);
        assert_eq!(reads(), [200, 200]);

        let rotate = format!("/clients/{client}/rotate-secret");
        let rotated = group.change(here, "POST", &rotate, &json!({}));
        assert_eq!(ask_token(there, &client, &secret).status, 401, "the secret is an old one");
        let secret = rotated["client_secret"].as_str().unwrap();
        assert_eq!(ask_token(there, &client, secret).status, 200);

        group.change(here, "DELETE", &format!("/clients/{client}"), &Value::Null);
        assert_eq!(reads(), [401, 401], "the client is gone");
        assert_eq!(ask_token(there, &client, secret).status, 401);
    }
}

#[test]
fn permissions_of_a_role_changed_through_one_server_are_those_of_its_users_through_the_other() {
    let group = Group::start();
    let (first, _) = group.pair(0);
    let api = json!({
        "name": "Books", "identifier": "https://books.example/",
        "scopes": [{ "value": "read:books", "description": "Read books" }],
    });
    group.change(first, "POST", "/resource-servers", &api);
    let role = group.change(first, "POST", "/roles", &json!({ "name": "reader" }));
    let user = json!({ "connection": "authok", "username": "fioman", "email": "fioman@qq.com" });
    let user = group.change(first, "POST", "/users", &user);
    let (role, user) = (role["id"].as_str().unwrap(), user["user_id"].as_str().unwrap());
    let user = user.replace('|', "%7C");
    group.change(first, "POST", &format!("/users/{user}/roles"), &json!({ "roles": [role] }));

    let path = format!("/roles/{role}/permissions");
    let permission = json!({ "permissions": [{
        "permission_name": "read:books", "resource_server_identifier": "https://books.example/",
    }] });
    for turn in 0..TURNS {
        let (here, there) = group.pair(turn);
        let held = || {
            let held = there.get(&format!("/api/v2/users/{user}/permissions"), &group.token);
            assert_eq!(held.status, 200, "{}", held.body);
            held.body.to_string().matches("\"read:books\"").count()
        };
        assert_eq!(held(), 0);
        group.change(here, "POST", &path, &permission);
        assert_eq!(held(), 1);
        let answer = here.ask("DELETE", &format!("/api/v2{path}"), &group.token, Some(&permission));
        assert!((200..300).contains(&answer.status), "{}", answer.body);
        assert_eq!(held(), 0);
    }
}

#[test]
fn keys_rotated_and_revoked_beside_two_servers_are_so_for_both_at_once() {
    let group = Group::start();
    let (first, second) = group.pair(0);
    let (client, secret, _) = group.client(first);
    let token = |server: &Server| {
        let answer = ask_token(server, &client, &secret);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    };
    let reads = |token: &str| [first, second].map(|it| it.get("/api/v2/users", token).status);
    let old = token(first);
    assert_eq!(reads(&old), [200, 200]);

    group.installation.json(&["key", "rotate"]);
    let new = token(second);
    assert_ne!(key_of(&old), key_of(&new));
    assert_eq!((reads(&old), reads(&new)), ([200, 200], [200, 200]));

    assert!(group.installation.run(&["key", "revoke", &key_of(&old)]).status.success());
    assert_eq!((reads(&old), reads(&new)), ([401, 401], [200, 200]));
}

/// The key that has signed a token.
fn key_of(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
