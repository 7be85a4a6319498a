//! Search tokens: what the index of users holds, the same on both databases.
//!
//! A text is folded ([`citizenry_identity::folded`]) and cut into runs. A run of ideographs (Chinese,
//! Japanese, Korean) yields all its single characters and pairs, so that a name of two characters is
//! one token; any other run of letters and digits yields all its parts of three characters, and its
//! first one and first two. A text that contains another has all the tokens of the other, so an
//! index of tokens finds every candidate, and the text itself decides.
//!
//! Free data yields one token for each value and one for each path on the way to it.
//!
//! A token is the first 64 bits of SHA-256 over tenant, kind and text: tenants never meet in the
//! index, and nothing of a user can be read from it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{Context, SHA256};
use citizenry_identity::{TenantId, User, folded};
use serde_json::{Map, Number, Value};

/// Which tokens these are: goes up by one when other tokens are made, so that those of all users are
/// made anew.
pub const VERSION: i64 = 1;
/// The most tokens that one text is searched by.
const MOST_GRAMS: usize = 16;
/// The most tokens that the free data of one user yields.
const MOST_OF_METADATA: usize = 200;

/// What a token was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A part of a name, the nickname, the username, or an email address before the `@`.
    Word,
    /// A part of the domain of an email address.
    Domain,
    /// A part of the title.
    Title,
    /// A part of a phone number, as E.164.
    Phone,
    /// A part of the landline number.
    Landline,
    /// A part of the user's number.
    Number,
    /// An email address as a whole: its key.
    Email,
    /// A path of free data and the value there.
    Metadata,
    /// A path of free data at which there is a value.
    Path,
}

impl Kind {
    const fn tag(self) -> u8 {
        match self {
            Self::Word => b'w',
            Self::Domain => b'd',
            Self::Title => b't',
            Self::Phone => b'p',
            Self::Landline => b'l',
            Self::Number => b'n',
            Self::Email => b'e',
            Self::Metadata => b'm',
            Self::Path => b'x',
        }
    }

    /// Whether the beginnings of words are tokens: those of numbers find half of all users.
    const fn has_beginnings(self) -> bool {
        matches!(self, Self::Word | Self::Domain | Self::Title)
    }
}

/// Makes the tokens of one tenant.
pub(crate) struct Tokens {
    of_tenant: Context,
}

impl Tokens {
    pub(crate) fn of(tenant: TenantId) -> Self {
        use citizenry_identity::Id as _;
        let mut of_tenant = Context::new(&SHA256);
        of_tenant.update(&tenant.ulid().to_bytes());
        Self { of_tenant }
    }

    /// The token of a whole text.
    pub(crate) fn whole(&self, kind: Kind, text: &str) -> i64 {
        let mut context = self.of_tenant.clone();
        context.update(&[kind.tag()]);
        context.update(text.as_bytes());
        let digest = context.finish();
        let first = digest.as_ref().iter().take(8);
        first.fold(0_i64, |token, byte| (token << 8) | i64::from(*byte))
    }

    /// The token of the value at a path of free data.
    pub(crate) fn value(&self, path: &str, written: &str) -> i64 {
        // No path holds U+0000, so no path and value are read as another path and value.
        self.whole(Kind::Metadata, &format!("{path}\0{written}"))
    }

    fn add(&self, kind: Kind, text: &str, tokens: &mut BTreeSet<i64>) {
        for_each_gram(text, kind.has_beginnings(), &mut |gram| {
            tokens.insert(self.whole(kind, gram));
        });
    }

    /// The tokens that a text has that contains `part`, at most 16; none when it is too short to
    /// tell. `begins` is whether the part stands where a word begins. Both are folded.
    pub(crate) fn of_part(&self, kind: Kind, part: &str, begins: bool) -> Vec<i64> {
        let beginnings = kind.has_beginnings();
        let mut grams = BTreeSet::new();
        let mut add = |gram: &str| {
            grams.insert(gram.to_owned());
        };
        for run in runs(part) {
            let count = run.text.chars().count();
            match (run.is_ideographic, count) {
                (true, 1) => add(run.text),
                (true, _) => each_window(run.text, 2, &mut add),
                (false, 3..) => each_window(run.text, 3, &mut add),
                (false, _) if beginnings && (run.follows || begins) => add(run.text),
                (false, _) => {}
            }
        }
        // Evenly over all of them: beginnings are alike more often than what follows.
        let step = grams.len().div_ceil(MOST_GRAMS).max(1);
        grams.iter().step_by(step).map(|gram| self.whole(kind, gram)).collect()
    }
}

/// The search tokens of a user, in order and each once.
pub fn user_tokens(user: &User) -> Vec<i64> {
    let make = Tokens::of(user.tenant);
    let mut tokens = BTreeSet::new();
    let profile = &user.profile;
    let names = [
        profile.name.as_deref(),
        profile.given_name.as_deref(),
        profile.family_name.as_deref(),
        profile.nickname.as_deref(),
    ];
    for name in names.into_iter().flatten() {
        make.add(Kind::Word, &folded(name), &mut tokens);
    }
    if let Some(username) = &user.username {
        make.add(Kind::Word, username.key(), &mut tokens);
    }
    if let Some(email) = &user.email {
        let (local, domain) = email.key().rsplit_once('@').unwrap_or((email.key(), ""));
        make.add(Kind::Word, local, &mut tokens);
        make.add(Kind::Domain, domain, &mut tokens);
        tokens.insert(make.whole(Kind::Email, email.key()));
    }
    if let Some(phone) = &user.phone {
        make.add(Kind::Phone, phone.e164(), &mut tokens);
    }
    for (kind, text) in
        [(Kind::Title, profile.title.as_deref()), (Kind::Landline, profile.landline.as_deref())]
    {
        if let Some(text) = text {
            make.add(kind, &folded(text), &mut tokens);
        }
    }
    make.add(Kind::Number, &user.number.to_string(), &mut tokens);
    let mut left = MOST_OF_METADATA;
    for (root, data) in
        [("app_metadata", &user.app_metadata), ("user_metadata", &user.user_metadata)]
    {
        let mut found = |kind: Kind, text: &str| {
            if left > 0 && tokens.insert(make.whole(kind, text)) {
                left -= 1;
            }
        };
        members(root, data.as_object(), &mut found);
    }
    tokens.into_iter().collect()
}

/// What tells the tokens of a user from what they were before: to be compared, not to be trusted.
pub fn digest(tokens: &[i64]) -> i64 {
    tokens.iter().fold(VERSION, |digest, token| digest.wrapping_mul(0x0100_0000_01b3) ^ token)
}

/// A number of free data as it is compared: `1.0` is `1`.
fn written(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
            format!("{float:.0}")
        }
        _ => number.to_string(),
    }
}

/// Calls `found` for each value of an object and for each path on the way to one. Levels of arrays
/// have no part in a path.
fn members(path: &str, object: &Map<String, Value>, found: &mut dyn FnMut(Kind, &str)) {
    for (key, value) in object {
        if !key.contains('\0') {
            member(&format!("{path}.{key}"), value, found);
        }
    }
}

fn member(path: &str, value: &Value, found: &mut dyn FnMut(Kind, &str)) {
    let text = match value {
        Value::Null => return,
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => written(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            for item in items {
                member(path, item, found);
            }
            return;
        }
        Value::Object(object) => {
            if !object.is_empty() {
                found(Kind::Path, path);
            }
            members(path, object, found);
            return;
        }
    };
    found(Kind::Path, path);
    found(Kind::Metadata, &format!("{path}\0{text}"));
}

/// Characters of a text that belong together.
#[derive(Debug, PartialEq, Eq)]
struct Run<'t> {
    text: &'t str,
    is_ideographic: bool,
    /// Whether something stands before it in the text.
    follows: bool,
}

/// What a character belongs to. It depends on the character alone: so the runs of a part of a text
/// are parts of the text's runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Ideograph,
    Word,
    Other,
}

fn class(c: char) -> Class {
    match c {
        '\u{2e80}'..='\u{2fdf}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{3035}'
        | '\u{3041}'..='\u{312f}'
        | '\u{3131}'..='\u{318e}'
        | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{1b000}'..='\u{1b16f}'
        | '\u{20000}'..='\u{3ffff}' => Class::Ideograph,
        c if c.is_alphanumeric() => Class::Word,
        _ => Class::Other,
    }
}

/// Whether a character is a letter or digit of a word, not an ideograph.
pub(crate) fn is_letter(c: char) -> bool {
    class(c) == Class::Word
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = Class::Other;
    let ends = text.char_indices().map(|(at, c)| (at, class(c)));
    for (at, now) in ends.chain([(text.len(), Class::Other)]) {
        if now == before && at < text.len() {
            continue;
        }
        if before != Class::Other
            && let Some(run) = text.get(start..at)
        {
            let is_ideographic = before == Class::Ideograph;
            found.push(Run { text: run, is_ideographic, follows: start > 0 });
        }
        (start, before) = (at, now);
    }
    found
}

/// Calls `found` for every `size` characters of a text that follow each other.
fn each_window(text: &str, size: usize, found: &mut dyn FnMut(&str)) {
    let starts = text.char_indices().map(|(at, _)| at);
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(size);
    for window in starts.zip(ends).filter_map(|(start, end)| text.get(start..end)) {
        found(window);
    }
}

/// Calls `found` for each token's text that a folded text yields, some of them twice.
fn for_each_gram(text: &str, beginnings: bool, found: &mut dyn FnMut(&str)) {
    for run in runs(text) {
        if run.is_ideographic {
            each_window(run.text, 1, found);
            each_window(run.text, 2, found);
            continue;
        }
        let sizes: &[usize] = if beginnings { &[1, 2] } else { &[] };
        for beginning in sizes.iter().filter_map(|size| first_characters(run.text, *size)) {
            found(beginning);
        }
        each_window(run.text, 3, found);
    }
}

fn first_characters(text: &str, count: usize) -> Option<&str> {
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.nth(count).and_then(|end| text.get(..end))
}

#[cfg(test)]
mod tests {
    use citizenry_identity::Id as _;
    use proptest::prelude::*;
    use serde_json::json;
    use ulid::Ulid;

    use super::*;

    fn grams(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for_each_gram(text, true, &mut |gram| found.push(gram.to_owned()));
        found
    }

    fn tenant(number: u64) -> Tokens {
        Tokens::of(TenantId::from_ulid(Ulid::from_parts(number, 0)))
    }

    #[test]
    fn ideographs_yield_singles_and_pairs_words_yield_threes() {
        assert_eq!(grams("李小伟"), ["李", "小", "伟", "李小", "小伟"]);
        assert_eq!(grams("fioman"), ["f", "fi", "fio", "iom", "oma", "man"]);
        assert_eq!(grams("li lei"), ["l", "li", "l", "le", "lei"]);
        assert_eq!(grams("a1李b"), ["a", "a1", "李", "b"]);
        assert_eq!(grams("· -"), [""; 0]);
    }

    #[test]
    fn a_part_is_searched_by_what_every_text_around_it_has() {
        let make = tenant(1);
        let part = |text: &str, begins| make.of_part(Kind::Word, text, begins);
        let whole = |text| make.whole(Kind::Word, text);
        assert_eq!(part("李", false), [whole("李")]);
        assert_eq!(part("小伟", false), [whole("小伟")]);
        assert_eq!(part("li", false), [0_i64; 0]);
        assert_eq!(part("li", true), [whole("li")]);
        assert_eq!(part("_li", false), [whole("li")]);
        assert_eq!(part("o李", false), [whole("李")]);
        assert_eq!(part("oma", false), [whole("oma")]);
        assert_eq!(part(&"abcdefghij".repeat(20), false).len(), 10);
        let long: String = ('a'..='z').chain('0'..='9').collect();
        assert!(part(&long, false).len() <= MOST_GRAMS);
    }

    #[test]
    fn tenants_and_kinds_do_not_meet() {
        assert_ne!(tenant(1).whole(Kind::Word, "a"), tenant(2).whole(Kind::Word, "a"));
        assert_ne!(tenant(1).whole(Kind::Word, "a"), tenant(1).whole(Kind::Domain, "a"));
    }

    fn members_of(value: &Value) -> Vec<(bool, String)> {
        let mut found = Vec::new();
        let object = value.as_object().unwrap();
        members("user_metadata", object, &mut |kind, text| {
            found.push((kind == Kind::Metadata, text.to_owned()));
        });
        found
    }

    #[test]
    fn free_data_yields_paths_and_values_without_levels_of_arrays() {
        let data = json!({
            "plan": "gold", "age": 5.0, "ratio": 0.5, "on": true, "none": null, "empty": {},
            "addresses": [{"city": "深圳"}, [{"city": "Paris"}]]
        });
        let found = members_of(&data);
        for (is_value, text) in [
            (true, "user_metadata.plan\0gold"),
            (true, "user_metadata.age\x005"),
            (true, "user_metadata.ratio\x000.5"),
            (true, "user_metadata.on\0true"),
            (true, "user_metadata.addresses.city\0深圳"),
            (true, "user_metadata.addresses.city\0Paris"),
            (false, "user_metadata.addresses"),
            (false, "user_metadata.addresses.city"),
        ] {
            assert!(found.contains(&(is_value, text.to_owned())), "{text:?} in {found:?}");
        }
        assert!(!found.iter().any(|(_, text)| text.contains("none") || text.contains("empty")));
    }

    proptest! {
        #[test]
        fn what_contains_a_part_has_its_tokens(
            before in "[a-c李小伟 _.]{0,4}",
            part in "[a-c李小伟 _.]{0,5}",
            after in "[a-c李小伟 _.]{0,4}",
        ) {
            let make = tenant(1);
            let mut all = BTreeSet::new();
            make.add(Kind::Word, &format!("{before}{part}{after}"), &mut all);
            let sought = make.of_part(Kind::Word, &part, before.is_empty());
            prop_assert!(sought.iter().all(|token| all.contains(token)));
        }
    }
}
