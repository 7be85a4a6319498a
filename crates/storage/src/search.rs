//! Searches for users: one model for the query languages of every dialect.
//!
//! A search is a tree of tests, bounded in depth and number. What the index of tokens can say of it
//! is taken from it by [`UserFilter::access`]; the rows themselves decide, see [`crate::tokens`].

use citizenry_identity::{Email, Error, Metadata, TenantId, Timestamp, Username, folded};

use crate::{
    Condition, Conditions, Field, Test, Value, ValueKind,
    ports::{UserField, UserFilter},
    tokens::{Kind, Tokens, is_letter},
};

/// How much of a folded text is stored to be compared, characters: folding may lengthen a text, and
/// an index entry of PostgreSQL has a limit.
const LONGEST_KEY: usize = 255;

/// What a text is compared by: folded and cut.
pub fn text_key(text: &str) -> String {
    folded(text).chars().take(LONGEST_KEY).collect()
}

/// Which users are searched for.
#[derive(Debug, Clone, PartialEq)]
pub enum UserSearch {
    /// Those who pass all of these; everybody when there is none.
    All(Vec<Self>),
    /// Those who pass any of these; nobody when there is none.
    Any(Vec<Self>),
    /// Those who do not pass this. A test of what a user has not is not passed, so its contrary is.
    Not(Box<Self>),
    /// Those who pass this.
    Test(SearchTest),
}

/// A test of one user in a search.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchTest {
    /// Is called so: [`SearchTest::Word`] of name, given name, family name, nickname, username or the
    /// email address before its `@`; or the email address is this; or the phone number contains
    /// these digits (three at least). Free data is never looked at.
    Term(String),
    /// The field contains this text, folded. One or two letters, for which every second user would
    /// be found, must stand at the beginning of a word: first of all, or after a blank or one of
    /// `- . _ '`.
    Word {
        /// A text field.
        field: UserField,
        /// What it contains.
        text: String,
    },
    /// The field passes a test.
    Condition(Condition<UserField>),
    /// The field looks so.
    Pattern {
        /// A text field that is stored folded.
        field: UserField,
        /// How it looks.
        pattern: Pattern,
    },
    /// The domain of the email address is this, in any spelling.
    Domain(String),
    /// Free data has a value, or this one.
    Metadata(MetadataTest),
    /// Some identity has this.
    Identity {
        /// What of the identity.
        field: IdentityField,
        /// What it is, as it is written.
        value: String,
    },
    /// Cannot sign in at a time (`User::is_blocked`), or can.
    Blocked {
        /// When.
        at: Timestamp,
        /// Whether those are wanted who cannot.
        is: bool,
    },
}

/// A text with wild cards: parts in their order, with anything between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The parts; none is empty.
    pub parts: Vec<String>,
    /// Whether the text begins with the first part.
    pub begins: bool,
    /// Whether the text ends with the last part.
    pub ends: bool,
}

/// A test of free data. Values are compared as they are written in JSON, texts without quotes, and
/// as to letter case; levels of arrays have no part in a path. Of the data of one user the first 200
/// paths and values are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataTest {
    /// The path: `user_metadata` or `app_metadata`, and the keys below it, each after a full stop.
    pub path: String,
    /// The value; any when `None`.
    pub value: Option<String>,
}

/// What a search may ask of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityField {
    /// The provider.
    Provider,
    /// What the provider calls the user.
    ProviderUserId,
    /// The name of the connection.
    Connection,
}

/// What the index of tokens must hold of a user for him to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// All of these; never empty.
    All(Vec<Self>),
    /// Any of these; never empty.
    Any(Vec<Self>),
    /// This token.
    Token(i64),
}

/// How the users of a filter are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// By an index of its own, which leaves few.
    Key,
    /// By tokens.
    Tokens(Candidates),
    /// By walking the list: the filter speaks of nothing that must be read through, or its indexes
    /// do.
    Walk,
    /// By reading every user; the parameter that asks for it.
    Scan(&'static str),
}

impl UserSearch {
    /// The most levels of a search.
    pub const MAX_DEPTH: usize = 36;
    /// The most tests of a search.
    pub const MAX_TESTS: usize = 100;
    /// The longest text of a test, characters.
    pub const MAX_TEXT: usize = 512;

    /// Whether storage can follow the search: every list that takes one begins with this.
    ///
    /// # Errors
    /// `Invalid` on `search` when it is too deep or too long, or when a test does not suit its field.
    pub fn check(&self) -> Result<(), Error> {
        let mut left = Self::MAX_TESTS;
        self.check_level(1, &mut left)
    }

    fn check_level(&self, depth: usize, left: &mut usize) -> Result<(), Error> {
        if depth > Self::MAX_DEPTH {
            return Err(refuse("is nested too deep"));
        }
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().try_for_each(|part| part.check_level(depth + 1, left))
            }
            Self::Not(part) => part.check_level(depth + 1, left),
            Self::Test(test) => {
                *left = left.checked_sub(1).ok_or_else(|| refuse("has too many terms"))?;
                test.check()
            }
        }
    }
}

fn refuse(reason: &'static str) -> Error {
    Error::invalid("search", reason)
}

impl SearchTest {
    fn check(&self) -> Result<(), Error> {
        let short = |text: &str| match text.chars().nth(UserSearch::MAX_TEXT) {
            Some(_) => Err(refuse("has a term that is too long")),
            None if text.is_empty() => Err(refuse("has an empty term")),
            None => Ok(()),
        };
        let of_text = |field: UserField| match field.kind() {
            ValueKind::Text => Ok(()),
            _ => Err(refuse("looks for a part of what is no text")),
        };
        match self {
            Self::Term(text) | Self::Domain(text) => short(text),
            Self::Word { field, text } => of_text(*field).and_then(|()| short(text)),
            Self::Condition(condition) => {
                let conditions = Conditions { all: vec![condition.clone()], search: None };
                conditions
                    .check()
                    .map_err(|_unsuitable| refuse("holds a field against what it cannot be"))
            }
            Self::Pattern { field, pattern } => {
                of_text(*field)?;
                if pattern.parts.is_empty() || pattern.parts.len() > 10 {
                    return Err(refuse("has a pattern of too many parts, or of none"));
                }
                pattern.parts.iter().try_for_each(|part| short(part))
            }
            Self::Metadata(MetadataTest { path, value }) => {
                // The first part of a path is not in the data.
                if path.split('.').count() > Metadata::MAX_DEPTH + 1 {
                    return Err(refuse("has a path that is too deep"));
                }
                short(path)?;
                value.as_deref().filter(|value| !value.is_empty()).map_or(Ok(()), short)
            }
            Self::Identity { value, .. } => short(value),
            Self::Blocked { .. } => Ok(()),
        }
    }
}

impl UserField {
    /// What a text is compared by in this field: its key, or the text itself where the field is
    /// stored as it is written.
    pub fn key(self, text: &str) -> String {
        match self {
            Self::Username => Username::key_of(text).unwrap_or_else(|| folded(text)),
            Self::Email => Email::key_of(text).unwrap_or_else(|| folded(text)),
            Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::Nickname
            | Self::Title
            | Self::Landline => text_key(text),
            _ => text.to_owned(),
        }
    }
}

/// Where in a field a part of its text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere.
    Anywhere,
    /// Where a word begins.
    OfWord,
    /// At the beginning of the text.
    First,
}

/// Looks tokens up for a filter of one tenant.
struct Finder {
    tokens: Tokens,
}

fn all(mut parts: Vec<Candidates>) -> Option<Candidates> {
    if parts.len() > 1 { Some(Candidates::All(parts)) } else { parts.pop() }
}

/// Any of the parts, if each of them can be looked for.
fn any(parts: Vec<Option<Candidates>>) -> Option<Candidates> {
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    if parts.len() > 1 { Some(Candidates::Any(parts)) } else { parts.pop() }
}

impl Finder {
    fn grams(&self, kind: Kind, part: &str, begins: bool) -> Option<Candidates> {
        all(self.tokens.of_part(kind, part, begins).into_iter().map(Candidates::Token).collect())
    }

    /// Candidates for a field that has `part`, its key, in some place.
    fn part(&self, field: UserField, part: &str, place: Place) -> Option<Candidates> {
        let begins = place != Place::Anywhere;
        match field {
            UserField::Name
            | UserField::GivenName
            | UserField::FamilyName
            | UserField::Nickname
            | UserField::Username => self.grams(Kind::Word, part, begins),
            UserField::Phone | UserField::E164 => self.grams(Kind::Phone, part, false),
            UserField::Email => self.part_of_email(part, place),
            UserField::Title => self.grams(Kind::Title, part, begins),
            UserField::Landline => self.grams(Kind::Landline, part, false),
            UserField::Number => self.grams(Kind::Number, part, false),
            _ => None,
        }
    }

    fn part_of_email(&self, part: &str, place: Place) -> Option<Candidates> {
        let begins = place != Place::Anywhere;
        let local = |part: &str| self.grams(Kind::Word, part, begins);
        let Some((before, after)) = part.rsplit_once('@') else {
            if place == Place::First {
                return local(part);
            }
            return any(vec![local(part), self.grams(Kind::Domain, part, begins)]);
        };
        let domain = self.grams(Kind::Domain, after, true);
        // A quoted local part may hold the `@`.
        let both = all(local(before).into_iter().chain(domain).collect());
        any(vec![both, local(part)])
    }

    fn condition(&self, condition: &Condition<UserField>) -> Option<Candidates> {
        let field = condition.field;
        let equal = |value: &Value| match value {
            Value::Text(text) => self.whole(field, &field.key(text)),
            _ => None,
        };
        match &condition.test {
            Test::Contains(text) => self.part(field, &field.key(text), Place::Anywhere),
            Test::StartsWith(text) => self.part(field, &field.key(text), Place::First),
            Test::Equal(value) => equal(value),
            Test::In(values) if !values.is_empty() && values.len() <= 20 => {
                any(values.iter().map(equal).collect())
            }
            _ => None,
        }
    }

    /// Candidates for a field that is this, its key.
    fn whole(&self, field: UserField, key: &str) -> Option<Candidates> {
        match field {
            UserField::Email => Some(Candidates::Token(self.tokens.whole(Kind::Email, key))),
            _ => self.part(field, key, Place::First),
        }
    }

    fn word(&self, field: UserField, text: &str) -> Option<Candidates> {
        let key = field.key(text);
        let place = if begins_a_word(&key) { Place::OfWord } else { Place::Anywhere };
        self.part(field, &key, place)
    }

    fn term(&self, text: &str) -> Option<Candidates> {
        let key = text_key(text);
        let mut ways = vec![self.grams(Kind::Word, &key, begins_a_word(&key))];
        if text.contains('@') {
            ways.push(self.whole(UserField::Email, &UserField::Email.key(text)));
        }
        if let Some(digits) = digits(text) {
            ways.push(self.grams(Kind::Phone, digits, false));
        }
        any(ways)
    }

    fn test(&self, test: &SearchTest) -> Option<Candidates> {
        match test {
            SearchTest::Term(text) => self.term(text),
            SearchTest::Word { field, text } => self.word(*field, text),
            SearchTest::Condition(condition) => self.condition(condition),
            SearchTest::Pattern { field, pattern } => {
                let places = std::iter::once(pattern.begins).chain(std::iter::repeat(false));
                let parts = pattern.parts.iter().zip(places).filter_map(|(part, begins)| {
                    let place = if begins { Place::First } else { Place::Anywhere };
                    self.part(*field, &field.key(part), place)
                });
                all(parts.collect())
            }
            SearchTest::Domain(domain) => self.grams(Kind::Domain, &domain_key(domain), true),
            SearchTest::Metadata(test) => Some(Candidates::Token(test.token(&self.tokens))),
            SearchTest::Identity { .. } | SearchTest::Blocked { .. } => None,
        }
    }

    fn search(&self, search: &UserSearch) -> Option<Candidates> {
        match search {
            UserSearch::All(parts) => {
                all(parts.iter().filter_map(|part| self.search(part)).collect())
            }
            UserSearch::Any(parts) => any(parts.iter().map(|part| self.search(part)).collect()),
            UserSearch::Not(_) => None,
            UserSearch::Test(test) => self.test(test),
        }
    }
}

/// Whether a word that is searched for, a key, must stand where a word begins: see
/// [`SearchTest::Word`].
pub fn begins_a_word(key: &str) -> bool {
    key.chars().count() <= 2 && key.chars().all(is_letter)
}

/// The digits of a term that may be a part of a phone number: at least three, after a `+` or not.
pub fn digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let all = digits.len() >= 3 && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit());
    all.then_some(digits)
}

/// A domain as the keys of email addresses write it.
pub fn domain_key(domain: &str) -> String {
    let address = Email::key_of(&format!("a@{domain}"));
    let key = address.as_deref().and_then(|key| key.strip_prefix("a@"));
    key.map_or_else(|| folded(domain), str::to_owned)
}

impl MetadataTest {
    fn token(&self, tokens: &Tokens) -> i64 {
        match &self.value {
            Some(value) => tokens.value(&self.path, value),
            None => tokens.whole(Kind::Path, &self.path),
        }
    }

    /// The token that a user of `tenant` has who passes the test.
    pub fn token_of(&self, tenant: TenantId) -> i64 {
        self.token(&Tokens::of(tenant))
    }
}

/// Whether a condition is served by a unique index, or by one as good.
fn is_key(condition: &Condition<UserField>) -> bool {
    use UserField::{E164, Email, Number, Phone, Subject, Username};
    matches!(condition.field, E164 | Email | Number | Phone | Subject | Username)
        && matches!(condition.test, Test::Equal(_) | Test::In(_))
}

/// Whether a condition is a range of an index in whose order lists may be read.
fn is_range(condition: &Condition<UserField>) -> bool {
    matches!(condition.field, UserField::CreatedAt | UserField::UpdatedAt | UserField::LastLoginAt)
        && !matches!(condition.test, Test::IsNull)
}

impl UserFilter {
    /// The conditions that every user of the search must pass.
    fn certain_conditions(&self) -> impl Iterator<Item = &Condition<UserField>> {
        let searched: &[UserSearch] = match &self.search {
            Some(UserSearch::All(parts)) => parts,
            Some(search) => std::slice::from_ref(search),
            None => &[],
        };
        let searched = searched.iter().filter_map(|part| match part {
            UserSearch::Test(SearchTest::Condition(condition)) => Some(condition),
            _ => None,
        });
        searched.chain(&self.conditions.all)
    }

    /// How the users that it lets through are found in a tenant.
    pub fn access(&self, tenant: TenantId) -> Access {
        if self.email_key.is_some()
            || self.username_key.is_some()
            || self.certain_conditions().any(is_key)
        {
            return Access::Key;
        }
        let finder = Finder { tokens: Tokens::of(tenant) };
        let nickname = self.nickname_contains.as_deref();
        let phone = self.phone_contains.as_deref();
        let mut found: Vec<_> = [(UserField::Nickname, nickname), (UserField::E164, phone)]
            .into_iter()
            .filter_map(|(field, part)| finder.part(field, &field.key(part?), Place::Anywhere))
            .collect();
        // What a b-tree finds needs no tokens.
        let scanned = self.conditions.all.iter().filter(|condition| condition.test.is_scan());
        found.extend(scanned.filter_map(|condition| finder.condition(condition)));
        if let Some(search) = &self.conditions.search {
            let ways = search.fields.iter();
            let ways =
                ways.map(|field| finder.part(*field, &field.key(&search.text), Place::Anywhere));
            found.extend(any(ways.collect()));
        }
        found.extend(self.search.as_ref().and_then(|search| finder.search(search)));
        if let Some(candidates) = all(found) {
            return Access::Tokens(candidates);
        }
        match self {
            Self { nickname_contains: Some(_), .. } => Access::Scan("nickname"),
            Self { phone_contains: Some(_), .. } => Access::Scan("phone"),
            Self { conditions, .. } if conditions.is_scan() => Access::Scan("filter"),
            Self { search: Some(_), .. } if !self.certain_conditions().any(is_range) => {
                Access::Scan("search")
            }
            _ => Access::Walk,
        }
    }
}

#[cfg(test)]
mod tests {
    use citizenry_identity::Id as _;
    use ulid::Ulid;

    use super::*;

    fn tenant() -> TenantId {
        TenantId::from_ulid(Ulid::nil())
    }

    fn term(text: &str) -> UserSearch {
        UserSearch::Test(SearchTest::Term(text.to_owned()))
    }

    fn access(search: UserSearch) -> Access {
        UserFilter { search: Some(search), ..UserFilter::default() }.access(tenant())
    }

    fn nested(depth: usize) -> UserSearch {
        (1..depth).fold(term("a"), |inner, _| UserSearch::Not(Box::new(inner)))
    }

    #[test]
    fn searches_are_bounded() {
        assert!(nested(36).check().is_ok());
        assert!(nested(37).check().is_err());
        assert!(UserSearch::All(vec![term("a"); 100]).check().is_ok());
        assert!(UserSearch::Any(vec![term("a"); 101]).check().is_err());
        assert!(term(&"李".repeat(512)).check().is_ok());
        assert!(term(&"李".repeat(513)).check().is_err());
        assert!(term("").check().is_err());
        let path = |depth| MetadataTest { path: vec!["a"; depth].join("."), value: None };
        assert!(UserSearch::Test(SearchTest::Metadata(path(17))).check().is_ok());
        assert!(UserSearch::Test(SearchTest::Metadata(path(18))).check().is_err());
    }

    #[test]
    fn a_number_has_no_parts() {
        let word = |field| SearchTest::Word { field, text: "1".to_owned() };
        assert!(UserSearch::Test(word(UserField::Name)).check().is_ok());
        assert!(UserSearch::Test(word(UserField::Number)).check().is_err());
    }

    #[test]
    fn some_way_leads_to_what_is_searched_for() {
        let email = Condition::equal(UserField::Email, Value::from("fioman@qq.com"));
        let email = UserSearch::Test(SearchTest::Condition(email));
        assert_eq!(access(email.clone()), Access::Key);
        assert_eq!(access(UserSearch::All(vec![term("李"), email.clone()])), Access::Key);
        let either = access(UserSearch::Any(vec![term("李雷"), email]));
        assert!(matches!(either, Access::Tokens(Candidates::Any(ways)) if ways.len() == 2));
        assert!(matches!(access(term("李雷")), Access::Tokens(Candidates::Token(_))));
        assert!(matches!(access(term("oman")), Access::Tokens(Candidates::All(_))));
        assert_eq!(access(UserSearch::Not(Box::new(term("oman")))), Access::Scan("search"));
        assert_eq!(access(term("···")), Access::Scan("search"));
    }

    #[test]
    fn the_ways_of_an_alternative_must_all_be_known() {
        let unknown = UserSearch::Test(SearchTest::Blocked {
            at: Timestamp::from_unix_micros(0).unwrap(),
            is: true,
        });
        let either = UserSearch::Any(vec![term("李雷"), unknown.clone()]);
        assert_eq!(access(either), Access::Scan("search"));
        let both = UserSearch::All(vec![term("李雷"), unknown]);
        assert!(matches!(access(both), Access::Tokens(_)));
    }

    #[test]
    fn digits_are_a_part_of_a_number() {
        assert_eq!(digits("+86186"), Some("86186"));
        for text in ["12", "1234567890123456", "12a", "+", "１２３"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }

    #[test]
    fn domains_are_compared_as_addresses_write_them() {
        assert_eq!(domain_key("Bücher.example"), "xn--bcher-kva.example");
        assert_eq!(domain_key("not a domain"), "not a domain");
    }
}
