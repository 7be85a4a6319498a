//! Tenants, as operators keep them.

use citizenry_directory::{
    FirstPassword, LockDates, NewCustomer, NewUser, NumberedSort, TenantChanges, TenantField,
    TenantView,
};
use citizenry_identity::{
    Email, Error, Moment, Number, PasswordPolicy, Patch, Profile, TenantKind, Text, TimeZone,
    Timestamp, Username,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    answer::Answers,
    authors,
    body::{given, required},
    departments::NUMBERED,
    error::{Fault, Own},
    filters::Column,
    ids,
    paging::ListShape,
    secrets::Secret,
    user_bodies::{LockBody, mobile_syntax, phone},
    users::{real_name_status, show_kind, show_status},
};

/// How tenants come to be through this door.
const SOURCE: &str = "BACKGROUND_SIGNUP";

/// How long a password that is mailed to a first administrator is good, seconds.
const FIRST_PASSWORD: u32 = 86_400;

const KINDS: &[(&str, &str)] = &[
    ("PERSONAL", "personal"),
    ("ENTERPRISE", "enterprise"),
    ("GOVERNMENT", "government"),
    ("UNKNOWN", "unknown"),
];

/// No tenant is ever in the states of a cancellation.
const STATUSES: &[(&str, &str)] = &[
    ("ENABLED", "enabled"),
    ("DISABLED", "disabled"),
    ("CANCELLING", "cancelling"),
    ("CANCELED", "canceled"),
];

const REAL_NAMES: &[(&str, &str)] = &[
    ("NOT_SUBMITTED", "NOT_SUBMITTED"),
    ("AUDITING", "AUDITING"),
    ("AUDITED", "AUDITED"),
    ("FAILED_AUDIT", "FAILED_AUDIT"),
];

const COLUMNS: &[Column<TenantField>] = &[
    Column::number("id", TenantField::Number).ranged(),
    Column::text("name", TenantField::DisplayName).matched(),
    Column::number("no", TenantField::Number).matched(),
    Column::words("type", TenantField::Kind, KINDS),
    Column::words("status", TenantField::Status, STATUSES),
    Column::words("realNameStatus", TenantField::RealNameStatus, REAL_NAMES),
    Column::holds_now("locked", TenantField::LockedAt),
    Column::time("createdDate", TenantField::CreatedAt).ranged(),
    Column::time("lastLockDate", TenantField::LastLockedAt).ranged(),
    Column::time("lockStartDate", TenantField::LockedFrom).ranged(),
    Column::time("lockEndDate", TenantField::LockedUntil).ranged(),
];

/// What a list of tenants can be filtered and sorted by.
pub(crate) const LIST: ListShape<TenantField, NumberedSort> =
    ListShape { columns: COLUMNS, orders: NUMBERED, search: None };

/// The same for a search.
pub(crate) const SEARCH: ListShape<TenantField, NumberedSort> = ListShape {
    columns: COLUMNS,
    orders: NUMBERED,
    search: Some(&[TenantField::DisplayName, TenantField::Number]),
};

/// The kind of a tenant as it is written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum KindWord {
    Personal,
    Enterprise,
    Government,
    Unknown,
}

impl From<KindWord> for TenantKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Personal => Self::Personal,
            KindWord::Enterprise => Self::Enterprise,
            KindWord::Government => Self::Government,
            KindWord::Unknown => Self::Unknown,
        }
    }
}

/// A tenant as callers write it, with its first administrator; which members must be there depends
/// on the method. Certificates are passed over.
#[derive(Debug, Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantBody {
    id: Option<i64>,
    #[validate(length(max = 100))]
    name: Option<String>,
    r#type: Option<KindWord>,
    #[validate(length(max = 200))]
    remark: Option<String>,
    #[validate(length(max = 200))]
    address: Option<String>,
    #[validate(length(max = 100))]
    first_name: Option<String>,
    #[validate(length(max = 100))]
    last_name: Option<String>,
    #[validate(length(max = 100))]
    full_name: Option<String>,
    #[validate(length(max = 100))]
    title: Option<String>,
    #[validate(length(max = 8))]
    itc: Option<String>,
    #[validate(length(max = 16))]
    country: Option<String>,
    #[validate(length(max = 16), custom(function = "mobile_syntax"))]
    mobile: Option<String>,
    #[validate(length(max = 100))]
    email: Option<String>,
    #[validate(length(min = 6, max = 49))]
    password: Option<Secret>,
}

impl TenantBody {
    /// A customer with all that the vendor asks for.
    pub(crate) fn customer(self, usual: u16, moment: &Moment) -> Result<NewCustomer, Fault> {
        for (field, value) in [
            ("name", &self.name),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("fullName", &self.full_name),
            ("mobile", &self.mobile),
            ("email", &self.email),
        ] {
            required(field, value.as_deref().filter(|text| !text.trim().is_empty()))?;
        }
        required("type", self.r#type)?;
        self.any_customer(usual, moment)
    }

    /// A customer of whom the phone number is known.
    pub(crate) fn customer_by_mobile(
        self,
        usual: u16,
        moment: &Moment,
    ) -> Result<NewCustomer, Fault> {
        required("mobile", self.mobile.as_deref().filter(|text| !text.trim().is_empty()))?;
        self.any_customer(usual, moment)
    }

    fn any_customer(self, usual: u16, moment: &Moment) -> Result<NewCustomer, Fault> {
        let name = given(self.name.clone()).or_else(|| given(self.full_name.clone()));
        let name = name.or_else(|| self.mobile.clone()).unwrap_or_default();
        Ok(NewCustomer {
            display_name: Text::parse("name", name)?,
            kind: self.r#type.map_or(TenantKind::Unknown, TenantKind::from),
            address: given(self.address.clone()),
            remark: given(self.remark.clone()),
            administrator: self.administrator(usual, moment)?,
            name: None,
        })
    }

    fn administrator(self, usual: u16, moment: &Moment) -> Result<NewUser, Fault> {
        let (email, mobile) = (given(self.email), given(self.mobile));
        if self.password.is_none() && email.is_none() {
            return Err(Own::invalid("password", "must be there, or an email address").into());
        }
        let first_password =
            FirstPassword { policy: PasswordPolicy::angus(), valid_seconds: FIRST_PASSWORD };
        let mut profile = Profile {
            name: Text::optional("fullName", given(self.full_name))?,
            given_name: Text::optional("firstName", given(self.first_name))?,
            family_name: Text::optional("lastName", given(self.last_name))?,
            title: Text::optional("title", given(self.title))?,
            source: Some(Text::parse("source", SOURCE)?),
            ..Profile::default()
        };
        let (itc, country) = (self.itc.as_deref(), self.country.clone());
        let number = |mobile: String| phone(&mobile, itc, country.as_deref(), usual);
        let number = mobile.map(number).transpose()?;
        profile.address.country = Text::optional("country", given(self.country))?;
        Ok(NewUser {
            username: Some(Username::parse(&moment.alphanumeric(12).to_lowercase())?),
            email: email.map(|email| Email::parse(&email)).transpose()?,
            phone: number,
            first_password: self.password.is_none().then_some(first_password),
            password: self.password.map(Secret::into_inner),
            password_policy: Some(PasswordPolicy::angus()),
            profile,
            ..NewUser::default()
        })
    }

    /// The tenant that is changed or replaced.
    pub(crate) fn tenant(&self) -> Result<Number, Own> {
        Ok(ids::number(required("id", self.id)?))
    }

    /// The changes that the body names. What it says of the administrator is passed over: his own
    /// routes change him.
    pub(crate) fn changes(self) -> Result<TenantChanges, Error> {
        let text = |text: Option<String>| match text {
            None => Patch::Keep,
            Some(text) if text.trim().is_empty() => Patch::Clear,
            Some(text) => Patch::Set(text),
        };
        Ok(TenantChanges {
            display_name: given(self.name).map(|name| Text::parse("name", name)).transpose()?,
            kind: self.r#type.map(TenantKind::from),
            address: text(self.address),
            remark: text(self.remark),
            ..TenantChanges::default()
        })
    }

    /// The changes that make the tenant what the body says: texts that are absent go.
    pub(crate) fn replacement(self) -> Result<TenantChanges, Fault> {
        let name = required("name", given(self.name))?;
        let kind = required("type", self.r#type)?;
        let text = |text: Option<String>| given(text).map_or(Patch::Clear, Patch::Set);
        Ok(TenantChanges {
            display_name: Some(Text::parse("name", name)?),
            kind: Some(kind.into()),
            address: text(self.address),
            remark: text(self.remark),
            ..TenantChanges::default()
        })
    }
}

/// The tenant that is locked or opened, and the dates; none to open it.
pub(crate) fn lock(body: &LockBody, zone: &TimeZone) -> Result<(Number, Option<LockDates>), Own> {
    Ok((ids::number(required("id", body.id)?), body.dates(zone)?))
}

/// A tenant, as operators see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tenant {
    id: i64,
    no: String,
    name: String,
    r#type: &'static str,
    source: &'static str,
    status: &'static str,
    real_name_status: String,
    address: Option<String>,
    user_count: u64,
    locked: bool,
    last_lock_date: Option<String>,
    lock_start_date: Option<String>,
    lock_end_date: Option<String>,
    remark: Option<String>,
    created_by: i64,
    created_by_name: Option<String>,
    created_date: String,
    last_modified_by: i64,
    last_modified_by_name: Option<String>,
    last_modified_date: String,
}

impl Tenant {
    /// The tenant of `view`.
    pub(crate) fn new(view: &TenantView, call: &impl Answers) -> Result<Self, Fault> {
        let (tenant, voice) = (&view.tenant, call.voice());
        let time = |at: Option<Timestamp>| at.map(|at| voice.time(at));
        Ok(Self {
            id: tenant.number.get(),
            no: tenant.number.to_string(),
            name: tenant.display_name().to_owned(),
            r#type: show_kind(tenant.kind),
            source: SOURCE,
            status: show_status(tenant.status),
            real_name_status: real_name_status(tenant),
            address: tenant.settings.details.address.clone(),
            user_count: view.user_count,
            locked: tenant.is_locked(voice.now()?),
            last_lock_date: time(tenant.last_locked_at),
            lock_start_date: time(tenant.lock.map(|lock| lock.from)),
            lock_end_date: time(tenant.lock.and_then(|lock| lock.until)),
            remark: tenant.settings.details.remark.clone(),
            created_by: authors::number(view.created_by.as_ref()),
            created_by_name: authors::name(view.created_by.as_ref()),
            created_date: voice.time(tenant.created_at),
            last_modified_by: authors::number(view.updated_by.as_ref()),
            last_modified_by_name: authors::name(view.updated_by.as_ref()),
            last_modified_date: voice.time(tenant.updated_at),
        })
    }
}
