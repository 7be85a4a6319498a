//! What each door shows of a user: the table that the test holds the doors to and that the
//! documentation prints.

use serde_json::{Map, Value, json};

/// How a door shows a field.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// Not at all. What other doors have written is kept.
    Never,
    /// Under this name.
    As(&'static str, Form),
}

/// How a value is written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// As it is.
    Same,
    /// The part of a phone number after the country's code.
    National,
    /// The country's code of a phone number.
    CountryCode,
    /// 0 unknown, 1 male, 2 female.
    GenderNumber,
    /// `UNKNOWN`, `MALE`, `FEMALE`.
    GenderWord,
    /// A number as text.
    NumberAsText,
}

impl Form {
    /// The canonical value in this form.
    pub(crate) fn of(self, value: &Value) -> Value {
        let text = value.as_str().unwrap_or_default();
        match self {
            Self::Same => value.clone(),
            // The people of the test have numbers of +86 alone.
            Self::National => json!(text.trim_start_matches("+86")),
            Self::CountryCode => json!("86"),
            Self::GenderNumber => json!(match text {
                "male" => 1,
                "female" => 2,
                _ => 0,
            }),
            Self::GenderWord => json!(text.to_uppercase()),
            Self::NumberAsText => json!(value.to_string()),
        }
    }
}

/// One canonical field and how each door shows it; two rows where a door has two names for parts.
pub(crate) struct Row {
    /// The field of the model.
    pub(crate) field: &'static str,
    pub(crate) authok: Shown,
    pub(crate) audience_manager: Shown,
    pub(crate) angus: Shown,
}

/// A door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Authok,
    AudienceManager,
    Angus,
}

impl Door {
    pub(crate) const ALL: [Self; 3] = [Self::Authok, Self::AudienceManager, Self::Angus];

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Authok => "Authok",
            Self::AudienceManager => "Audience Manager",
            Self::Angus => "AngusGM",
        }
    }
}

impl Row {
    pub(crate) const fn shown(&self, door: Door) -> Shown {
        match door {
            Door::Authok => self.authok,
            Door::AudienceManager => self.audience_manager,
            Door::Angus => self.angus,
        }
    }
}

const fn row(field: &'static str, authok: Shown, audience_manager: Shown, angus: Shown) -> Row {
    Row { field, authok, audience_manager, angus }
}

use Form::{CountryCode, GenderNumber, GenderWord, National, NumberAsText, Same};
use Shown::{As, Never};

/// What a user is made of, as far as more doors than one, or one of them alone, can write it.
pub(crate) const FIELDS: [Row; 27] = [
    row("number", Never, As("userId", Same), As("id", NumberAsText)),
    row("username", As("username", Same), As("username", Same), As("username", Same)),
    row("email", As("email", Same), As("email", Same), As("email", Same)),
    row("phone", As("phone_number", National), Never, As("mobile", National)),
    row("phone", As("phone_country_code", CountryCode), Never, As("itc", CountryCode)),
    row("name", As("name", Same), Never, As("fullName", Same)),
    row("given_name", As("given_name", Same), As("firstName", Same), As("firstName", Same)),
    row("family_name", As("family_name", Same), As("lastName", Same), As("lastName", Same)),
    row("nickname", As("nickname", Same), Never, Never),
    row("picture", As("picture", Same), Never, As("avatar", Same)),
    row("gender", As("gender", GenderNumber), Never, As("gender", GenderWord)),
    row("birthdate", As("birthdate", Same), Never, Never),
    row("locale", As("locale", Same), Never, Never),
    row("title", Never, As("title", Same), As("title", Same)),
    row("landline", Never, As("phoneNumber", Same), As("landline", Same)),
    row("address", As("address", Same), Never, As("address", Same)),
    row("country", As("country", Same), Never, As("country", Same)),
    row("province", As("province", Same), Never, Never),
    row("city", As("city", Same), Never, Never),
    row("district", As("region", Same), Never, Never),
    row("postal_code", As("postal_code", Same), Never, Never),
    row("description", As("description", Same), Never, Never),
    row("email_verified", As("email_verified", Same), Never, Never),
    row("phone_verified", As("phone_number_verified", Same), Never, Never),
    row("user_metadata", As("user_metadata", Same), Never, Never),
    row("app_metadata", As("app_metadata", Same), Never, Never),
    row("administrator", Never, Never, As("sysAdmin", Same)),
];

/// A state of an account, how it came about, and what each door says of it.
pub(crate) struct State {
    /// The state, in the words of the model.
    pub(crate) words: &'static str,
    /// Authok's `blocked`.
    pub(crate) blocked: bool,
    /// Audience Manager's `status`.
    pub(crate) status: &'static str,
    /// AngusGM's `enabled`.
    pub(crate) enabled: bool,
    /// AngusGM's `locked`.
    pub(crate) locked: bool,
}

/// The states that doors can bring about.
pub(crate) const STATES: [State; 5] = [
    State { words: "active", blocked: false, status: "ACTIVE", enabled: true, locked: false },
    State {
        words: "active, locked by an administrator",
        blocked: true,
        status: "LOCKED",
        enabled: true,
        locked: true,
    },
    State {
        words: "active, with a lock that begins later",
        blocked: false,
        status: "ACTIVE",
        enabled: true,
        locked: false,
    },
    State { words: "suspended", blocked: true, status: "INACTIVE", enabled: false, locked: false },
    State {
        words: "suspended, locked by an administrator",
        blocked: true,
        status: "LOCKED",
        enabled: false,
        locked: true,
    },
];

impl State {
    /// The state of these words.
    pub(crate) fn of(words: &str) -> &'static Self {
        STATES.iter().find(|state| state.words == words).expect("no such state in the table")
    }

    /// What `door` says of an account in this state.
    pub(crate) fn shown(&self, door: Door) -> Map<String, Value> {
        let members = match door {
            Door::Authok => json!({ "blocked": self.blocked }),
            Door::AudienceManager => json!({ "status": self.status }),
            Door::Angus => json!({ "enabled": self.enabled, "locked": self.locked }),
        };
        members.as_object().cloned().unwrap_or_default()
    }
}
