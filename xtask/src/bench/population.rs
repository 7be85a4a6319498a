//! People, made up: the same number is the same person in every run.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const FAMILY: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "高", "罗",
];
const GIVEN: [&str; 20] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超",
    "霞", "平", "刚", "雷",
];
const LATIN_FAMILY: [&str; 20] = [
    "Anderson",
    "Becker",
    "Costa",
    "Dubois",
    "Eriksson",
    "Fischer",
    "Garcia",
    "Henderson",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindberg",
    "Moreau",
    "Novak",
    "Oliveira",
    "Peterson",
    "Quintero",
    "Rossi",
    "Schneider",
    "Tanaka",
];
const LATIN_GIVEN: [&str; 20] = [
    "Alice", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas",
    "Katja", "Leon", "Marta", "Nils", "Olga", "Pablo", "Rosa", "Simon", "Teresa", "Victor",
];
const PLANS: [&str; 4] = ["free", "silver", "gold", "platinum"];

/// Teams that people are in; a search for one finds as many of them.
pub(super) const TEAMS: u64 = 200;

/// What every imported user's password was hashed to elsewhere: well formed, and of nothing that
/// anybody can type.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA\
                    $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Somebody's name.
struct Name {
    family: &'static str,
    given: String,
    full: String,
}

/// The words of a list in a random order that never changes.
struct Dice(u64);

impl Dice {
    /// The next number (`SplitMix64`).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn of(&mut self, list: &[&'static str]) -> &'static str {
        let bound = u64::try_from(list.len()).unwrap_or(1);
        let place = usize::try_from(self.below(bound)).unwrap_or_default();
        list.get(place).copied().unwrap_or_default()
    }

    /// Forty of a hundred are Chinese, half of them with one character for a given name.
    fn name(&mut self) -> Name {
        if self.below(100) < 40 {
            let family = self.of(&FAMILY);
            let mut given = self.of(&GIVEN).to_owned();
            if self.below(2) == 0 {
                given.push_str(self.of(&GIVEN));
            }
            let full = format!("{family}{given}");
            return Name { family, given, full };
        }
        let (given, family) = (self.of(&LATIN_GIVEN), self.of(&LATIN_FAMILY));
        Name { family, given: given.to_owned(), full: format!("{given} {family}") }
    }
}

/// The person of a number as the management API takes him.
pub(super) fn person(number: u64) -> Value {
    let mut dice = Dice(number);
    let name = dice.name();
    json!({
        "connection": "authok",
        "username": format!("person{number:09}"),
        "email": format!("person{number}@mail{}.example.com", dice.below(50)),
        "email_verified": dice.below(2) == 0,
        "phone_number": format!("+8613{number:09}"),
        "name": name.full,
        "given_name": name.given,
        "family_name": name.family,
        "user_metadata": { "team": team(dice.below(TEAMS)), "level": dice.below(10) },
        "app_metadata": { "plan": dice.of(&PLANS) },
    })
}

/// When the first person was made elsewhere, seconds since 1970: the first day of 2020.
const FIRST_MADE: i64 = 1_577_836_800;
/// How long after each other people were made elsewhere, seconds.
const BETWEEN: i64 = 37;

/// The same as a line of `citizenry import`, with a password that was hashed elsewhere and the time
/// when the person was made there: the files of other systems have both.
pub(super) fn line(number: u64) -> String {
    let mut person = person(number);
    if let Some(members) = person.as_object_mut() {
        members.insert("password_hash".to_owned(), HASH.into());
        members.insert("created_at".to_owned(), made_at(number).into());
    }
    person.to_string()
}

fn made_at(number: u64) -> String {
    let after = BETWEEN * i64::try_from(number).unwrap_or_default();
    let at = OffsetDateTime::from_unix_timestamp(FIRST_MADE + after);
    at.ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The name of a team.
pub(super) fn team(number: u64) -> String {
    format!("team-{number}")
}

/// Names to pick from while people are made under load.
pub(super) fn names() -> Vec<String> {
    (0..100).map(|number| Dice(number).name().full).collect()
}

/// The body of a new user for a script of wrk, without a password: the same in every way but for a
/// number, which the script puts in. Kinds have phone numbers of their own.
pub(super) fn template(kind: &str) -> Value {
    let series = match kind {
        "made" => 5,
        "pattern" => 7,
        _ => 8,
    };
    json!({
        "connection": "authok",
        "username": format!("{kind}%09d"),
        "email": format!("{kind}%09d@mail.example.com"),
        "email_verified": true,
        "phone_number": format!("+861{series}%09d"),
        "name": "@NAME@",
        "nickname": "made",
        "user_metadata": { "team": team(7), "level": 3 },
        "app_metadata": { "plan": "gold" },
    })
}

/// Two characters that stand side by side in Chinese names, and how often names hold them.
pub(super) fn chinese_pairs() -> impl Iterator<Item = String> {
    FAMILY.into_iter().zip(GIVEN).map(|(family, given)| format!("{family}{given}"))
}

/// Four letters from within Latin family names.
pub(super) fn substrings() -> impl Iterator<Item = &'static str> {
    LATIN_FAMILY.into_iter().filter_map(|name| name.get(1..5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_in_five_are_chinese_and_everybody_stays_the_same() {
        let chinese = (0..10_000)
            .filter(|&number| {
                let name = Dice(number).name();
                FAMILY.contains(&name.family)
            })
            .count();
        assert!((3_800..4_200).contains(&chinese), "{chinese} of 10,000");
        assert_eq!(person(7), person(7));
        assert_ne!(person(7), person(8));
        assert!(line(7).contains("$argon2id$"));
    }

    #[test]
    fn searches_find_somebody() {
        let names: Vec<String> = (0..10_000).map(|number| Dice(number).name().full).collect();
        for part in chinese_pairs().chain(substrings().map(str::to_owned)) {
            assert!(names.iter().any(|name| name.contains(&part)), "{part}");
        }
    }
}
