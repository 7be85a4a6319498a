//! What a new password must be like.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{Error, folded};

mod alphabet;
mod connection_options;
mod dialects;

pub use alphabet::PasswordAlphabet;

/// What a new password must be like. [`Default`] is what a tenant starts with; the policy is data
/// alone, `citizenry-authn` holds a password against it.
///
/// ```
/// use citizenry_identity::{PasswordPolicy, PasswordRule};
///
/// let rules = PasswordPolicy::default().rules();
/// assert!(rules.contains(&PasswordRule::MinLength(8)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each rule stands for itself")]
pub struct PasswordPolicy {
    /// The least number of characters (Unicode code points), 1 to 128.
    pub min_length: u16,
    /// The greatest number of characters, `min_length` to 1024.
    pub max_length: u16,
    /// Classes of which each must occur.
    pub required_classes: BTreeSet<CharacterClass>,
    /// How many of the four classes must occur at least, 0 to 4.
    pub min_classes: u8,
    /// How often the same character may stand in a row, at least 1; `None`: as often as it likes.
    pub max_identical: Option<u8>,
    /// How many letters or digits may stand in a row in ascending or descending order (`abc`,
    /// `321`), at least 2; `None`: as many as they like.
    pub max_sequential: Option<u8>,
    /// The least score of `zxcvbn`, 0 (anything) to 4 (more than 10^10 guesses).
    pub min_score: u8,
    /// Whether passwords of the list of common ones are refused.
    pub refuse_common: bool,
    /// Further passwords that are refused, in any case; at most 200 of at most 50 characters.
    pub refused_passwords: BTreeSet<String>,
    /// How many former passwords may not come again, the present one included; 0 to 24.
    pub history: u8,
    /// Whether a password may not contain its owner's username, names, phone number or the part of
    /// his email address before the `@`.
    pub refuse_personal_data: bool,
    /// Whether it may not contain the number either that its owner is known by.
    pub refuse_user_number: bool,
    /// Whether the first and the last character must be a letter or a digit.
    pub alphanumeric_ends: bool,
    /// Alphabets: each of them must have every character.
    pub alphabets: BTreeSet<PasswordAlphabet>,
    /// Characters that count for no class; at most 50.
    pub uncounted: BTreeSet<char>,
    /// Whether at least half as many different characters as it is long must occur.
    pub half_distinct: bool,
}

impl Default for PasswordPolicy {
    /// Eight characters that are not easily guessed (NIST SP 800-63B asks for no classes).
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 256,
            min_score: 2,
            refuse_common: true,
            refuse_personal_data: true,
            ..Self::permissive()
        }
    }
}

impl PasswordPolicy {
    /// The greatest number of former passwords that a policy may ask to remember.
    pub const MAX_HISTORY: u8 = 24;

    /// One that accepts anything but an empty password and one of more than 1024 characters.
    pub fn permissive() -> Self {
        Self {
            min_length: 1,
            max_length: 1024,
            required_classes: BTreeSet::new(),
            min_classes: 0,
            max_identical: None,
            max_sequential: None,
            min_score: 0,
            refuse_common: false,
            refused_passwords: BTreeSet::new(),
            history: 0,
            refuse_personal_data: false,
            refuse_user_number: false,
            alphanumeric_ends: false,
            alphabets: BTreeSet::new(),
            uncounted: BTreeSet::new(),
            half_distinct: false,
        }
    }

    /// The policy itself, if its numbers are within their limits.
    ///
    /// # Errors
    /// `Invalid` on `password_policy.<member>`.
    pub fn checked(self) -> Result<Self, Error> {
        let refuse = |member: &str, reason: &str| {
            Err(Error::invalid(format!("password_policy.{member}"), reason))
        };
        if !(1..=128).contains(&self.min_length) {
            return refuse("min_length", "must be 1 to 128");
        }
        if !(self.min_length..=1024).contains(&self.max_length) {
            return refuse("max_length", "must be min_length to 1024");
        }
        if self.min_classes > 4 {
            return refuse("min_classes", "must be 0 to 4");
        }
        if self.max_identical == Some(0) {
            return refuse("max_identical", "must be at least 1");
        }
        if self.max_sequential.is_some_and(|count| count < 2) {
            return refuse("max_sequential", "must be at least 2");
        }
        if self.min_score > 4 {
            return refuse("min_score", "must be 0 to 4");
        }
        if self.history > Self::MAX_HISTORY {
            return refuse("history", "must be 0 to 24");
        }
        if self.refused_passwords.len() > 200
            || self.refused_passwords.iter().any(|word| word.chars().count() > 50)
        {
            return refuse("refused_passwords", "must be at most 200 of at most 50 characters");
        }
        if self.uncounted.len() > 50 {
            return refuse("uncounted", "must be at most 50");
        }
        Ok(self)
    }

    /// The policy of those who must satisfy both: of each rule the stricter.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.min_length = self.min_length.max(other.min_length);
        self.max_length = self.max_length.min(other.max_length).max(self.min_length);
        self.required_classes.extend(other.required_classes);
        self.min_classes = self.min_classes.max(other.min_classes);
        self.max_identical = lesser(self.max_identical, other.max_identical);
        self.max_sequential = lesser(self.max_sequential, other.max_sequential);
        self.min_score = self.min_score.max(other.min_score);
        self.refuse_common |= other.refuse_common;
        self.refused_passwords.extend(other.refused_passwords);
        self.history = self.history.max(other.history);
        self.refuse_personal_data |= other.refuse_personal_data;
        self.refuse_user_number |= other.refuse_user_number;
        self.alphanumeric_ends |= other.alphanumeric_ends;
        self.alphabets.extend(other.alphabets);
        self.uncounted.extend(other.uncounted);
        self.half_distinct |= other.half_distinct;
        self
    }

    /// The rules that the policy is made of, in the order in which to show them.
    pub fn rules(&self) -> Vec<PasswordRule> {
        let mut rules = vec![PasswordRule::MinLength(self.min_length)];
        rules.push(PasswordRule::MaxLength(self.max_length));
        rules.extend(self.required_classes.iter().copied().map(PasswordRule::Contains));
        if self.min_classes > 0 {
            rules.push(PasswordRule::ContainsClasses(self.min_classes));
        }
        rules.extend(self.alphabets.iter().copied().map(PasswordRule::Alphabet));
        if self.alphanumeric_ends {
            rules.push(PasswordRule::AlphanumericEnds);
        }
        if self.half_distinct {
            rules.push(PasswordRule::HalfDistinct);
        }
        rules.extend(self.max_identical.map(PasswordRule::MaxIdentical));
        rules.extend(self.max_sequential.map(PasswordRule::MaxSequential));
        if self.min_score > 0 {
            rules.push(PasswordRule::Strength(self.min_score));
        }
        if self.refuse_common || !self.refused_passwords.is_empty() {
            rules.push(PasswordRule::NotCommon);
        }
        if self.history > 0 {
            rules.push(PasswordRule::NotRecent(self.history));
        }
        if self.refuse_personal_data {
            rules.push(PasswordRule::NoPersonalData);
        }
        rules
    }

    /// The class that a character counts for; none for those that count for none.
    pub fn class_of(&self, character: char) -> Option<CharacterClass> {
        (!self.uncounted.contains(&character)).then(|| CharacterClass::of(character))
    }

    /// Whether the tenant has put the password on its own list, in whatever case.
    pub fn refuses_by_name(&self, password: &str) -> bool {
        let password = folded(password);
        self.refused_passwords.iter().any(|word| folded(word) == password)
    }
}

/// The smaller of two limits, where none is the largest of all.
fn lesser(one: Option<u8>, other: Option<u8>) -> Option<u8> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (limit, None) | (None, limit) => limit,
    }
}

/// The classes of characters that a policy may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CharacterClass {
    /// A lower-case letter of any script.
    Lower,
    /// An upper-case letter of any script.
    Upper,
    /// A digit.
    Digit,
    /// Anything else, letters without case among it.
    Special,
}

impl CharacterClass {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Lower, Self::Upper, Self::Digit, Self::Special];

    /// The class of a character.
    pub fn of(character: char) -> Self {
        if character.is_lowercase() {
            Self::Lower
        } else if character.is_uppercase() {
            Self::Upper
        } else if character.is_numeric() {
            Self::Digit
        } else {
            Self::Special
        }
    }

    /// The class in the words of Auth0's password errors: `lowerCase`, `upperCase`, `numbers`,
    /// `specialCharacters`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lower => "lowerCase",
            Self::Upper => "upperCase",
            Self::Digit => "numbers",
            Self::Special => "specialCharacters",
        }
    }
}

impl fmt::Display for CharacterClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lower => "lower-case letters",
            Self::Upper => "upper-case letters",
            Self::Digit => "digits",
            Self::Special => "special characters",
        })
    }
}

/// One rule of a policy, with its number; also what is reported when a password breaks it.
/// `Display` says it in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PasswordRule {
    /// At least so many characters.
    MinLength(u16),
    /// At most so many characters.
    MaxLength(u16),
    /// A character of this class.
    Contains(CharacterClass),
    /// Characters of at least so many of the four classes.
    ContainsClasses(u8),
    /// No character but those of this alphabet.
    Alphabet(PasswordAlphabet),
    /// A letter or a digit at either end.
    AlphanumericEnds,
    /// At least half as many different characters as it is long.
    HalfDistinct,
    /// At most so many identical characters in a row.
    MaxIdentical(u8),
    /// At most so many letters or digits in a row in their order.
    MaxSequential(u8),
    /// A score of `zxcvbn` of at least so much.
    Strength(u8),
    /// Neither on the list of common passwords nor on the tenant's own.
    NotCommon,
    /// None of so many former passwords.
    NotRecent(u8),
    /// Nothing of the owner's name, username, email address or phone number.
    NoPersonalData,
}

impl PasswordRule {
    /// The rule's name on the wire; where Auth0's password errors know the rule, their name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MinLength(_) => "lengthAtLeast",
            Self::MaxLength(_) => "lengthAtMost",
            Self::Contains(_) => "shouldContain",
            Self::ContainsClasses(_) => "containsAtLeast",
            Self::Alphabet(_) => "alphabet",
            Self::AlphanumericEnds => "alphanumericEnds",
            Self::HalfDistinct => "distinctChars",
            Self::MaxIdentical(_) => "identicalChars",
            Self::MaxSequential(_) => "sequentialChars",
            Self::Strength(_) => "strength",
            Self::NotCommon => "dictionary",
            Self::NotRecent(_) => "history",
            Self::NoPersonalData => "personalData",
        }
    }
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(count) => write!(f, "at least {count} characters in length"),
            Self::MaxLength(count) => write!(f, "at most {count} characters in length"),
            Self::Contains(class) => write!(f, "should contain {class}"),
            Self::ContainsClasses(count) => write!(
                f,
                "contain at least {count} of the following 4 types of characters: lower-case \
                 letters, upper-case letters, digits, special characters"
            ),
            Self::Alphabet(alphabet) => write!(f, "no other characters than {alphabet}"),
            Self::AlphanumericEnds => f.write_str("a letter or a digit at either end"),
            Self::HalfDistinct => {
                f.write_str("at least half as many different characters as it is long")
            }
            Self::MaxIdentical(count) => write!(f, "no more than {count} identical in a row"),
            Self::MaxSequential(count) => {
                write!(f, "no more than {count} letters or digits in a row in their order")
            }
            Self::Strength(_) => f.write_str("not easily guessed"),
            Self::NotCommon => f.write_str("not a common password"),
            Self::NotRecent(count) => write!(f, "none of the last {count} passwords"),
            Self::NoPersonalData => {
                f.write_str("nothing of the name, username, email address or phone number")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_may_leave_members_out() {
        let policy: PasswordPolicy = serde_json::from_str(r#"{"min_length":10}"#).unwrap();
        assert_eq!(policy, PasswordPolicy { min_length: 10, ..PasswordPolicy::default() });
        let stored = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<PasswordPolicy>(&stored).unwrap(), policy);
    }

    #[test]
    fn numbers_beyond_their_limits_are_refused() {
        let base = PasswordPolicy::default;
        assert!(base().checked().is_ok());
        assert!(PasswordPolicy::permissive().checked().is_ok());
        for (member, policy) in [
            ("min_length", PasswordPolicy { min_length: 0, ..base() }),
            ("max_length", PasswordPolicy { max_length: 7, ..base() }),
            ("min_classes", PasswordPolicy { min_classes: 5, ..base() }),
            ("max_identical", PasswordPolicy { max_identical: Some(0), ..base() }),
            ("max_sequential", PasswordPolicy { max_sequential: Some(1), ..base() }),
            ("min_score", PasswordPolicy { min_score: 5, ..base() }),
            ("history", PasswordPolicy { history: 25, ..base() }),
            (
                "uncounted",
                PasswordPolicy { uncounted: ('a'..='z').chain('A'..='Z').collect(), ..base() },
            ),
            (
                "refused_passwords",
                PasswordPolicy { refused_passwords: ["x".repeat(51)].into(), ..base() },
            ),
        ] {
            let error = policy.checked().unwrap_err().to_string();
            assert!(error.starts_with(&format!("password_policy.{member}: ")), "{error}");
        }
    }

    #[test]
    fn two_policies_together_are_as_strict_as_each() {
        let one = PasswordPolicy {
            min_length: 12,
            max_identical: Some(3),
            ..PasswordPolicy::permissive()
        };
        let other = PasswordPolicy { history: 5, max_identical: Some(2), ..Default::default() };
        let both = one.clone().and(other.clone());
        assert_eq!(both, other.and(one));
        assert_eq!((both.min_length, both.max_length), (12, 256));
        assert_eq!((both.max_identical, both.history, both.min_score), (Some(2), 5, 2));
        assert!(both.refuse_common && both.refuse_personal_data);
    }

    #[test]
    fn the_tenants_own_list_knows_no_case() {
        let policy = PasswordPolicy {
            refused_passwords: ["AcmeRocks".to_owned()].into(),
            ..PasswordPolicy::permissive()
        };
        assert!(policy.refuses_by_name("ACMErocks"));
        assert!(!policy.refuses_by_name("acmerocks!"));
        assert_eq!(policy.rules().last(), Some(&PasswordRule::NotCommon));
    }
}
