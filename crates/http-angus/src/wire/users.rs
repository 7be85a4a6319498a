//! Users as callers see them.

use citizenry_authz::CallerTenant;
use citizenry_directory::{Author, UserDetail, UserField, UserPlace, UserRow, UserSort};
use citizenry_identity::{
    Email, Gender, Group, LockReason, Number, PasswordStrength, Phone, Status, Tag, Tenant,
    TenantKind, TenantStatus, Text, Timestamp, User as Model, Username,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    answer::{Answers, IdKey},
    authors,
    error::Fault,
    filters::Column,
    paging::ListShape,
};

/// How users of this door come to be, by their words.
pub(crate) const ADDED: &str = "BACKGROUND_ADDED";

/// Each word of `source`, as it is written and as it is stored.
const SOURCES: &[(&str, &str)] = &[
    ("PLATFORM_SIGNUP", "PLATFORM_SIGNUP"),
    ("INVITATION_CODE_SIGNUP", "INVITATION_CODE_SIGNUP"),
    ("BACKGROUND_SIGNUP", "BACKGROUND_SIGNUP"),
    (ADDED, ADDED),
    ("THIRD_PARTY_LOGIN", "THIRD_PARTY_LOGIN"),
    ("LDAP_SYNCHRONIZE", "LDAP_SYNCHRONIZE"),
];

/// The columns of lists and searches, `createdBy` last, which searches lack.
const COLUMNS: [Column<UserField>; 11] = [
    Column::number("id", UserField::Number).ranged(),
    Column::text("username", UserField::Username).matched(),
    Column::text("fullName", UserField::Name).matched(),
    Column::digits("mobile", UserField::Phone).matched(),
    Column::text("email", UserField::Email),
    Column::words("source", UserField::Source, SOURCES),
    Column::flag("enabled", UserField::Enabled),
    Column::flag("sysAdmin", UserField::Administrator),
    Column::time("createdDate", UserField::CreatedAt).ranged(),
    Column::number("tagId", UserField::Tag),
    Column::number("createdBy", UserField::CreatedBy),
];

const ORDERS: &[(&str, UserSort)] =
    &[("createdDate", UserSort::CreatedAt), ("id", UserSort::Number), ("fullName", UserSort::Name)];

/// What a list of users can be filtered and sorted by.
pub(crate) const LIST: ListShape<UserField, UserSort> =
    ListShape { columns: &COLUMNS, orders: ORDERS, search: None };

/// The same for a search.
pub(crate) const SEARCH: ListShape<UserField, UserSort> = ListShape {
    columns: COLUMNS.split_at(COLUMNS.len() - 1).0,
    orders: ORDERS,
    search: Some(&[UserField::Name, UserField::Phone, UserField::Title, UserField::Username]),
};

/// A user, as lists show him.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the members are the vendor's")]
pub(crate) struct User {
    id: i64,
    username: Option<String>,
    full_name: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// The telephone country code.
    itc: Option<String>,
    country: Option<String>,
    /// The number without country code.
    mobile: Option<String>,
    email: Option<String>,
    landline: Option<String>,
    avatar: Option<String>,
    title: Option<String>,
    gender: &'static str,
    address: Option<String>,
    sys_admin: bool,
    dept_head: bool,
    main_dept_id: Option<i64>,
    enabled: bool,
    source: Option<&'static str>,
    locked: bool,
    lock_start_date: Option<String>,
    lock_end_date: Option<String>,
    online: bool,
    /// When he last signed in.
    online_date: Option<String>,
    tenant_id: i64,
    tenant_name: String,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
    last_modified_by: i64,
    last_modified_by_name: Option<String>,
    last_modified_date: String,
}

/// What is shown of a user beside himself.
struct Beside<'b> {
    is_administrator: bool,
    is_head: bool,
    main_department: Option<i64>,
    is_online: bool,
    created_by: Option<&'b Author>,
    updated_by: Option<&'b Author>,
    tenant: (i64, String),
}

impl User {
    /// A row of a list of the caller's tenant.
    pub(crate) fn of_row(
        row: &UserRow,
        tenant: &CallerTenant,
        call: &impl Answers,
    ) -> Result<Self, Fault> {
        let beside = Beside {
            is_administrator: row.is_administrator,
            is_head: row.is_head,
            main_department: row.main_department.map(Number::get),
            is_online: row.is_online,
            created_by: row.created_by.as_ref(),
            updated_by: row.updated_by.as_ref(),
            tenant: (tenant.number.get(), tenant.display_name.clone()),
        };
        Self::new(&row.user, beside, call)
    }

    /// A user by himself.
    fn of_detail(detail: &UserDetail, call: &impl Answers) -> Result<Self, Fault> {
        let beside = Beside {
            is_administrator: detail.is_administrator,
            is_head: detail.is_head(),
            main_department: detail.main_department().map(|department| department.number.get()),
            is_online: detail.is_online,
            created_by: detail.created_by.as_ref(),
            updated_by: detail.updated_by.as_ref(),
            tenant: (detail.tenant.number.get(), detail.tenant.display_name().to_owned()),
        };
        Self::new(detail.user(), beside, call)
    }

    fn new(user: &Model, beside: Beside<'_>, call: &impl Answers) -> Result<Self, Fault> {
        let (voice, profile) = (call.voice(), &user.profile);
        let time = |at: Option<Timestamp>| at.map(|at| voice.time(at));
        let window = user.locks.get(LockReason::Admin);
        let source = profile.source.as_deref();
        Ok(Self {
            id: user.number.get(),
            username: user.username.as_ref().map(Username::as_str).map(str::to_owned),
            full_name: user.display_name(),
            first_name: text(profile.given_name.as_ref()),
            last_name: text(profile.family_name.as_ref()),
            itc: user.phone.as_ref().map(|phone| phone.country_code().to_string()),
            country: text(profile.address.country.as_ref()),
            mobile: user.phone.as_ref().map(Phone::national).map(str::to_owned),
            email: user.email.as_ref().map(Email::as_str).map(str::to_owned),
            landline: text(profile.landline.as_ref()),
            avatar: text(profile.picture.as_ref()),
            title: text(profile.title.as_ref()),
            gender: show_gender(profile.gender),
            address: text(profile.address.address.as_ref()),
            sys_admin: beside.is_administrator,
            dept_head: beside.is_head,
            main_dept_id: beside.main_department,
            enabled: user.status == Status::Active,
            source: SOURCES.iter().find(|(_, stored)| Some(*stored) == source).map(|it| it.0),
            locked: is_locked(user, voice.now()?),
            lock_start_date: time(window.map(|window| window.from)),
            lock_end_date: time(window.and_then(|window| window.until)),
            online: beside.is_online,
            online_date: time(user.last_login_at),
            tenant_id: beside.tenant.0,
            tenant_name: beside.tenant.1,
            created_by: authors::number(beside.created_by),
            created_by_name: authors::name(beside.created_by),
            created_date: voice.time(user.created_at),
            last_modified_by: authors::number(beside.updated_by),
            last_modified_by_name: authors::name(beside.updated_by),
            last_modified_date: voice.time(user.updated_at),
        })
    }
}

/// Whether a lock keeps the user out; one for wrong passwords stops passwords alone.
fn is_locked(user: &Model, now: Timestamp) -> bool {
    let keeps_out = |reason| reason != LockReason::FailedAttempts;
    user.locks.iter().any(|lock| keeps_out(lock.reason) && lock.window.contains(now))
}

fn text<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<String> {
    text.map(|text| text.as_str().to_owned())
}

fn show_gender(gender: Option<Gender>) -> &'static str {
    match gender {
        Some(Gender::Male) => "MALE",
        Some(Gender::Female) => "FEMALE",
        Some(Gender::Unknown) | None => "UNKNOWN",
    }
}

/// A user with everything that belongs to him.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Detail {
    #[serde(flatten)]
    user: User,
    password_strength: &'static str,
    password_expired: bool,
    password_expired_date: Option<String>,
    tenant_real_name_status: String,
    tags: Vec<Value>,
    depts: Vec<Value>,
    groups: Vec<Value>,
}

impl Detail {
    /// The user of `detail`.
    pub(crate) fn new(detail: &UserDetail, call: &impl Answers) -> Result<Self, Fault> {
        let password = detail.password;
        let expires_at = password.and_then(|password| password.expires_at);
        let strength = password.map_or(PasswordStrength::Unknown, |password| password.strength);
        Ok(Self {
            user: User::of_detail(detail, call)?,
            password_strength: match strength {
                PasswordStrength::Unknown => "UNKNOWN",
                PasswordStrength::Weak => "WEAK",
                PasswordStrength::Medium => "MEDIUM",
                PasswordStrength::Strong => "STRONG",
            },
            password_expired: password.is_some_and(|password| password.has_expired),
            password_expired_date: expires_at.map(|at| call.voice().time(at)),
            tenant_real_name_status: real_name_status(&detail.tenant),
            tags: detail.tags.iter().map(tag).collect(),
            depts: detail.places.iter().map(place).collect(),
            groups: detail.groups.iter().map(group).collect(),
        })
    }
}

/// How far the name of the customer behind a tenant has been proved.
pub(crate) fn real_name_status(tenant: &Tenant) -> String {
    let status = tenant.settings.details.real_name_status.clone();
    status.unwrap_or_else(|| "NOT_SUBMITTED".to_owned())
}

/// A tag, where it stands beside others.
pub(crate) fn tag(tag: &Tag) -> Value {
    json!({ "id": tag.number.get(), "name": tag.name.as_str() })
}

fn group(group: &Group) -> Value {
    json!({ "id": group.number.get(), "name": group.name.as_str() })
}

fn place(place: &UserPlace) -> Value {
    json!({
        "id": place.department.number.get(),
        "name": place.department.name.as_str(),
        "mainDept": place.member.is_main,
        "deptHead": place.member.is_head,
    })
}

/// The user who is asking, with what surrounds him. Applications and preferences are not kept here.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Current {
    #[serde(flatten)]
    detail: Detail,
    preference: Map<String, Value>,
    tenant: CurrentTenant,
    auth_apps: [Value; 0],
    access_app: Map<String, Value>,
}

impl Current {
    /// The user of `detail`.
    pub(crate) fn new(detail: &UserDetail, call: &impl Answers) -> Result<Self, Fault> {
        Ok(Self {
            detail: Detail::new(detail, call)?,
            preference: Map::new(),
            tenant: CurrentTenant::new(&detail.tenant),
            auth_apps: [],
            access_app: Map::new(),
        })
    }
}

/// The tenant of whoever is asking.
#[derive(Debug, Serialize)]
pub(crate) struct CurrentTenant {
    id: i64,
    no: String,
    name: String,
    r#type: &'static str,
    status: &'static str,
}

impl CurrentTenant {
    /// `tenant` as its people see it.
    pub(crate) fn new(tenant: &Tenant) -> Self {
        Self {
            id: tenant.number.get(),
            no: tenant.number.to_string(),
            name: tenant.display_name().to_owned(),
            r#type: show_kind(tenant.kind),
            status: show_status(tenant.status),
        }
    }
}

/// The kind of a tenant as it is written.
pub(crate) fn show_kind(kind: TenantKind) -> &'static str {
    match kind {
        TenantKind::Unknown => "UNKNOWN",
        TenantKind::Personal => "PERSONAL",
        TenantKind::Enterprise => "ENTERPRISE",
        TenantKind::Government => "GOVERNMENT",
    }
}

/// The status of a tenant as it is written.
pub(crate) fn show_status(status: TenantStatus) -> &'static str {
    match status {
        TenantStatus::Enabled => "ENABLED",
        TenantStatus::Disabled => "DISABLED",
    }
}

/// An administrator, as the list of them shows him.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Administrator {
    id: i64,
    full_name: String,
    first_name: Option<String>,
    last_name: Option<String>,
    itc: Option<String>,
    country: Option<String>,
    mobile: Option<String>,
    email: Option<String>,
    first_sys_admin: bool,
    created_date: String,
}

impl Administrator {
    /// `user`, who is the first of them or not.
    pub(crate) fn new(user: &Model, is_first: bool, call: &impl Answers) -> Self {
        let profile = &user.profile;
        Self {
            id: user.number.get(),
            full_name: user.display_name(),
            first_name: text(profile.given_name.as_ref()),
            last_name: text(profile.family_name.as_ref()),
            itc: user.phone.as_ref().map(|phone| phone.country_code().to_string()),
            country: text(profile.address.country.as_ref()),
            mobile: user.phone.as_ref().map(Phone::national).map(str::to_owned),
            email: user.email.as_ref().map(Email::as_str).map(str::to_owned),
            first_sys_admin: is_first,
            created_date: call.voice().time(user.created_at),
        }
    }
}

/// A user as what has just been made or replaced.
pub(crate) fn id_key(user: &Model) -> IdKey {
    IdKey { id: user.number.get(), key: user.display_name() }
}
