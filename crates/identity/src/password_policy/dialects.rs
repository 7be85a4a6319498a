//! The published password rules of management doors. They hold beside the tenant's own: see
//! [`PasswordPolicy::and`].

use super::{CharacterClass, PasswordAlphabet, PasswordPolicy};

impl PasswordPolicy {
    /// Audience Manager's: 12 to 40 Latin letters, digits and signs, of each kind one (a colon is no
    /// sign), a letter or a digit at either end, none of the last 12, and neither names, email
    /// address nor user id in it.
    pub fn audience_manager() -> Self {
        Self {
            min_length: 12,
            max_length: 40,
            required_classes: CharacterClass::ALL.into(),
            history: 12,
            refuse_personal_data: true,
            refuse_user_number: true,
            alphanumeric_ends: true,
            alphabets: [PasswordAlphabet::Ascii].into(),
            uncounted: [':'].into(),
            ..Self::permissive()
        }
    }

    /// `AngusGM`'s: 6 to 49 characters of two classes at least, no blank, backslash, vertical bar or
    /// letter without case, and half as many different ones as it is long.
    pub fn angus() -> Self {
        Self {
            min_length: 6,
            max_length: 49,
            min_classes: 2,
            alphabets: [PasswordAlphabet::Cased].into(),
            half_distinct: true,
            ..Self::permissive()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordRule;

    #[test]
    fn both_are_within_the_limits_of_policies_and_add_to_any_other() {
        for policy in [PasswordPolicy::audience_manager(), PasswordPolicy::angus()] {
            assert_eq!(policy.clone().checked().unwrap(), policy);
            let both = PasswordPolicy::default().and(policy.clone());
            for rule in policy.rules() {
                let is_length =
                    matches!(rule, PasswordRule::MinLength(_) | PasswordRule::MaxLength(_));
                assert!(is_length || both.rules().contains(&rule), "{rule:?}");
            }
            assert!(both.min_length >= policy.min_length && both.max_length <= policy.max_length);
        }
    }

    #[test]
    fn a_colon_counts_for_no_class() {
        let policy = PasswordPolicy::audience_manager();
        assert_eq!(policy.class_of(':'), None);
        assert_eq!(policy.class_of(';'), Some(CharacterClass::Special));
        assert_eq!(PasswordPolicy::angus().class_of(':'), Some(CharacterClass::Special));
    }
}
