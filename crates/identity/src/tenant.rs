//! Tenants: the hard walls.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Error, LockWindow, Metadata, Number, PasswordPolicy, Quotas, TenantId, TimeZone, Timestamp,
    UserId, WebUrl,
};

/// The name of a tenant, unique in the installation: 1 to 63 lower-case letters, digits and inner
/// hyphens (a host label), so that it can stand in a path and in a host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(String);

impl TenantName {
    /// The tenant that an installation starts with.
    pub const DEFAULT: &'static str = "default";

    /// Reads a name.
    ///
    /// # Errors
    /// `Invalid` on `name`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(legal)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid(
                "name",
                "must be 1 to 63 lower-case letters, digits and inner hyphens",
            ))
        }
    }

    /// A name that the database holds already; not checked again.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the tenant that an installation starts with.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a tenant's doors are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TenantStatus {
    /// Served.
    Enabled,
    /// Everything is kept, nobody is let in: tokens and credentials of the tenant are refused.
    Disabled,
}

impl TenantStatus {
    /// The status as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// The status that [`TenantStatus::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled].into_iter().find(|status| status.as_str() == word)
    }
}

/// What kind of customer a tenant is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum TenantKind {
    /// Not said.
    #[default]
    Unknown,
    /// One person.
    Personal,
    /// A company.
    Enterprise,
    /// An authority.
    Government,
}

impl TenantKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Personal, Self::Enterprise, Self::Government];

    /// The kind as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Personal => "personal",
            Self::Enterprise => "enterprise",
            Self::Government => "government",
        }
    }

    /// The kind that [`TenantKind::as_str`] writes as `word`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A tenant: every row belongs to one, nothing crosses.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    /// The identifier.
    pub id: TenantId,
    /// The number.
    pub number: Number,
    /// The name.
    pub name: TenantName,
    /// Whether it is served.
    pub status: TenantStatus,
    /// What kind of customer it is.
    pub kind: TenantKind,
    /// When it is closed for a while; no lock when nothing is set.
    pub lock: Option<LockWindow>,
    /// When it was last locked.
    pub last_locked_at: Option<Timestamp>,
    /// Its settings.
    pub settings: TenantSettings,
    /// The operator who made it, where he was a user.
    pub created_by: Option<UserId>,
    /// The user who last changed it.
    pub updated_by: Option<UserId>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Tenant {
    /// A new, enabled tenant with default settings.
    pub fn new(id: TenantId, number: Number, name: TenantName, now: Timestamp) -> Self {
        Self {
            id,
            number,
            name,
            status: TenantStatus::Enabled,
            kind: TenantKind::default(),
            lock: None,
            last_locked_at: None,
            settings: TenantSettings::default(),
            created_by: None,
            updated_by: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whether the tenant is served at `now`: enabled, and its lock's window does not contain it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.status == TenantStatus::Enabled && !self.is_locked(now)
    }

    /// Whether the tenant's lock holds at `now`.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.lock.is_some_and(|window| window.contains(now))
    }

    /// Closes the tenant for a while, or opens it again.
    pub fn set_lock(&mut self, window: Option<LockWindow>, now: Timestamp) {
        self.lock = window;
        if window.is_some() {
            self.last_locked_at = Some(now);
        }
        self.updated_at = now;
    }

    /// What people call it: the display name, else the name.
    pub fn display_name(&self) -> &str {
        self.settings.display_name.as_deref().unwrap_or(self.name.as_str())
    }

    /// Opens or closes the tenant.
    pub fn set_status(&mut self, status: TenantStatus, now: Timestamp) {
        self.status = status;
        self.updated_at = now;
    }

    /// The time zone of times that carry none.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::parse(&self.settings.time_zone).unwrap_or_else(|_unknown| TimeZone::utc())
    }
}

/// What a tenant's administrator may set. Stored as one JSON document; unknown members of a newer
/// release are ignored, missing ones have their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantSettings {
    /// The name for people.
    pub display_name: Option<String>,
    /// What the tenant is for.
    pub description: Option<String>,
    /// The region it is said to be in.
    pub region: Option<String>,
    /// `development`, `staging` or `production`.
    pub environment: String,
    /// The audience of token requests that name none.
    pub default_audience: Option<String>,
    /// The name of the connection that new users go to when a dialect names none.
    pub default_connection: String,
    /// The logo's URL.
    pub picture: Option<String>,
    /// Where users find help by mail.
    pub support_email: Option<String>,
    /// Where users find help on the web.
    pub support_url: Option<String>,
    /// Where a logout may lead.
    pub allowed_logout_urls: Vec<String>,
    /// How long a session may last, hours.
    pub session_lifetime: u32,
    /// How long a session may be idle, hours.
    pub idle_session_lifetime: u32,
    /// Where to send a browser that has lost its way.
    pub default_redirection_uri: Option<String>,
    /// The languages of hosted pages.
    pub enabled_locales: Vec<String>,
    /// The IANA name of the time zone of times that carry none.
    pub time_zone: String,
    /// The calling code of phone numbers that carry none.
    pub phone_country: u16,
    /// How its people sign in.
    pub sign_in: SignInSettings,
    /// What its people's new passwords must be like.
    pub password_policy: PasswordPolicy,
    /// What its pages look like.
    pub branding: BrandingSettings,
    /// How much of each thing it may have, for the dialects that count.
    pub quotas: Quotas,
    /// Who is behind it.
    pub details: TenantDetails,
    /// Whoever shows this text may sign up as a member, also where sign-up is closed.
    pub invitation_code: Option<String>,
    /// Further settings of the management dialects that nothing here acts on, kept as they came.
    pub other: Map<String, Value>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            display_name: None,
            description: None,
            region: None,
            environment: "development".to_owned(),
            default_audience: None,
            default_connection: "authok".to_owned(),
            picture: None,
            support_email: None,
            support_url: None,
            allowed_logout_urls: Vec::new(),
            session_lifetime: 168,
            idle_session_lifetime: 72,
            default_redirection_uri: None,
            enabled_locales: vec!["en".to_owned(), "zh-CN".to_owned()],
            time_zone: "UTC".to_owned(),
            phone_country: 86,
            sign_in: SignInSettings::default(),
            password_policy: PasswordPolicy::default(),
            branding: BrandingSettings::default(),
            quotas: Quotas::default(),
            details: TenantDetails::default(),
            invitation_code: None,
            other: Map::new(),
        }
    }
}

impl TenantSettings {
    /// The settings, if every one is in its limits.
    ///
    /// # Errors
    /// `Invalid` on the setting that is not.
    pub fn checked(self) -> Result<Self, Error> {
        TimeZone::parse(&self.time_zone)?;
        let hours = 1..=8_784;
        if !hours.contains(&self.session_lifetime) {
            return Err(Error::invalid("session_lifetime", "must be 1 to 8784 hours"));
        }
        if !hours.contains(&self.idle_session_lifetime) {
            return Err(Error::invalid("idle_session_lifetime", "must be 1 to 8784 hours"));
        }
        if !(1..=999).contains(&self.phone_country) {
            return Err(Error::invalid("phone_country", "must be a calling code"));
        }
        self.sign_in.check()?;
        self.password_policy.clone().checked()?;
        self.branding.check()?;
        // One limit for the document as a whole bounds every text and list in it.
        let document = serde_json::to_value(&self).map_err(Error::internal)?;
        if let Value::Object(document) = document {
            Metadata::new("settings", document)?;
        }
        Ok(self)
    }
}

/// Who is behind a tenant, as the operator notes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantDetails {
    /// The postal address.
    pub address: Option<String>,
    /// What the operator remarks.
    pub remark: Option<String>,
    /// How far the customer's name has been proved, in the dialects' words (`AUDITED`, …).
    pub real_name_status: Option<String>,
}

/// How the people of a tenant sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInSettings {
    /// After how many failures in a row an account is locked; 1 to 100.
    pub lockout_threshold: u32,
    /// How long the first lock lasts, seconds; each further one in a row twice as long.
    pub lockout_seconds: u32,
    /// The longest that a lock lasts, seconds.
    pub lockout_max_seconds: u32,
    /// After how many failures in an hour further attempts from one address are delayed; 1 to 10000.
    pub address_threshold: u32,
    /// How long a mail that sets a new password is good, seconds.
    pub reset_ticket_seconds: u32,
    /// How long a mail that verifies an address is good, seconds.
    pub verification_ticket_seconds: u32,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            lockout_threshold: 5,
            lockout_seconds: 60,
            lockout_max_seconds: 3_600,
            address_threshold: 50,
            reset_ticket_seconds: 3_600,
            verification_ticket_seconds: 432_000,
        }
    }
}

impl SignInSettings {
    /// The longest that a lock may last and a mailed ticket may be good, seconds.
    const MAX_LOCK: u32 = 86_400;
    const MAX_TICKET: u32 = 2_592_000;

    fn check(&self) -> Result<(), Error> {
        let within = |name: &str, value: u32, least: u32, most: u32| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let reason = format!("must be {least} to {most}");
            Err(Error::invalid(format!("sign_in.{name}"), reason))
        };
        within("lockout_threshold", self.lockout_threshold, 1, 100)?;
        within("lockout_seconds", self.lockout_seconds, 1, Self::MAX_LOCK)?;
        let (least, most) = (self.lockout_seconds, Self::MAX_LOCK);
        within("lockout_max_seconds", self.lockout_max_seconds, least, most)?;
        within("address_threshold", self.address_threshold, 1, 10_000)?;
        let most = Self::MAX_TICKET;
        within("reset_ticket_seconds", self.reset_ticket_seconds, 60, most)?;
        within("verification_ticket_seconds", self.verification_ticket_seconds, 60, most)
    }
}

/// What the hosted pages of a tenant look like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BrandingSettings {
    /// The logo's URL, http or https; the tenant's `picture` when there is none.
    pub logo_url: Option<String>,
    /// The colour of buttons and links, `#rrggbb`.
    pub primary_colour: Option<String>,
    /// The colour of the page behind the card, `#rrggbb`.
    pub page_background: Option<String>,
    /// A background that goes from one colour to another, instead of the one colour.
    pub page_gradient: Option<PageGradient>,
    /// Texts in place of the built-in ones: language, then the text's name, then the text.
    pub texts: std::collections::BTreeMap<String, std::collections::BTreeMap<String, String>>,
    /// Further settings of the management dialects that no page follows, kept as they came.
    pub other: Map<String, Value>,
}

/// A background that goes from one colour to another in a straight line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageGradient {
    /// The colour that it begins with, `#rrggbb`.
    pub start: String,
    /// The colour that it ends with, `#rrggbb`.
    pub end: String,
    /// Its direction in degrees, 0 to 359: 0 upwards, 90 to the right.
    pub angle: u16,
}

impl BrandingSettings {
    /// The settings, if they can be followed.
    ///
    /// # Errors
    /// `Invalid` on `branding.<member>`.
    fn check(&self) -> Result<(), Error> {
        if let Some(url) = &self.logo_url {
            WebUrl::parse("branding.logo_url", url)?;
        }
        let gradient = self.page_gradient.as_ref();
        let colours = [
            ("primary_colour", self.primary_colour.as_ref()),
            ("page_background", self.page_background.as_ref()),
            ("page_gradient.start", gradient.map(|gradient| &gradient.start)),
            ("page_gradient.end", gradient.map(|gradient| &gradient.end)),
        ];
        for (name, colour) in colours {
            if colour.is_some_and(|colour| !is_colour(colour)) {
                return Err(Error::invalid(format!("branding.{name}"), "must be #rrggbb"));
            }
        }
        if gradient.is_some_and(|gradient| gradient.angle >= 360) {
            return Err(Error::invalid("branding.page_gradient.angle", "must be 0 to 359"));
        }
        Ok(())
    }
}

/// Whether a text is a colour of CSS, `#rrggbb`.
fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_host_labels() {
        assert!(TenantName::parse("acme-2").is_ok());
        let long = "a".repeat(64);
        for text in ["", "Acme", "-a", "a-", "a.b", "a/b", "公司", &long] {
            assert!(TenantName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn settings_out_of_limits_are_named() {
        let settings = TenantSettings { session_lifetime: 0, ..TenantSettings::default() };
        let error = settings.checked().unwrap_err();
        assert!(matches!(error, Error::Invalid { field, .. } if field == "session_lifetime"));
        let settings = TenantSettings { time_zone: "Mars".into(), ..TenantSettings::default() };
        assert!(settings.checked().is_err());
    }

    #[test]
    fn colours_and_logos_that_no_page_can_show_are_refused() {
        let refused = |branding: Value| {
            let branding = serde_json::from_value(branding).unwrap();
            let settings = TenantSettings { branding, ..TenantSettings::default() };
            match settings.checked() {
                Err(Error::Invalid { field, .. }) => field.into_owned(),
                _ => String::new(),
            }
        };
        let gradient =
            |end: &str, angle: u16| json!({ "start": "#000000", "end": end, "angle": angle });
        for (branding, field) in [
            (json!({ "primary_colour": "#0f766e" }), ""),
            (json!({ "primary_colour": "teal" }), "branding.primary_colour"),
            (json!({ "page_background": "#fff" }), "branding.page_background"),
            (json!({ "page_gradient": gradient("#FFFFFF", 359) }), ""),
            (json!({ "page_gradient": gradient("white", 0) }), "branding.page_gradient.end"),
            (json!({ "page_gradient": gradient("#ffffff", 360) }), "branding.page_gradient.angle"),
            (json!({ "logo_url": "javascript:alert(1)" }), "branding.logo_url"),
        ] {
            assert_eq!(refused(branding), field);
        }
    }
}
