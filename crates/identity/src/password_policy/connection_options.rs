//! The password policy of a database connection, as Auth0's and Authok's management APIs write it.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{CharacterClass, Error, PasswordPolicy};

impl PasswordPolicy {
    /// The policy that a connection's `options` ask for; `None` if they say nothing of passwords.
    ///
    /// Read are `passwordPolicy` (`none`, `low`, `fair`, `good`, `excellent`),
    /// `password_complexity_options`, `password_history`, `password_no_personal_info`,
    /// `password_dictionary`; and `password_options`, which replaces them all. It holds beside the
    /// tenant's own policy: see [`PasswordPolicy::and`].
    ///
    /// # Errors
    /// `Invalid` on `options.<member>` or a member of `password_policy`.
    pub fn from_connection_options(options: &Value) -> Result<Option<Self>, Error> {
        if let Some(flexible) = member::<Flexible>(options, "password_options")? {
            return flexible.policy().checked().map(Some);
        }
        let level = member::<Level>(options, "passwordPolicy")?;
        let complexity = member::<Complexity>(options, "password_complexity_options")?;
        let history = member::<History>(options, "password_history")?;
        let personal = member::<Switch>(options, "password_no_personal_info")?;
        let dictionary = member::<Dictionary>(options, "password_dictionary")?;
        if level.is_none()
            && complexity.is_none()
            && history.is_none()
            && personal.is_none()
            && dictionary.is_none()
        {
            return Ok(None);
        }
        let mut policy = level.unwrap_or(Level::None).policy();
        if let Some(length) = complexity.and_then(|complexity| complexity.min_length) {
            policy.min_length = length;
        }
        policy.history = history.map_or(0, |history| history.count());
        policy.refuse_personal_data = personal.is_some_and(|switch| switch.enable);
        if let Some(dictionary) = dictionary.filter(|dictionary| dictionary.enable) {
            policy.refuse_common = true;
            policy.refused_passwords = dictionary.dictionary.into_iter().collect();
        }
        policy.checked().map(Some)
    }
}

/// A member of the options, if it is there and not null.
fn member<T: DeserializeOwned>(options: &Value, name: &str) -> Result<Option<T>, Error> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value)
            .map(Some)
            .map_err(|error| Error::invalid(format!("options.{name}"), error.to_string())),
    }
}

/// Auth0's five levels.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    None,
    Low,
    Fair,
    Good,
    Excellent,
}

impl Level {
    fn policy(self) -> PasswordPolicy {
        let any = PasswordPolicy::permissive();
        match self {
            Self::None => any,
            Self::Low => PasswordPolicy { min_length: 6, ..any },
            Self::Fair => PasswordPolicy {
                min_length: 8,
                required_classes: [
                    CharacterClass::Lower,
                    CharacterClass::Upper,
                    CharacterClass::Digit,
                ]
                .into(),
                ..any
            },
            Self::Good => PasswordPolicy { min_length: 8, min_classes: 3, ..any },
            Self::Excellent => {
                PasswordPolicy { min_length: 10, min_classes: 3, max_identical: Some(2), ..any }
            }
        }
    }
}

#[derive(Deserialize)]
struct Complexity {
    min_length: Option<u16>,
}

/// `{enable, size}`; without a size Auth0 remembers five.
#[derive(Deserialize)]
struct History {
    #[serde(default, alias = "active")]
    enable: bool,
    size: Option<u8>,
}

impl History {
    fn count(&self) -> u8 {
        if self.enable { self.size.unwrap_or(5) } else { 0 }
    }
}

#[derive(Deserialize)]
struct Switch {
    #[serde(default, alias = "active")]
    enable: bool,
}

#[derive(Deserialize)]
struct Dictionary {
    #[serde(default, alias = "active")]
    enable: bool,
    #[serde(default, alias = "custom")]
    dictionary: Vec<String>,
}

/// `password_options`: every rule by itself.
#[derive(Deserialize)]
struct Flexible {
    complexity: Option<FlexibleComplexity>,
    history: Option<History>,
    dictionary: Option<Dictionary>,
    profile_data: Option<Switch>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FlexibleComplexity {
    min_length: Option<u16>,
    character_types: Vec<CharacterType>,
    character_type_rule: Option<TypeRule>,
    identical_characters: Option<Permission>,
    sequential_characters: Option<Permission>,
    max_length_exceeded: Option<Excess>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CharacterType {
    Uppercase,
    Lowercase,
    Number,
    Special,
}

impl CharacterType {
    const fn class(self) -> CharacterClass {
        match self {
            Self::Uppercase => CharacterClass::Upper,
            Self::Lowercase => CharacterClass::Lower,
            Self::Number => CharacterClass::Digit,
            Self::Special => CharacterClass::Special,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TypeRule {
    All,
    ThreeOfFour,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Permission {
    Allow,
    Block,
}

/// What becomes of a password of more than 72 bytes there. Nothing here is cut, so that only the
/// refusal means something, and about characters.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Excess {
    Truncate,
    Error,
}

impl Flexible {
    fn policy(self) -> PasswordPolicy {
        let complexity = self.complexity.unwrap_or_default();
        let mut policy = PasswordPolicy::permissive();
        policy.min_length = complexity.min_length.unwrap_or(policy.min_length);
        if complexity.character_type_rule == Some(TypeRule::ThreeOfFour) {
            policy.min_classes = 3;
        } else {
            policy.required_classes =
                complexity.character_types.into_iter().map(CharacterType::class).collect();
        }
        let two_if = |rule| (rule == Some(Permission::Block)).then_some(2);
        policy.max_identical = two_if(complexity.identical_characters);
        policy.max_sequential = two_if(complexity.sequential_characters);
        if complexity.max_length_exceeded == Some(Excess::Error) {
            policy.max_length = policy.min_length.max(72);
        }
        policy.history = self.history.map_or(0, |history| history.count());
        policy.refuse_personal_data = self.profile_data.is_some_and(|switch| switch.enable);
        if let Some(dictionary) = self.dictionary.filter(|dictionary| dictionary.enable) {
            policy.refuse_common = true;
            policy.refused_passwords = dictionary.dictionary.into_iter().collect();
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(options: &Value) -> PasswordPolicy {
        PasswordPolicy::from_connection_options(options).unwrap().unwrap()
    }

    #[test]
    fn options_that_say_nothing_of_passwords_are_no_policy() {
        for options in [json!({}), json!({"passwordPolicy": null}), json!({"mfa": {}}), json!(3)] {
            assert_eq!(PasswordPolicy::from_connection_options(&options).unwrap(), None);
        }
    }

    #[test]
    fn the_five_levels() {
        let level = |name: &str| read(&json!({"passwordPolicy": name}));
        assert_eq!(level("none"), PasswordPolicy::permissive());
        assert_eq!(level("low").min_length, 6);
        assert_eq!((level("fair").min_length, level("fair").required_classes.len()), (8, 3));
        assert_eq!((level("good").min_length, level("good").min_classes), (8, 3));
        let excellent = level("excellent");
        assert_eq!((excellent.min_length, excellent.max_identical), (10, Some(2)));
    }

    #[test]
    fn the_members_beside_the_level() {
        let policy = read(&json!({
            "passwordPolicy": "good",
            "password_complexity_options": {"min_length": 12},
            "password_history": {"enable": true, "size": 7},
            "password_no_personal_info": {"enable": true},
            "password_dictionary": {"enable": true, "dictionary": ["acme"]},
        }));
        assert_eq!((policy.min_length, policy.min_classes, policy.history), (12, 3, 7));
        assert!(policy.refuse_personal_data && policy.refuse_common);
        assert!(policy.refuses_by_name("ACME"));
        assert_eq!(read(&json!({"password_history": {"enable": true}})).history, 5);
        assert_eq!(read(&json!({"password_history": {"enable": false, "size": 9}})).history, 0);
    }

    #[test]
    fn the_flexible_form_replaces_the_others() {
        let policy = read(&json!({
            "passwordPolicy": "excellent",
            "password_options": {
                "complexity": {
                    "min_length": 9,
                    "character_types": ["uppercase", "special"],
                    "character_type_rule": "all",
                    "identical_characters": "block",
                    "sequential_characters": "block",
                    "max_length_exceeded": "error",
                },
                "history": {"active": true, "size": 5},
                "dictionary": {"active": true, "default": "en_10k", "custom": ["badPassword"]},
                "profile_data": {"active": true, "blocked_fields": ["name"]},
            },
        }));
        assert_eq!((policy.min_length, policy.max_length, policy.min_classes), (9, 72, 0));
        assert_eq!((policy.max_identical, policy.max_sequential), (Some(2), Some(2)));
        assert_eq!(policy.required_classes.len(), 2);
        assert!(policy.refuse_common && policy.refuse_personal_data && policy.history == 5);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (member, options) in [
            ("options.passwordPolicy", json!({"passwordPolicy": "superb"})),
            ("options.password_history", json!({"password_history": {"enable": 1}})),
            ("options.password_dictionary", json!({"password_dictionary": {"dictionary": "x"}})),
            ("password_policy.history", json!({"password_history": {"enable": true, "size": 99}})),
            (
                "password_policy.min_length",
                json!({"password_complexity_options": {"min_length": 0}}),
            ),
        ] {
            let error = PasswordPolicy::from_connection_options(&options).unwrap_err();
            assert!(error.to_string().starts_with(member), "{error}");
        }
    }
}
