//! Export users: as rows that an import takes, in the order of identifiers.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write as _,
};

use citizenry_authz::{Action, Caller, Resource};
use citizenry_identity::{
    ConnectionId, ConnectionName, Error, ForeignId, GroupId, Identity, Lock, PasswordStrength,
    RoleId, StoredPassword, Text, User, UserId,
};
use citizenry_storage::Read;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

use crate::{Directory, import::only_identity, ports::Ports};

/// How many users are read at once.
const PAGE: u32 = 500;

/// The members of the profile, in the order in which they are written.
const PROFILE: [&str; 25] = [
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "picture",
    "gender",
    "birthdate",
    "locale",
    "zoneinfo",
    "profile",
    "website",
    "title",
    "company",
    "landline",
    "address",
    "street_address",
    "formatted",
    "country",
    "province",
    "city",
    "district",
    "postal_code",
    "description",
    "source",
];

/// What an export writes.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Users of this connection; all without one.
    pub connection: Option<ConnectionName>,
    /// Whether to write the hashes of passwords. For those who stand above tenants.
    pub hashes: bool,
}

/// A part of an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportPage {
    /// Rows, each with a line end.
    pub rows: Vec<u8>,
    /// How many there are.
    pub users: u64,
    /// After whom the next part begins; none at the end.
    pub next: Option<UserId>,
}

/// A row, member by member, in their order.
#[derive(Debug, Default)]
pub(crate) struct ExportRow(Vec<(&'static str, Value)>);

impl ExportRow {
    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    fn text(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// The member of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(member, _)| *member == name).map(|(_, value)| value)
    }
}

impl Serialize for ExportRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What belongs to the users of a part.
#[derive(Debug, Default)]
struct Belongings {
    connections: HashMap<ConnectionId, String>,
    passwords: HashMap<UserId, StoredPassword>,
    roles: HashMap<UserId, Vec<String>>,
    groups: HashMap<UserId, Vec<String>>,
    foreign_ids: HashMap<UserId, Vec<ForeignId>>,
}

impl Belongings {
    async fn load(read: &mut dyn Read, users: &[User], hashes: bool) -> Result<Self, Error> {
        let mut all = Self::default();
        let Some(tenant) = users.first().map(|user| user.tenant) else { return Ok(all) };
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        let mut connections: Vec<ConnectionId> = users
            .iter()
            .flat_map(|user| user.identities.iter().map(|identity| identity.connection))
            .chain(users.iter().map(|user| user.connection))
            .collect();
        connections.sort_unstable();
        connections.dedup();
        for some in connections.chunks(1_000) {
            let found = read.connections().find_many(tenant, some).await?;
            all.connections.extend(found.into_iter().map(|it| (it.id, it.name.to_string())));
        }
        if hashes {
            all.passwords = read.bulk().passwords_of(tenant, &ids).await?.into_iter().collect();
        }
        for (user, foreign) in read.bulk().foreign_ids_of(tenant, &ids).await? {
            all.foreign_ids.entry(user).or_default().push(foreign);
        }
        all.load_roles(read, tenant, &ids).await?;
        all.load_groups(read, tenant, &ids).await?;
        Ok(all)
    }

    async fn load_roles(
        &mut self,
        read: &mut dyn Read,
        tenant: citizenry_identity::TenantId,
        users: &[UserId],
    ) -> Result<(), Error> {
        let given = read.bulk().roles_of(tenant, users).await?;
        let mut roles: Vec<RoleId> = given.iter().map(|(_, role)| *role).collect();
        roles.sort_unstable();
        roles.dedup();
        let mut names = HashMap::new();
        for some in roles.chunks(1_000) {
            let found = read.roles().find_many(tenant, some).await?;
            names.extend(found.into_iter().map(|role| (role.id, role.name.into_string())));
        }
        for (user, role) in given {
            self.roles.entry(user).or_default().extend(names.get(&role).cloned());
        }
        self.roles.values_mut().for_each(|names| names.sort_unstable());
        Ok(())
    }

    async fn load_groups(
        &mut self,
        read: &mut dyn Read,
        tenant: citizenry_identity::TenantId,
        users: &[UserId],
    ) -> Result<(), Error> {
        let members = read.groups().memberships_of(tenant, users).await?;
        let mut groups: Vec<GroupId> = members.iter().map(|member| member.group).collect();
        groups.sort_unstable();
        groups.dedup();
        let mut codes = HashMap::new();
        for some in groups.chunks(2_000) {
            let found = read.groups().find_many(tenant, some).await?;
            codes.extend(found.into_iter().map(|group| (group.id, group.code.into_string())));
        }
        for member in members {
            self.groups.entry(member.user).or_default().extend(codes.get(&member.group).cloned());
        }
        self.groups.values_mut().for_each(|codes| codes.sort_unstable());
        Ok(())
    }

    fn connection(&self, id: ConnectionId) -> &str {
        self.connections.get(&id).map(String::as_str).unwrap_or_default()
    }

    /// The row of a user.
    fn row(&self, user: &User) -> Result<ExportRow, Error> {
        let mut row = ExportRow::default();
        row.put("id", user.id.to_string());
        row.put("user_id", user.subject.as_str());
        row.put("connection", self.connection(user.connection));
        row.text("username", user.username.as_ref().map(citizenry_identity::Username::as_str));
        if let Some(email) = &user.email {
            row.put("email", email.as_str());
            row.put("email_verified", user.email_verified);
        }
        if let Some(phone) = &user.phone {
            row.put("phone_number", phone.e164());
            row.put("phone_verified", user.phone_verified);
        }
        row.text("external_id", user.external_id.as_deref());
        let profile = serde_json::to_value(&user.profile).map_err(Error::internal)?;
        for name in PROFILE {
            if let Some(value) = profile.get(name).filter(|value| !value.is_null()) {
                row.put(name, value.clone());
            }
        }
        row.put("status", user.status.as_str());
        let locks: Vec<Value> = user.locks.iter().map(lock).collect();
        if !locks.is_empty() {
            row.put("locks", locks);
        }
        for (name, metadata) in
            [("user_metadata", &user.user_metadata), ("app_metadata", &user.app_metadata)]
        {
            if !metadata.is_empty() {
                row.put(name, metadata.as_object().clone());
            }
        }
        self.put_belongings(user, &mut row);
        put_past(user, &mut row);
        Ok(row)
    }

    fn put_belongings(&self, user: &User, row: &mut ExportRow) {
        if let Some(password) = self.passwords.get(&user.id) {
            put_password(password, row);
        }
        for (name, all) in [("roles", &self.roles), ("groups", &self.groups)] {
            if let Some(names) = all.get(&user.id).filter(|names| !names.is_empty()) {
                row.put(name, names.clone());
            }
        }
        if let Some(foreign_ids) = self.foreign_ids.get(&user.id) {
            row.put("foreign_ids", foreign(foreign_ids));
        }
        let only = only_identity(&user.subject, user.connection, user.created_at);
        let said = |identity: &Identity| {
            (
                identity.connection,
                identity.provider.clone(),
                identity.provider_user_id.clone(),
                identity.is_social,
                identity.profile_data.clone(),
                identity.created_at,
                identity.updated_at,
            )
        };
        if user.identities.iter().map(said).ne([said(&only)]) {
            let identities: Vec<Value> =
                user.identities.iter().map(|identity| self.identity(identity)).collect();
            row.put("identities", identities);
        }
    }

    fn identity(&self, identity: &Identity) -> Value {
        let mut value = json!({
            "connection": self.connection(identity.connection),
            "provider": identity.provider.as_str(),
            "user_id": identity.provider_user_id,
            "created_at": identity.created_at.to_string(),
            "updated_at": identity.updated_at.to_string(),
        });
        if identity.is_social {
            put(&mut value, "is_social", true.into());
        }
        if !identity.profile_data.is_empty() {
            put(&mut value, "profile_data", identity.profile_data.as_object().clone().into());
        }
        value
    }
}

fn put(into: &mut Value, name: &str, value: Value) {
    if let Value::Object(object) = into {
        object.insert(name.to_owned(), value);
    }
}

fn lock(lock: &Lock) -> Value {
    let mut value = json!({
        "reason": lock.reason.as_str(),
        "from": lock.window.from.to_string(),
    });
    if let Some(until) = lock.window.until {
        put(&mut value, "until", until.to_string().into());
    }
    value
}

fn put_password(password: &StoredPassword, row: &mut ExportRow) {
    row.put("password_hash", password.hash.as_str());
    if password.must_change {
        row.put("password_must_change", true);
    }
    row.put("password_set_at", password.changed_at.to_string());
    if let Some(expires_at) = password.expires_at {
        row.put("password_expires_at", expires_at.to_string());
    }
    if password.strength != PasswordStrength::default() {
        row.put("password_strength", password.strength.as_str());
    }
}

/// A system's id, or a list where it has several.
fn foreign(foreign_ids: &[ForeignId]) -> Value {
    let mut by_source = BTreeMap::<&str, Vec<&Text<255>>>::new();
    for foreign in foreign_ids {
        by_source.entry(&foreign.source).or_default().push(&foreign.id);
    }
    let value = |ids: Vec<&Text<255>>| match ids.as_slice() {
        [id] => Value::from(id.as_str()),
        ids => ids.iter().map(|id| Value::from(id.as_str())).collect(),
    };
    by_source.into_iter().map(|(source, ids)| (source.to_owned(), value(ids))).collect()
}

fn put_past(user: &User, row: &mut ExportRow) {
    if user.signed_up_at != user.created_at {
        row.put("signed_up_at", user.signed_up_at.to_string());
    }
    row.text("signed_up_ip", user.signed_up_ip.map(|ip| ip.to_string()).as_deref());
    row.text("last_login_at", user.last_login_at.map(|at| at.to_string()).as_deref());
    row.text("last_ip", user.last_ip.map(|ip| ip.to_string()).as_deref());
    if user.logins_count > 0 {
        row.put("logins_count", user.logins_count);
    }
    row.put("created_at", user.created_at.to_string());
    row.put("updated_at", user.updated_at.to_string());
}

/// The rows of the users after one of them, and after whom the next ones come.
pub(crate) async fn rows_after(
    read: &mut dyn Read,
    tenant: citizenry_identity::TenantId,
    connection: Option<ConnectionId>,
    after: Option<UserId>,
    hashes: bool,
) -> Result<(Vec<ExportRow>, Option<UserId>), Error> {
    let mut users = Ports::Read(read).bulk().users_after(tenant, after, PAGE).await?;
    let is_full = users.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
    let next = users.last().map(|user| user.id).filter(|_| is_full);
    users.retain(|user| connection.is_none_or(|connection| user.connection == connection));
    let belongings = Belongings::load(read, &users, hashes).await?;
    let rows = users.iter().map(|user| belongings.row(user)).collect::<Result<_, _>>()?;
    Ok((rows, next))
}

impl Directory {
    /// The rows of some users: of the first, or of those after one of them.
    ///
    /// # Errors
    /// `Forbidden`, also for hashes to who does not stand above tenants; `Invalid` on `connection`.
    pub async fn export_page(
        &self,
        caller: &Caller,
        options: &ExportOptions,
        after: Option<UserId>,
    ) -> Result<ExportPage, Error> {
        caller.may(Action::Read, Resource::User)?;
        if options.hashes && !caller.is_above_tenants() {
            return Err(Error::Forbidden { permission: "operator" });
        }
        let (tenant, options) = (caller.tenant(), options.clone());
        let (found, next) = self
            .storage
            .read(async move |read| {
                let connection = match &options.connection {
                    None => None,
                    Some(name) => {
                        let found = read.connections().find_by_name(tenant, name).await?;
                        let missing = || {
                            Error::invalid("connection", format!("there is no connection {name}"))
                        };
                        Some(found.ok_or_else(missing)?.id)
                    }
                };
                rows_after(read, tenant, connection, after, options.hashes).await
            })
            .await?;
        let (mut rows, users) = (Vec::new(), found.len() as u64);
        for row in found {
            serde_json::to_writer(&mut rows, &row).map_err(Error::internal)?;
            rows.write_all(b"\n").map_err(Error::internal)?;
        }
        Ok(ExportPage { rows, users, next })
    }
}
