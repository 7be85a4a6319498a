//! Parts of a row that have parts of their own: locks, identities, foreign ids, the password.

use std::net::IpAddr;

use citizenry_identity::{
    ConnectionId, ForeignId, Kind, Lock, LockReason, LockWindow, Locks, Metadata, PasswordHash,
    PasswordStrength, Strategy, Text, Timestamp,
};
use citizenry_storage::GivenHash;
use serde_json::Value;

use super::{
    members::{Members, problem, refused},
    row::RowRules,
};

/// How many foreign ids of one system, and how many systems, a row names at most.
const MOST_FOREIGN_IDS: usize = 20;
/// How many identities a row has at most.
const MOST_IDENTITIES: usize = 50;

/// The password of a row.
#[derive(Debug, Clone)]
pub(super) struct GivenPassword {
    pub(super) hash: PasswordHash,
    pub(super) must_change: bool,
    pub(super) set_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) strength: PasswordStrength,
}

impl GivenPassword {
    pub(super) fn read(members: &mut Members, rules: &RowRules) -> Option<Self> {
        let text = members.text("password_hash");
        let custom = members.take("custom_password_hash");
        let must_change = members.flag("password_must_change").unwrap_or_default();
        let set_at = members.time("password_set_at");
        let expires_at = members.time("password_expires_at");
        let strength = members.word("password_strength", PasswordStrength::parse);
        let (path, given) = match (&text, &custom) {
            (None, None) => return None,
            (Some(text), None) => ("password_hash", GivenHash::Text(text)),
            (None, Some(custom)) => ("custom_password_hash", GivenHash::Custom(custom)),
            (Some(_), Some(_)) => {
                let message = "does not go with custom_password_hash";
                members.refuse(problem("INVALID_FORMAT", "password_hash", message));
                return None;
            }
        };
        match rules.hasher.adopt(given) {
            Ok(hash) => Some(Self {
                hash,
                must_change,
                set_at,
                expires_at,
                strength: strength.unwrap_or_default(),
            }),
            Err(error) => {
                members.refuse(refused(path, &error));
                None
            }
        }
    }
}

/// An identity of a row.
#[derive(Debug, Clone)]
pub(super) struct GivenIdentity {
    pub(super) connection: ConnectionId,
    pub(super) provider: Strategy,
    pub(super) provider_user_id: String,
    pub(super) is_social: bool,
    pub(super) profile_data: Metadata,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
}

pub(super) fn identities(members: &mut Members, rules: &RowRules) -> Vec<GivenIdentity> {
    let mut read = Vec::new();
    for item in members.list("identities", MOST_IDENTITIES).unwrap_or_default() {
        let Value::Object(object) = item else {
            members.refuse(problem("INVALID_TYPE", "identities", "must be a list of objects"));
            continue;
        };
        let mut item = Members::new(object);
        let identity = identity(&mut item, rules);
        for mut found in item.finish() {
            found.path = format!("identities.{}", found.path);
            members.refuse(found);
        }
        read.extend(identity);
    }
    read
}

fn identity(item: &mut Members, rules: &RowRules) -> Option<GivenIdentity> {
    let (name, id) = (item.text("connection"), item.text("user_id"));
    let provider = item.parsed("provider", Strategy::parse);
    let is_social = item.flag("is_social");
    let profile_data = item.metadata("profile_data");
    let (created_at, updated_at) = (item.time("created_at"), item.time("updated_at"));
    let Some(connection) = name.as_deref().and_then(|name| rules.connections.get(name)) else {
        item.refuse(problem("NOT_FOUND", "connection", "there is no such connection"));
        return None;
    };
    let legal = |c: char| !c.is_control() && !c.is_whitespace();
    let Some(provider_user_id) = id.filter(|id| id.len() <= 255 && id.chars().all(legal)) else {
        let message = "must be 1 to 255 bytes without blanks and control characters";
        item.refuse(problem("INVALID_FORMAT", "user_id", message));
        return None;
    };
    let provider = provider.unwrap_or_else(|| connection.strategy.clone());
    Some(GivenIdentity {
        connection: connection.id,
        is_social: is_social.unwrap_or_default(),
        provider,
        provider_user_id,
        profile_data: profile_data.unwrap_or_default(),
        created_at,
        updated_at,
    })
}

pub(super) fn locks(members: &mut Members) -> Option<Locks> {
    let items = members.list("locks", LockReason::ALL.len())?;
    let mut locks = Vec::new();
    for item in items {
        let Value::Object(object) = item else {
            members.refuse(problem("INVALID_TYPE", "locks", "must be a list of objects"));
            continue;
        };
        let mut item = Members::new(object);
        let reason = item.word("reason", LockReason::parse);
        let (from, until) = (item.time("from"), item.time("until"));
        if let (Some(reason), Some(from)) = (reason, from) {
            locks.push(Lock { reason, window: LockWindow { from, until } });
        } else {
            item.refuse(problem("OBJECT_REQUIRED", "reason", "needs reason and from"));
        }
        for mut found in item.finish() {
            found.path = format!("locks.{}", found.path);
            members.refuse(found);
        }
    }
    Some(locks.into_iter().collect())
}

/// `{"system": "id"}`, or a list of ids where a system has several.
pub(super) fn foreign_ids(members: &mut Members) -> Vec<ForeignId> {
    let object = members.object("foreign_ids").unwrap_or_default();
    if object.len() > MOST_FOREIGN_IDS {
        let message = format!("must be at most {MOST_FOREIGN_IDS} systems");
        members.refuse(problem("MAX_LENGTH", "foreign_ids", message));
        return Vec::new();
    }
    let mut read = Vec::new();
    for (source, value) in object {
        let ids = match value {
            Value::Array(ids) if ids.len() <= MOST_FOREIGN_IDS => ids,
            single => vec![single],
        };
        for id in ids {
            let parsed = Text::parse("source", source.as_str()).and_then(|source| {
                let id = Text::parse("foreign_id", id.as_str().unwrap_or_default())?;
                Ok(ForeignId { source, kind: Kind::User, id })
            });
            match parsed {
                Ok(foreign) => read.push(foreign),
                Err(error) => members.refuse(refused("foreign_ids", &error)),
            }
        }
    }
    read
}

pub(super) fn address(members: &mut Members, name: &str) -> Option<IpAddr> {
    members.word(name, |text| text.parse().ok())
}
