//! What is stored of the users whom a chunk speaks of, and what becomes of them row by row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use citizenry_identity::{
    ConnectionId, Email, Error, ForeignId, GroupId, Phone, RoleId, StoredPassword, TenantId, User,
    UserId, Username,
};
use citizenry_storage::ports::UserKeys;

use super::row::{ReadRow, Row};
use crate::ports::Ports;

/// What a user is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Id(UserId),
    Subject(String),
    ExternalId(String),
    Username(ConnectionId, String),
    Email(ConnectionId, String),
    Phone(ConnectionId, String),
    Identity(String, String),
    Foreign(String, String),
}

impl Key {
    /// The member of a row that it stands in.
    pub(super) const fn path(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Subject(_) => "user_id",
            Self::ExternalId(_) => "external_id",
            Self::Username(..) => "username",
            Self::Email(..) => "email",
            Self::Phone(..) => "phone_number",
            Self::Identity(..) => "identities",
            Self::Foreign(..) => "foreign_ids",
        }
    }
}

/// What a row recognises its user by, the surest first.
pub(super) fn keys_of_row(row: &Row) -> Vec<Key> {
    let connection = row.connection.id;
    let mut keys = Vec::new();
    keys.extend(row.id.map(Key::Id));
    keys.extend(row.subject.as_ref().map(|subject| Key::Subject(subject.as_str().to_owned())));
    keys.extend(row.external_id.as_ref().map(|id| Key::ExternalId(id.as_str().to_owned())));
    let username = row.username.as_ref().map(Username::key);
    keys.extend(username.map(|key| Key::Username(connection, key.to_owned())));
    let email = row.email.as_ref().map(Email::key);
    keys.extend(email.map(|key| Key::Email(connection, key.to_owned())));
    let phone = row.phone.as_ref().map(Phone::e164);
    keys.extend(phone.map(|key| Key::Phone(connection, key.to_owned())));
    keys.extend(row.foreign_ids.iter().map(foreign_key));
    if row.identities.is_empty() {
        let parts = row.subject.as_ref().and_then(|subject| subject.as_str().split_once('|'));
        keys.extend(parts.map(|(a, b)| Key::Identity(a.to_owned(), b.to_owned())));
    }
    for identity in &row.identities {
        let provider = identity.provider.as_str().to_owned();
        keys.push(Key::Identity(provider, identity.provider_user_id.clone()));
    }
    keys
}

pub(super) fn foreign_key(foreign: &ForeignId) -> Key {
    Key::Foreign(foreign.source.as_str().to_owned(), foreign.id.as_str().to_owned())
}

/// What a user is recognised by; his foreign ids aside.
fn keys_of_user(user: &User) -> Vec<Key> {
    let connection = user.connection;
    let mut keys = vec![Key::Id(user.id), Key::Subject(user.subject.as_str().to_owned())];
    keys.extend(user.external_id.as_ref().map(|id| Key::ExternalId(id.as_str().to_owned())));
    let username = user.username.as_ref().map(Username::key);
    keys.extend(username.map(|key| Key::Username(connection, key.to_owned())));
    let email = user.email.as_ref().map(Email::key);
    keys.extend(email.map(|key| Key::Email(connection, key.to_owned())));
    let phone = user.phone.as_ref().map(Phone::e164);
    keys.extend(phone.map(|key| Key::Phone(connection, key.to_owned())));
    keys.extend(user.identities.iter().map(|identity| {
        Key::Identity(identity.provider.as_str().to_owned(), identity.provider_user_id.clone())
    }));
    keys
}

/// A user whom rows speak of.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// As the database has him; none for one who is made.
    pub(super) stored: Option<User>,
    /// As he will be.
    pub(super) user: User,
    pub(super) password: Option<StoredPassword>,
    pub(super) has_new_password: bool,
    pub(super) roles: BTreeSet<RoleId>,
    pub(super) new_roles: Vec<RoleId>,
    pub(super) groups: BTreeSet<GroupId>,
    pub(super) new_groups: Vec<GroupId>,
    pub(super) new_foreign_ids: Vec<ForeignId>,
}

impl Entry {
    pub(super) fn new(user: User, stored: Option<User>) -> Self {
        Self {
            stored,
            user,
            password: None,
            has_new_password: false,
            roles: BTreeSet::new(),
            new_roles: Vec::new(),
            groups: BTreeSet::new(),
            new_groups: Vec::new(),
            new_foreign_ids: Vec::new(),
        }
    }
}

/// The users whom the rows of a chunk speak of.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) entries: BTreeMap<UserId, Entry>,
    /// Those who are made, in the order of their rows.
    pub(super) made: Vec<UserId>,
    by_key: HashMap<Key, UserId>,
}

impl Known {
    /// What the database has of the users whom rows speak of: a constant number of statements.
    pub(super) async fn load(
        ports: &mut Ports<'_>,
        tenant: TenantId,
        rows: &[ReadRow],
    ) -> Result<Self, Error> {
        let (mut keys, mut foreign_ids) = (UserKeys::default(), Vec::new());
        for row in rows.iter().filter_map(|read| read.row.as_ref().ok()) {
            foreign_ids.extend(row.foreign_ids.iter().cloned());
            for key in keys_of_row(row) {
                add_key(&mut keys, key, row);
            }
        }
        let mut known = Self::default();
        if !foreign_ids.is_empty() {
            for some in foreign_ids.chunks(2_000) {
                for (foreign, user) in ports.bulk().users_of_foreign_ids(tenant, some).await? {
                    known.by_key.insert(foreign_key(&foreign), user);
                    keys.ids.push(user);
                }
            }
        }
        for user in ports.bulk().users_with_keys(tenant, &keys).await? {
            known.put(Entry::new(user.clone(), Some(user)));
        }
        // A foreign id may outlive its user.
        let there: BTreeSet<UserId> = known.entries.keys().copied().collect();
        known.by_key.retain(|_, user| there.contains(user));
        known.load_rest(ports, tenant).await?;
        Ok(known)
    }

    /// Passwords, roles and groups of those who were found.
    async fn load_rest(&mut self, ports: &mut Ports<'_>, tenant: TenantId) -> Result<(), Error> {
        let users: Vec<UserId> = self.entries.keys().copied().collect();
        for some in users.chunks(2_000) {
            for (user, password) in ports.bulk().passwords_of(tenant, some).await? {
                if let Some(entry) = self.entries.get_mut(&user) {
                    entry.password = Some(password);
                }
            }
            for (user, role) in ports.bulk().roles_of(tenant, some).await? {
                if let Some(entry) = self.entries.get_mut(&user) {
                    entry.roles.insert(role);
                }
            }
            for member in ports.groups().memberships_of(tenant, some).await? {
                if let Some(entry) = self.entries.get_mut(&member.user) {
                    entry.groups.insert(member.group);
                }
            }
        }
        Ok(())
    }

    /// Whom a key names.
    pub(super) fn user_of(&self, key: &Key) -> Option<UserId> {
        self.by_key.get(key).copied()
    }

    /// Puts a user in as he is now, in the place of what was known of him.
    pub(super) fn put(&mut self, entry: Entry) {
        if let Some(before) = self.entries.get(&entry.user.id) {
            for key in keys_of_user(&before.user) {
                self.by_key.remove(&key);
            }
        }
        for key in keys_of_user(&entry.user) {
            self.by_key.insert(key, entry.user.id);
        }
        for foreign in &entry.new_foreign_ids {
            self.by_key.insert(foreign_key(foreign), entry.user.id);
        }
        self.entries.insert(entry.user.id, entry);
    }
}

fn add_key(keys: &mut UserKeys, key: Key, row: &Row) {
    match key {
        Key::Id(id) => keys.ids.push(id),
        Key::Subject(_) => keys.subjects.extend(row.subject.clone()),
        Key::ExternalId(id) => keys.external_ids.push(id),
        Key::Username(connection, key) => keys.usernames.push((connection, key)),
        Key::Email(connection, key) => keys.emails.push((connection, key)),
        Key::Phone(connection, key) => keys.phones.push((connection, key)),
        Key::Identity(provider, id) => keys.identities.push((provider, id)),
        Key::Foreign(..) => {}
    }
}
