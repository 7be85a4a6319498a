use citizenry_storage::PasswordRules;
use proptest::prelude::*;

use super::*;
use crate::PolicyRules;

fn broken(policy: &PasswordPolicy, password: &str, words: &[&str]) -> Vec<PasswordRule> {
    let mut person = PersonalData::default();
    for word in words {
        person.add(word);
    }
    broken_rules(policy, &SecretString::from(password), &person)
}

#[test]
fn the_default_accepts_the_examples_of_the_vendors_documents() {
    for (password, words) in [
        ("compoejffio@jfowfjeio", ["fioman", "fioman@qq.com", "李雷", "18600002222"]),
        ("xcan@123", ["James Jones", "james@xcan.cloud", "James", "13813000000"]),
        ("old password", ["", "", "", ""]),
        ("new password", ["", "", "", ""]),
    ] {
        assert_eq!(broken(&PasswordPolicy::default(), password, &words), [], "{password}");
    }
}

#[test]
fn the_default_refuses_what_is_guessed_first() {
    use PasswordRule::{MinLength, NoPersonalData, NotCommon, Strength};
    let policy = PasswordPolicy::default();
    assert_eq!(broken(&policy, "", &[]), [MinLength(8), Strength(2)]);
    assert_eq!(broken(&policy, "password", &[]), [Strength(2), NotCommon]);
    assert_eq!(broken(&policy, "PassWord", &[]), [Strength(2), NotCommon]);
    assert_eq!(broken(&policy, "abcdefgh", &[])[..1], [Strength(2)]);
    assert_eq!(
        broken(&policy, "Fioman-2024-x9", &["fioman@qq.com"]),
        [NoPersonalData],
        "whatever its case"
    );
}

#[test]
fn each_rule_says_no_and_yes() {
    let any = PasswordPolicy::permissive;
    let cases: [(PasswordPolicy, PasswordRule, &str, &str); 9] = [
        (
            PasswordPolicy { min_length: 4, ..any() },
            PasswordRule::MinLength(4),
            "李雷的",
            "李雷的人",
        ),
        (PasswordPolicy { max_length: 3, ..any() }, PasswordRule::MaxLength(3), "abcd", "李雷的"),
        (
            PasswordPolicy { required_classes: [CharacterClass::Upper].into(), ..any() },
            PasswordRule::Contains(CharacterClass::Upper),
            "äbc1!",
            "Äbc",
        ),
        (
            PasswordPolicy { min_classes: 3, ..any() },
            PasswordRule::ContainsClasses(3),
            "abcDEF",
            "abcDE雷",
        ),
        (
            PasswordPolicy { max_identical: Some(2), ..any() },
            PasswordRule::MaxIdentical(2),
            "xaaay",
            "aabbaa",
        ),
        (
            PasswordPolicy { max_sequential: Some(2), ..any() },
            PasswordRule::MaxSequential(2),
            "x-cBa-x",
            "ab-bc-21",
        ),
        (
            PasswordPolicy { min_score: 4, ..any() },
            PasswordRule::Strength(4),
            "Tr0ub4dour&3",
            "correct horse battery staple",
        ),
        (
            PasswordPolicy { refuse_common: true, ..any() },
            PasswordRule::NotCommon,
            "LetMeIn",
            "LetMeIn, please",
        ),
        (
            PasswordPolicy { refused_passwords: ["Acme".to_owned()].into(), ..any() },
            PasswordRule::NotCommon,
            "aCME",
            "letmein",
        ),
    ];
    for (policy, rule, bad, good) in cases {
        assert_eq!(broken(&policy, bad, &[]), [rule], "{bad}");
        assert_eq!(broken(&policy, good, &[]), [], "{good}");
    }
}

#[test]
fn personal_words_count_from_four_characters_or_two_ideographs_on() {
    let policy = PasswordPolicy { refuse_personal_data: true, ..PasswordPolicy::permissive() };
    for (word, password) in [
        ("fioman@qq.com", "xxFIOMANxx"),
        ("James T. Kirk", "warp9kirk"),
        ("李雷", "我是李雷啊"),
        ("18600002222", "a18600002222b"),
        ("Jean-Luc Picard", "le-jean-luc picard!"),
    ] {
        assert_eq!(broken(&policy, password, &[word]), [PasswordRule::NoPersonalData], "{word}");
    }
    for (word, password) in
        [("Bob", "bobsleigh"), ("", "x"), ("a@qq.com", "qq.com"), ("李", "李白")]
    {
        assert_eq!(broken(&policy, password, &[word]), [], "{word}");
    }
}

#[test]
fn the_words_of_a_person_weaken_the_score() {
    let policy = PasswordPolicy { min_score: 2, ..PasswordPolicy::permissive() };
    assert_eq!(broken(&policy, "wolframite", &[]), []);
    assert_eq!(broken(&policy, "wolframite", &["wolframite"]), [PasswordRule::Strength(2)]);
}

/// npm `zxcvbn` 4.4.2, `zxcvbn(password).score`.
#[test]
fn scores_are_those_of_the_original() {
    for (password, expected) in [
        ("xcan@123", 2),
        ("compoejffio@jfowfjeio", 4),
        ("old password", 2),
        ("new password", 2),
        ("password", 0),
        ("123456", 0),
        ("qwertyuiop", 0),
        ("correct horse battery staple", 4),
        ("Tr0ub4dour&3", 2),
        ("1991-02-03", 1),
        ("abcdefgh", 0),
        ("aaaaaaaa", 0),
        ("D0g..................", 1),
        ("R0$38uD99", 2),
        ("zxcvbn", 0),
        ("fioman2024", 3),
        ("p@ssw0rd1", 1),
        ("coRrecth0rseba++ery9.23.2007staple$", 4),
        ("rWibMFACxAUGZmxhVncy", 4),
    ] {
        assert_eq!(score(password, &PersonalData::default()), expected, "{password}");
    }
}

#[tokio::test]
async fn all_broken_rules_are_named_in_the_policys_order() {
    let policy = PasswordPolicy { history: 1, min_length: 12, ..PasswordPolicy::default() };
    let password = SecretString::from("password");
    let personal = ["password@example.com".to_owned()];
    assert_eq!(
        PolicyRules.violations(&policy, &password, &personal).await.unwrap(),
        [
            PasswordRule::MinLength(12),
            PasswordRule::Strength(2),
            PasswordRule::NotCommon,
            PasswordRule::NoPersonalData,
        ]
    );
}

#[test]
fn what_follows_the_thirty_second_character_is_not_scored() {
    let nobody = PersonalData::default();
    let slow = "4@8({[<369&#!1i|70$5+%2".repeat(40);
    assert_eq!(
        score(&format!("{}{slow}", "雷".repeat(32)), &nobody),
        score(&"雷".repeat(32), &nobody)
    );
    assert_ne!(
        score(&format!("{}{slow}", "雷".repeat(16)), &nobody),
        score(&"雷".repeat(16), &nobody)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_password_panics(password in ".{0,300}", word in ".{0,40}") {
        let policy = PasswordPolicy {
            min_classes: 4,
            max_identical: Some(1),
            max_sequential: Some(2),
            ..PasswordPolicy::default()
        };
        let _rules = broken(&policy, &password, &[&word]);
    }
}

#[test]
fn a_password_of_megabytes_is_refused_at_once() {
    let policy = PasswordPolicy::default();
    let rules = broken(&policy, &"é".repeat(1_000_000), &[]);
    assert_eq!(rules, [PasswordRule::MaxLength(256)]);
}

#[test]
fn the_doors_published_rules_say_yes_and_no() {
    use PasswordRule::{
        Alphabet, AlphanumericEnds, Contains, ContainsClasses, HalfDistinct, MaxLength, MinLength,
        NoPersonalData,
    };
    let angus = PasswordPolicy::angus();
    let cased = Alphabet(citizenry_identity::PasswordAlphabet::Cased);
    let long = "aB".repeat(25);
    for (password, expected) in [
        ("xcan@123", vec![]),
        ("aB3", vec![MinLength(6)]),
        (long.as_str(), vec![MaxLength(49), HalfDistinct]),
        ("abcdef", vec![ContainsClasses(2)]),
        ("абвгд1", vec![]),
        ("a b1cd", vec![cased]),
        ("a\\b1cd", vec![cased]),
        ("a|b1cd", vec![cased]),
        ("李雷ab1c", vec![cased]),
        ("aaa111", vec![HalfDistinct]),
        ("aab112", vec![]),
        ("aab1122", vec![]),
        ("aaaa1122", vec![HalfDistinct]),
    ] {
        assert_eq!(broken(&angus, password, &[]), expected, "{password}");
    }
    let adobe = PasswordPolicy::audience_manager();
    let ascii = Alphabet(citizenry_identity::PasswordAlphabet::Ascii);
    for (password, expected) in [
        ("Correct-horse-1a", vec![]),
        ("Correct-1ab", vec![MinLength(12)]),
        ("correct-horse-1a", vec![Contains(CharacterClass::Upper)]),
        ("CORRECT-HORSE-1A", vec![Contains(CharacterClass::Lower)]),
        ("Correct-horse-a", vec![Contains(CharacterClass::Digit)]),
        ("Correct:horse:1a", vec![Contains(CharacterClass::Special)]),
        ("-Correct-horse-1a", vec![AlphanumericEnds]),
        ("Correct-horse-1a!", vec![AlphanumericEnds]),
        ("Corréct-horse-1a", vec![ascii]),
        ("Mr-Ottinger-has-1", vec![NoPersonalData]),
        ("Xa@b.example-12c", vec![NoPersonalData]),
        ("No-4711-is-one-1", vec![NoPersonalData]),
    ] {
        let person = ["Ottinger", "a@b.example", "4711"];
        assert_eq!(broken(&adobe, password, &person), expected, "{password}");
    }
}
