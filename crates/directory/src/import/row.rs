//! A row: what it may hold, and how it is read.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZero,
    panic::resume_unwind,
    sync::Arc,
    thread::{available_parallelism, scope},
};

use citizenry_identity::{
    Connection, Email, Error, ForeignId, Gender, Locks, Metadata, Phone, Profile, RowProblem,
    Status, Strategy, Subject, Text, Timestamp, UserId, Username,
};
use citizenry_storage::PasswordHasher;
use serde_json::Value;

use super::{
    chunk::{Chunk, Content, RawChunk, RawRow},
    given::{self, GivenIdentity, GivenPassword},
    members::{Members, problem},
};

/// How many roles, and how many groups, a row names at most.
const MOST_NAMES: usize = 200;
/// From how many rows on several threads share the reading.
const WORTH_THREADS: usize = 128;
/// What is shown of a hash.
const MASK: &str = "*****";

/// Which members rows may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowForm {
    /// All that an export writes: for those who stand above tenants, since roles, identifiers and
    /// times come with it.
    Whole,
    /// What Authok's and Auth0's imports know. A user who is there already is refused unless rows
    /// may change users, also when nothing would change.
    Authok,
}

/// The members of [`RowForm::Authok`].
const AUTHOK: [&str; 16] = [
    "app_metadata",
    "blocked",
    "custom_password_hash",
    "email",
    "email_verified",
    "family_name",
    "given_name",
    "name",
    "nickname",
    "password_hash",
    "phone_number",
    "phone_verified",
    "picture",
    "user_id",
    "user_metadata",
    "username",
];

/// What Authok's imports refuse in `app_metadata`.
const RESERVED: [&str; 18] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email",
    "email_verified",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor",
    "multifactor_last_modified",
    "updated_at",
    "user_id",
];

/// What rows are read by. Cheap to share between threads.
#[derive(Debug)]
pub struct RowRules {
    pub(super) form: RowForm,
    pub(super) connections: HashMap<String, Arc<Connection>>,
    pub(super) default: Arc<Connection>,
    pub(super) phone_country: u16,
    pub(super) hasher: Arc<dyn PasswordHasher>,
}

/// A row that was read.
#[derive(Debug)]
pub(super) struct ReadRow {
    pub(super) line: u64,
    /// The row as it came, hashes masked, where it may have to be shown.
    pub(super) entry: Option<Value>,
    pub(super) row: Result<Box<Row>, Vec<RowProblem>>,
}

/// What a row says of a user.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: Option<UserId>,
    pub(super) subject: Option<Subject>,
    pub(super) connection: Arc<Connection>,
    pub(super) username: Option<Username>,
    pub(super) email: Option<Email>,
    pub(super) email_verified: Option<bool>,
    pub(super) phone: Option<Phone>,
    pub(super) phone_verified: Option<bool>,
    pub(super) external_id: Option<Text<255>>,
    pub(super) profile: Profile,
    pub(super) user_metadata: Option<Metadata>,
    pub(super) app_metadata: Option<Metadata>,
    pub(super) status: Option<Status>,
    pub(super) locks: Option<Locks>,
    pub(super) blocked: Option<bool>,
    pub(super) password: Option<GivenPassword>,
    pub(super) roles: Vec<Text<128>>,
    pub(super) groups: Vec<Text<80>>,
    pub(super) foreign_ids: Vec<ForeignId>,
    pub(super) identities: Vec<GivenIdentity>,
    pub(super) past: Past,
}

/// What has happened to a user; counts for those who are made, and for nobody else.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) signed_up_at: Option<Timestamp>,
    pub(super) signed_up_ip: Option<IpAddr>,
    pub(super) last_login_at: Option<Timestamp>,
    pub(super) last_ip: Option<IpAddr>,
    pub(super) logins_count: Option<i64>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
}

impl RowRules {
    /// Reads rows, on several threads where there are many.
    pub fn read(&self, raw: RawChunk) -> Chunk {
        let RawChunk { rows, end } = raw;
        let threads = available_parallelism().map_or(1, NonZero::get).min(8);
        if rows.len() < WORTH_THREADS || threads == 1 {
            return Chunk { rows: rows.into_iter().map(|row| self.read_row(row)).collect(), end };
        }
        let share = rows.len().div_ceil(threads);
        let mut rows = rows.into_iter();
        let rows =
            scope(|scope| {
                let mut working = Vec::with_capacity(threads);
                loop {
                    let some: Vec<RawRow> = rows.by_ref().take(share).collect();
                    if some.is_empty() {
                        break;
                    }
                    working.push(scope.spawn(|| {
                        some.into_iter().map(|row| self.read_row(row)).collect::<Vec<_>>()
                    }));
                }
                let done = working.into_iter();
                done.flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                    .collect()
            });
        Chunk { rows, end }
    }

    fn read_row(&self, raw: RawRow) -> ReadRow {
        let RawRow { line, content } = raw;
        let unread = |problem| ReadRow { line, entry: None, row: Err(vec![problem]) };
        let value = match content {
            Content::Entry(value) => value,
            Content::TooLong => {
                return unread(problem("MAX_LENGTH", "", "is longer than 1 MiB"));
            }
            Content::Text(text) => match serde_json::from_slice::<Value>(&text) {
                Ok(value) => value,
                // The parser's own error may quote the row.
                Err(error) => {
                    let message = format!("is no JSON, at column {}", error.column());
                    return unread(problem("INVALID_JSON", "", message));
                }
            },
        };
        let entry = (self.form == RowForm::Authok).then(|| masked(value.clone()));
        let Value::Object(object) = value else {
            let problems = vec![problem("INVALID_TYPE", "", "must be an object")];
            return ReadRow { line, entry, row: Err(problems) };
        };
        let mut members = Members::new(object);
        let row = self.row(&mut members);
        let problems = members.finish();
        let row = if problems.is_empty() { Ok(Box::new(row)) } else { Err(problems) };
        ReadRow { line, entry, row }
    }

    /// What the members say. It does not count where one was refused.
    fn row(&self, members: &mut Members) -> Row {
        if self.form == RowForm::Authok {
            check_authok(members);
        }
        let connection = self.connection(members);
        let row = Row {
            id: members.parsed("id", str::parse),
            subject: subject(members, &connection),
            username: members.parsed("username", Username::parse),
            email: members.parsed("email", Email::parse),
            email_verified: members.flag("email_verified"),
            phone: members.parsed("phone_number", |text| Phone::parse(text, self.phone_country)),
            phone_verified: members.flag("phone_verified"),
            external_id: members.limited("external_id"),
            profile: profile(members),
            user_metadata: members.metadata("user_metadata"),
            app_metadata: members.metadata("app_metadata"),
            status: members.word("status", Status::parse),
            locks: given::locks(members),
            blocked: members.flag("blocked"),
            password: GivenPassword::read(members, self),
            roles: members.texts("roles", MOST_NAMES),
            groups: members.texts("groups", MOST_NAMES),
            foreign_ids: given::foreign_ids(members),
            identities: given::identities(members, self),
            past: past(members),
            connection,
        };
        if let Some(problem) = self.forbidden(&row) {
            members.refuse(problem);
        }
        let named = row.subject.is_some()
            || row.id.is_some()
            || row.username.is_some()
            || row.email.is_some()
            || row.phone.is_some()
            || row.external_id.is_some()
            || !row.foreign_ids.is_empty();
        if !named {
            let message = "needs user_id, username, email, phone_number or external_id";
            members.refuse(problem("ANY_OF_MISSING", "", message));
        }
        row
    }

    fn connection(&self, members: &mut Members) -> Arc<Connection> {
        let Some(name) = members.text("connection") else { return Arc::clone(&self.default) };
        let Some(found) = self.connections.get(&name) else {
            members.refuse(problem("NOT_FOUND", "connection", "there is no such connection"));
            return Arc::clone(&self.default);
        };
        Arc::clone(found)
    }

    /// What the form forbids in what was read.
    fn forbidden(&self, row: &Row) -> Option<RowProblem> {
        let metadata = row.app_metadata.as_ref().filter(|_| self.form == RowForm::Authok)?;
        let reserved = metadata.as_object().keys().find(|key| RESERVED.contains(&key.as_str()))?;
        Some(problem("INVALID_FORMAT", &format!("app_metadata.{reserved}"), "is reserved"))
    }
}

/// The subject that a row asks for: `<strategy>|<id>` as an export writes it, or the id alone.
fn subject(members: &mut Members, connection: &Connection) -> Option<Subject> {
    members.parsed("user_id", |text| {
        let strategy = connection.strategy.as_str();
        match text.split_once('|') {
            Some((provider, id)) if provider == strategy => Subject::new(strategy, id),
            Some(("auth0", id)) if connection.is_database() => Subject::new(strategy, id),
            // A user whose first identity is of another strategy.
            Some((provider, id)) => match Strategy::parse(provider) {
                Ok(provider) => Subject::new(provider.as_str(), id),
                Err(_) => Err(Error::invalid("user_id", "has no known provider")),
            },
            None => Subject::new(strategy, &connection.qualified(text)),
        }
    })
}

/// Reads texts of the profile.
macro_rules! texts {
    ($members:expr, $into:expr, $($name:ident),*) => {
        $( $into.$name = $members.limited(stringify!($name)); )*
    };
}

fn profile(members: &mut Members) -> Profile {
    let mut profile = Profile::default();
    texts!(
        members,
        profile,
        name,
        given_name,
        middle_name,
        family_name,
        nickname,
        picture,
        locale,
        zoneinfo,
        profile,
        website,
        title,
        company,
        landline,
        description,
        source
    );
    texts!(
        members,
        profile.address,
        address,
        street_address,
        formatted,
        country,
        province,
        city,
        district,
        postal_code
    );
    profile.birthdate = members.parsed("birthdate", Profile::parse_birthdate);
    profile.gender = match members.take("gender") {
        None => None,
        Some(value) => {
            let gender = gender(&value);
            if gender.is_none() {
                let message = "must be unknown, male or female";
                members.refuse(problem("ENUM_MISMATCH", "gender", message));
            }
            gender
        }
    };
    profile
}

fn gender(value: &Value) -> Option<Gender> {
    match (value.as_str(), value.as_u64()) {
        (Some("unknown"), _) | (_, Some(0)) => Some(Gender::Unknown),
        (Some("male"), _) | (_, Some(1)) => Some(Gender::Male),
        (Some("female"), _) | (_, Some(2)) => Some(Gender::Female),
        _ => None,
    }
}

fn past(members: &mut Members) -> Past {
    Past {
        signed_up_at: members.time("signed_up_at"),
        signed_up_ip: given::address(members, "signed_up_ip"),
        last_login_at: members.time("last_login_at"),
        last_ip: given::address(members, "last_ip"),
        logins_count: members.number("logins_count"),
        created_at: members.time("created_at"),
        updated_at: members.time("updated_at"),
    }
}

/// The entry without its hashes.
fn masked(mut entry: Value) -> Value {
    if let Some(hash) = entry.get_mut("password_hash") {
        *hash = MASK.into();
    }
    if let Some(custom) = entry.get_mut("custom_password_hash") {
        match custom.get_mut("hash") {
            Some(Value::Object(hash)) => {
                hash.insert("value".to_owned(), MASK.into());
                if hash.contains_key("key") {
                    hash.insert("key".to_owned(), MASK.into());
                }
            }
            Some(hash) => *hash = MASK.into(),
            None => *custom = MASK.into(),
        }
    }
    entry
}

/// Refuses what the contract's imports do not have.
fn check_authok(members: &mut Members) {
    let foreign: Vec<String> =
        members.names().filter(|name| !AUTHOK.contains(name)).map(str::to_owned).collect();
    for name in foreign {
        // Taken, so that nothing reads it.
        members.take(&name);
        let shown: String = name.chars().take(64).collect();
        let message = "is not known";
        members.refuse(problem("OBJECT_ADDITIONAL_PROPERTIES", &shown, message));
    }
}
