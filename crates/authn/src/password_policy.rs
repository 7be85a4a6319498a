//! Whether a new password satisfies a policy.
//!
//! The policy itself is [`PasswordPolicy`] of `identity`; here a password is held against it, and
//! every rule that it breaks is named, so that the person can mend them all at once.

use std::collections::BTreeSet;

use citizenry_identity::{CharacterClass, PasswordPolicy, PasswordRule, folded};
use secrecy::{ExposeSecret, SecretString};
use zxcvbn::zxcvbn;

mod common;

/// The longest password that is looked at at all, bytes: one beyond is refused for its length.
const MAX_BYTES: usize = 4096;
/// How many characters are scored: `zxcvbn` itself would take a hundred, and almost two seconds over
/// digits and signs that may all stand for letters.
const MAX_SCORED: usize = 32;
/// A personal word counts from so many characters on; an ideograph counts as two.
const MIN_PERSONAL: usize = 4;

/// What a person is called: words that his password may not contain.
#[derive(Clone, Default)]
pub struct PersonalData(Vec<String>);

impl std::fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalData({} words)", self.0.len())
    }
}

impl PersonalData {
    /// Adds a username, a name, an email address, a phone number or a number. A name of several words
    /// counts by each of them, an address as a whole and by what stands before its `@`.
    pub fn add(&mut self, text: &str) {
        let whole = folded(text);
        let local = whole.split('@').next().unwrap_or_default();
        let words = local.split(|c: char| !c.is_alphanumeric()).chain([local, whole.as_str()]);
        for word in words.filter(|word| weight(word) >= MIN_PERSONAL) {
            if !self.0.iter().any(|known| known == word) {
                self.0.push(word.to_owned());
            }
        }
    }

    fn occurs_in(&self, folded_password: &str) -> bool {
        self.0.iter().any(|word| folded_password.contains(word.as_str()))
    }
}

/// The characters of a word, those of Chinese, Japanese and Korean twice: 李雷 is a whole name.
fn weight(word: &str) -> usize {
    word.chars().map(|c| if ('\u{2e80}'..='\u{3ffff}').contains(&c) { 2 } else { 1 }).sum()
}

/// The rules of the policy that a password breaks, former passwords aside; none if it is good.
///
/// Takes some milliseconds, or a fifth of a second over a password made for that purpose: where requests are served, go through
/// [`PolicyRules`](crate::PolicyRules).
pub fn broken_rules(
    policy: &PasswordPolicy,
    password: &SecretString,
    person: &PersonalData,
) -> Vec<PasswordRule> {
    let password = password.expose_secret();
    if password.len() > MAX_BYTES {
        return vec![PasswordRule::MaxLength(policy.max_length)];
    }
    let breaks = |rule: &PasswordRule| breaks(policy, *rule, password, person);
    policy.rules().into_iter().filter(breaks).collect()
}

fn breaks(
    policy: &PasswordPolicy,
    rule: PasswordRule,
    password: &str,
    person: &PersonalData,
) -> bool {
    let contains =
        |class: CharacterClass| password.chars().any(|c| policy.class_of(c) == Some(class));
    match rule {
        PasswordRule::MinLength(least) => password.chars().count() < usize::from(least),
        PasswordRule::MaxLength(most) => password.chars().count() > usize::from(most),
        PasswordRule::Contains(class) => !contains(class),
        PasswordRule::ContainsClasses(least) => {
            let classes = CharacterClass::ALL.into_iter().filter(|class| contains(*class));
            classes.count() < usize::from(least)
        }
        PasswordRule::Alphabet(alphabet) => !password.chars().all(|c| alphabet.has(c)),
        PasswordRule::AlphanumericEnds => {
            let mut ends = [password.chars().next(), password.chars().next_back()].into_iter();
            !ends.all(|end| end.is_some_and(char::is_alphanumeric))
        }
        PasswordRule::HalfDistinct => {
            let distinct: BTreeSet<char> = password.chars().collect();
            distinct.len() * 2 < password.chars().count()
        }
        PasswordRule::MaxIdentical(most) => longest_run(password, |a, b| a == b) > most.into(),
        PasswordRule::MaxSequential(most) => {
            let (up, down) = (longest_run(password, follows), longest_run(password, precedes));
            up.max(down) > most.into()
        }
        PasswordRule::Strength(least) => score(password, person) < least,
        PasswordRule::NotCommon => {
            policy.refuse_common && common::contains(&password.to_lowercase())
                || policy.refuses_by_name(password)
        }
        PasswordRule::NoPersonalData => person.occurs_in(&folded(password)),
        // Only the hashes of former passwords can tell.
        PasswordRule::NotRecent(_) => false,
    }
}

/// The length of the longest run of characters of which each pair of neighbours is `alike`.
fn longest_run(text: &str, alike: impl Fn(char, char) -> bool) -> usize {
    let mut longest = 0;
    let mut run = 0;
    let mut previous = None;
    for character in text.chars() {
        run = if previous.is_some_and(|p| alike(p, character)) { run + 1 } else { 1 };
        longest = longest.max(run);
        previous = Some(character);
    }
    longest
}

/// Whether the second letter or digit comes right after the first, whatever their case.
fn follows(first: char, second: char) -> bool {
    let (first, second) = (first.to_ascii_lowercase(), second.to_ascii_lowercase());
    first.is_ascii_alphanumeric()
        && second.is_ascii_alphanumeric()
        && u32::from(second) == u32::from(first) + 1
}

/// Whether the second letter or digit comes right before the first.
fn precedes(first: char, second: char) -> bool {
    follows(second, first)
}

/// `zxcvbn`'s score of the first [`MAX_SCORED`] characters, 0 to 4.
fn score(password: &str, person: &PersonalData) -> u8 {
    let words: Vec<&str> = person.0.iter().map(String::as_str).collect();
    let end = password.char_indices().nth(MAX_SCORED).map_or(password.len(), |(end, _)| end);
    u8::from(zxcvbn(password.get(..end).unwrap_or_default(), &words).score())
}

#[cfg(test)]
mod tests;
