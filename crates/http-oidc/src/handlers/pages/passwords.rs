//! A password policy in the words of the pages.

use citizenry_identity::{CharacterClass, PasswordAlphabet, PasswordPolicy, PasswordRule};

use crate::pages;

/// What a password must be, as the pages list it.
pub(super) fn rules(policy: &PasswordPolicy) -> pages::PasswordRules {
    let class = |class| policy.required_classes.contains(&class);
    pages::PasswordRules {
        min_length: policy.min_length.into(),
        // Nobody chooses a longer one by hand.
        max_length: Some(u32::from(policy.max_length)).filter(|length| *length < 128),
        lowercase: class(CharacterClass::Lower),
        uppercase: class(CharacterClass::Upper),
        digit: class(CharacterClass::Digit),
        symbol: class(CharacterClass::Special),
        classes: Some(u32::from(policy.min_classes)).filter(|count| *count > 0),
        ascii: policy.alphabets.contains(&PasswordAlphabet::Ascii),
        cased: policy.alphabets.contains(&PasswordAlphabet::Cased),
        alphanumeric_ends: policy.alphanumeric_ends,
        half_distinct: policy.half_distinct,
        identical_in_a_row: policy.max_identical.map(u32::from),
        history: Some(u32::from(policy.history)).filter(|count| *count > 0),
        no_common: policy.refuse_common,
        no_personal_data: policy.refuse_personal_data,
        strength: policy.min_score > 0,
    }
}

/// The rules that a password broke. An empty password is missing and nothing else.
pub(super) fn broken(rules: &[PasswordRule], is_empty: bool) -> Vec<pages::PasswordViolation> {
    if is_empty {
        return vec![pages::PasswordViolation::Missing];
    }
    rules.iter().map(|rule| shown(*rule)).collect()
}

fn shown(rule: PasswordRule) -> pages::PasswordViolation {
    use pages::PasswordViolation as Shown;
    match rule {
        PasswordRule::MinLength(count) => Shown::TooShort(count.into()),
        PasswordRule::MaxLength(count) => Shown::TooLong(count.into()),
        PasswordRule::Contains(CharacterClass::Lower) => Shown::NoLowercase,
        PasswordRule::Contains(CharacterClass::Upper) => Shown::NoUppercase,
        PasswordRule::Contains(CharacterClass::Digit) => Shown::NoDigit,
        PasswordRule::Contains(CharacterClass::Special) => Shown::NoSymbol,
        PasswordRule::ContainsClasses(count) => Shown::TooFewClasses(count.into()),
        PasswordRule::Alphabet(PasswordAlphabet::Ascii) => Shown::NotAscii,
        PasswordRule::Alphabet(PasswordAlphabet::Cased) => Shown::NotCased,
        PasswordRule::AlphanumericEnds => Shown::NotAlphanumericEnds,
        PasswordRule::HalfDistinct => Shown::TooFewDistinct,
        PasswordRule::MaxIdentical(count) => Shown::IdenticalInARow(count.into()),
        PasswordRule::NotRecent(_) => Shown::Reused,
        PasswordRule::NotCommon => Shown::Common,
        PasswordRule::NoPersonalData => Shown::PersonalData,
        PasswordRule::MaxSequential(_) | PasswordRule::Strength(_) => Shown::TooWeak,
    }
}
