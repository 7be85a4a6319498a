//! One user through every door: made, changed, locked and deleted through each, read through all, and
//! held against the table of what each door shows.

pub(crate) mod table;

use serde_json::{Map, Value, json};

use crate::harness::{Answer, Installation, Server, on_both_databases};
use table::{Door, FIELDS, Form, Shown, State};

/// A server with a token for each door, each of somebody who may do everything.
struct World {
    server: Server,
    authok: String,
    audience_manager: String,
    angus: String,
    /// The numbers of a group, a department and a tag.
    group: i64,
    department: String,
}

/// Where a door knows a user.
struct Place {
    /// Authok's `user_id`.
    subject: String,
    /// What the two other doors call him.
    number: i64,
}

impl World {
    fn start(installation: &Installation) -> Self {
        let bootstrap = installation.json(&["bootstrap"]);
        let server = installation.serve(&[]);
        let doors = &bootstrap["doors"];
        let text = |door: &str, key: &str| doors[door][key].as_str().unwrap().to_owned();
        let (client, secret) =
            (text("audience_manager", "client_id"), text("audience_manager", "client_secret"));
        // Each bootstrap gives the administrator one password for all doors.
        let (username, password) = (text("angus", "username"), text("angus", "password"));
        let form = [("grant_type", "password"), ("username", &*username), ("password", &*password)];
        let answer = server.send_form("/aam/oauth/token", (&client, &secret), &form);
        let audience_manager = token(&answer, "/access_token");
        let sign_in = json!({
            "clientId": text("angus", "client_id"), "clientSecret": text("angus", "client_secret"),
            "signinType": "ACCOUNT_PASSWORD", "account": username, "password": password,
            "scope": "user_trust", "deviceId": "parity",
        });
        let answer = server.post("/angus/pubapi/v1/auth/user/signin", "", &sign_in);
        let angus = token(&answer, "/data/access_token");
        let authok = server.token(&bootstrap);
        let mut world =
            Self { server, authok, audience_manager, angus, group: 0, department: String::new() };
        world.furnish();
        world
    }

    /// Makes what users are put into.
    fn furnish(&mut self) {
        let group = json!({ "name": "Editors", "description": null });
        let group = self.ask(Door::AudienceManager, "POST", "/groups/", Some(&group));
        self.group = group.body["groupId"].as_i64().unwrap();
        let department = json!([{ "name": "研发部", "code": "RD", "pid": -1 }]);
        let department = self.ask(Door::Angus, "POST", "/dept", Some(&department));
        department.body["data"][0]["id"].as_str().unwrap().clone_into(&mut self.department);
    }

    /// Asks a door; anything but success is a failure.
    fn ask(&self, door: Door, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_ask(door, method, path, body);
        assert!((200..300).contains(&answer.status), "{door:?} {method} {path}: {}", answer.body);
        if door == Door::Angus && answer.status != 204 {
            assert_eq!(answer.body["code"], "S", "{method} {path}: {}", answer.body);
        }
        answer
    }

    fn try_ask(&self, door: Door, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let (prefix, token) = match door {
            Door::Authok => ("/api/v1", &self.authok),
            Door::AudienceManager => ("/aam/api/v1", &self.audience_manager),
            Door::Angus => ("/angus/api/v1", &self.angus),
        };
        self.server.ask(method, &format!("{prefix}{path}"), token, body)
    }

    /// Where all doors know the user of that name, found through each of them.
    fn find(&self, username: &str) -> Place {
        let found = self.ask(Door::Authok, "GET", &format!("/users?username={username}"), None);
        let subject = found.body["items"][0]["user_id"].as_str().unwrap().to_owned();
        let search = format!("/users/?page=0&pageSize=5&search={username}");
        let found = self.ask(Door::AudienceManager, "GET", &search, None);
        assert_eq!(found.body["total"], 1, "{}", found.body);
        let number = found.body["list"][0]["userId"].as_i64().unwrap();
        let found = self.ask(Door::Angus, "GET", &format!("/user?username={username}"), None);
        assert_eq!(found.body["data"]["list"][0]["id"], json!(number.to_string()));
        Place { subject, number }
    }

    /// The user as a door shows him.
    fn read(&self, door: Door, place: &Place) -> Value {
        let answer = self.ask(door, "GET", &path(door, place), None);
        match door {
            Door::Authok | Door::AudienceManager => answer.body,
            Door::Angus => answer.body["data"].clone(),
        }
    }

    /// Holds what every door shows against `person`, field by field.
    fn check_fields(&self, place: &Place, person: &Map<String, Value>, after: &str) {
        for door in Door::ALL {
            let shown = self.read(door, place);
            for row in &FIELDS {
                let Shown::As(name, form) = row.shown(door) else { continue };
                let expected = match person.get(row.field) {
                    Some(value) => form.of(value),
                    None => absent(person, row.field, form),
                };
                let found = shown.get(name).cloned().unwrap_or_default();
                assert_eq!(found, expected, "{door:?} {name} ({}) after {after}", row.field);
            }
        }
    }

    /// Holds what every door says of the account's state against the table.
    fn check_state(&self, place: &Place, state: &str, after: &str) {
        for door in Door::ALL {
            let shown = self.read(door, place);
            for (name, expected) in State::of(state).shown(door) {
                assert_eq!(shown[&name], expected, "{door:?} {name}, {state}, after {after}");
            }
        }
    }
}

fn token(answer: &Answer, pointer: &str) -> String {
    let token = answer.body.pointer(pointer).and_then(Value::as_str);
    token.unwrap_or_else(|| panic!("no token: {} {}", answer.status, answer.body)).to_owned()
}

fn path(door: Door, place: &Place) -> String {
    match door {
        Door::Authok => format!("/users/{}", place.subject.replace('|', "%7C")),
        Door::AudienceManager => format!("/users/{}", place.number),
        Door::Angus => format!("/user/{}", place.number),
    }
}

/// What a door shows of a field that nobody has written.
fn absent(person: &Map<String, Value>, field: &str, form: Form) -> Value {
    match (field, form) {
        ("email_verified" | "administrator", _) => json!(false),
        // Nothing is said of a number that there is not.
        ("phone_verified", _) if person.contains_key("phone") => json!(false),
        ("user_metadata" | "app_metadata", _) => json!({}),
        // AngusGM's gender always says something.
        ("gender", Form::GenderWord) => json!("UNKNOWN"),
        _ => Value::Null,
    }
}

/// A person with every field that `door` can write, in the words of the model.
fn person(door: Door) -> Map<String, Value> {
    let everything = json!({
        "username": "lilei", "email": "lilei@example.com", "phone": "+8613813000001",
        "name": "李雷", "given_name": "雷", "family_name": "李", "nickname": "小雷",
        "picture": "https://example.com/lilei.png", "gender": "male", "birthdate": "1987-04-23",
        "locale": "zh-CN", "title": "CTO", "landline": "010-88287890", "address": "南山区 1 号",
        "country": "CN", "province": "广东", "city": "深圳", "district": "南山",
        "postal_code": "518000", "description": "早起", "email_verified": true,
        "phone_verified": true, "user_metadata": { "hobby": "chess" },
        "app_metadata": { "plan": "gold" },
    });
    let writes = |field: &str| {
        FIELDS.iter().any(|row| row.field == field && matches!(row.shown(door), Shown::As(..)))
    };
    let members = everything.as_object().unwrap().iter();
    members.filter(|(field, _)| writes(field)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// `person` as `door` writes it.
fn written(door: Door, person: &Map<String, Value>) -> Value {
    let mut body = Map::new();
    for row in &FIELDS {
        if let (Shown::As(name, form), Some(value)) = (row.shown(door), person.get(row.field)) {
            body.insert(name.to_owned(), form.of(value));
        }
    }
    Value::Object(body)
}

fn with(mut body: Value, members: &Value) -> Value {
    let members = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(members);
    body
}

/// What Authok takes in a change, and not in a creation.
const CHANGED_LATER: [&str; 9] = [
    "birthdate",
    "locale",
    "address",
    "country",
    "province",
    "city",
    "region",
    "postal_code",
    "description",
];

/// Makes `person` through `door`.
fn create(world: &World, door: Door, person: &Map<String, Value>) -> Place {
    let mut body = written(door, person);
    let mut later = Map::new();
    if door == Door::Authok {
        let members = body.as_object_mut().unwrap();
        // It is read off the number.
        members.remove("phone_country_code");
        later = CHANGED_LATER.iter().filter_map(|name| members.remove_entry(*name)).collect();
    }
    let (target, body) = match door {
        Door::Authok => {
            let further = json!({ "connection": "authok", "password": "compoejffio@jfowfjeio" });
            ("/users", with(body, &further))
        }
        Door::AudienceManager => {
            let further = json!({ "status": "ACTIVE", "groups": [world.group], "isAdmin": false });
            ("/users/", with(body, &further))
        }
        Door::Angus => {
            let department = json!({ "id": world.department, "mainDept": true, "deptHead": false });
            let further = json!({
                "password": "xcan@12345", "depts": [department], "groupIds": [world.group],
            });
            ("/user", with(body, &further))
        }
    };
    world.ask(door, "POST", target, Some(&body));
    let place = world.find(person["username"].as_str().unwrap());
    if !later.is_empty() {
        world.ask(door, "PATCH", &path(door, &place), Some(&Value::Object(later)));
    }
    place
}

/// Changes a user through `door`: `changes` of what it can write, everything else as it was. The
/// doors that only replace send what they show.
fn change(world: &World, door: Door, place: &Place, changes: &Map<String, Value>) {
    let body = written(door, changes);
    match door {
        Door::Authok => {
            world.ask(door, "PATCH", &path(door, place), Some(&body));
        }
        Door::AudienceManager => {
            let mut whole = world.read(door, place);
            let members = whole.as_object_mut().unwrap();
            members.retain(|name, _| name != "pid" && name != "userId");
            let whole = with(whole, &body);
            world.ask(door, "PUT", &path(door, place), Some(&whole));
        }
        Door::Angus => {
            let body = with(body, &json!({ "id": place.number.to_string() }));
            world.ask(door, "PATCH", "/user", Some(&body));
        }
    }
}

on_both_databases! {
    fn a_user_made_through_one_door_is_seen_through_all(installation) {
        let world = World::start(installation);
        for door in Door::ALL {
            let mut person = person(door);
            let place = create(&world, door, &person);
            person.insert("number".to_owned(), json!(place.number));
            if door == Door::AudienceManager {
                // A full name that nobody wrote is made of its parts.
                person.insert("name".to_owned(), json!("雷 李"));
            }
            world.check_fields(&place, &person, &format!("creation through {}", door.title()));
            world.check_state(&place, "active", "creation");
            if door != Door::Authok {
                let groups = world.read(Door::AudienceManager, &place)["groups"].clone();
                assert_eq!(groups, json!([world.group]));
                let groups = world.read(Door::Angus, &place)["groups"].clone();
                assert_eq!(groups[0]["id"], json!(world.group.to_string()));
            }
            delete_through(&world, door, &place);
        }
    }

    fn a_change_through_one_door_keeps_what_it_cannot_show(installation) {
        let world = World::start(installation);
        let mut person = person(Door::Authok);
        let place = create(&world, Door::Authok, &person);
        person.insert("number".to_owned(), json!(place.number));
        let changes = [
            (Door::AudienceManager, json!({
                "given_name": "磊", "title": "CFO", "landline": "010-1", "email": "lei@example.com",
            })),
            (Door::Angus, json!({
                "name": "李磊", "phone": "+8613813000002", "gender": "female", "address": "福田区",
            })),
            (Door::Authok, json!({ "family_name": "黎", "nickname": "磊磊", "city": "广州" })),
        ];
        for (door, changes) in changes {
            let changes = changes.as_object().unwrap().clone();
            change(&world, door, &place, &changes);
            // A new address or number is not known to be the user's.
            for (field, verified) in [("email", "email_verified"), ("phone", "phone_verified")] {
                if changes.contains_key(field) {
                    person.remove(verified);
                }
            }
            person.extend(changes);
            world.check_fields(&place, &person, &format!("a change through {}", door.title()));
        }
    }

    fn a_state_set_through_one_door_is_told_by_all(installation) {
        let world = World::start(installation);
        let place = create(&world, Door::Authok, &person(Door::Authok));
        let authok = |blocked: bool| {
            let body = json!({ "blocked": blocked });
            world.ask(Door::Authok, "PATCH", &path(Door::Authok, &place), Some(&body));
        };
        let audience_manager = |status: &str| {
            let mut body = world.read(Door::AudienceManager, &place);
            body["status"] = json!(status);
            let members = body.as_object_mut().unwrap();
            members.retain(|name, _| name != "pid" && name != "userId");
            let path = path(Door::AudienceManager, &place);
            world.ask(Door::AudienceManager, "PUT", &path, Some(&body));
        };
        let lock = |locked: bool, dates: &Value| {
            let body = with(json!({ "id": place.number.to_string(), "locked": locked }), dates);
            world.ask(Door::Angus, "PATCH", "/user/locked", Some(&body));
        };
        let enable = |enabled: bool| {
            let body = json!([{ "id": place.number.to_string(), "enabled": enabled }]);
            world.ask(Door::Angus, "PATCH", "/user/enabled", Some(&body));
        };
        let (active, locked) = ("active", "active, locked by an administrator");
        authok(true);
        world.check_state(&place, locked, "blocked through Authok");
        lock(false, &json!({}));
        world.check_state(&place, active, "unlocked through AngusGM");
        audience_manager("LOCKED");
        world.check_state(&place, locked, "LOCKED through Audience Manager");
        authok(false);
        world.check_state(&place, active, "unblocked through Authok");
        lock(true, &json!({}));
        world.check_state(&place, locked, "locked through AngusGM");
        audience_manager("ACTIVE");
        world.check_state(&place, active, "ACTIVE through Audience Manager");
        lock(true, &json!({ "lockStartDate": "2099-01-01 00:00:00" }));
        world.check_state(&place, "active, with a lock that begins later", "a later lock");
        lock(false, &json!({}));
        enable(false);
        world.check_state(&place, "suspended", "disabled through AngusGM");
        audience_manager("INACTIVE");
        world.check_state(&place, "suspended", "written as it was read");
        lock(true, &json!({}));
        world.check_state(&place, "suspended, locked by an administrator", "locked while disabled");
        authok(true);
        world.check_state(&place, "suspended, locked by an administrator", "written as it was read");
        authok(false);
        world.check_state(&place, active, "unblocked through Authok");
        audience_manager("INACTIVE");
        enable(true);
        world.check_state(&place, active, "enabled through AngusGM");
    }
}

/// Deletes a user through one door and sees that he is gone from all.
fn delete_through(world: &World, door: Door, place: &Place) {
    let target = match door {
        Door::Authok | Door::AudienceManager => path(door, place),
        Door::Angus => format!("/user?ids={}", place.number),
    };
    world.ask(door, "DELETE", &target, None);
    for other in Door::ALL {
        let answer = world.try_ask(other, "GET", &path(other, place), None);
        assert_eq!(answer.status, 404, "{other:?} after {door:?}: {}", answer.body);
        let code = match other {
            Door::Authok => &answer.body["errorCode"],
            Door::AudienceManager | Door::Angus => &answer.body["code"],
        };
        assert!(code.is_string(), "{other:?}: {}", answer.body);
    }
}
