//! Passwords that nobody has chosen.

use citizenry_identity::{Moment, PasswordPolicy};
use secrecy::SecretString;

/// The fewest characters of a generated password, where the policy lets it be so long.
const GENERATED: u16 = 16;
/// The characters of generated passwords by class, without those that people mistake for others.
const GENERATED_FROM: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#$%&*+-=?@"];

/// A random password that satisfies the policy: characters of every class, a letter at either end,
/// and no two neighbours alike or in their order. 16 characters of it carry about 90 bits.
///
/// What a policy of fewer than four characters asks for may be more than fits.
pub fn generate_password(policy: &PasswordPolicy, moment: &Moment) -> SecretString {
    let length = usize::from(GENERATED.max(policy.min_length).min(policy.max_length)).max(1);
    let mut random = Random::new(moment);
    // One of each class somewhere between the ends, so that no class is missing.
    let mut classes: Vec<Option<usize>> = vec![None; length];
    if let Some(inner) = classes.get_mut(1..length.saturating_sub(1)) {
        for class in 0..GENERATED_FROM.len().min(inner.len()) {
            let is_free = |place: &usize| inner.get(*place).is_some_and(Option::is_none);
            let free: Vec<usize> = (0..inner.len()).filter(is_free).collect();
            if let Some(slot) = random.one_of(&free).and_then(|place| inner.get_mut(place)) {
                *slot = Some(class);
            }
        }
    }
    let mut password: Vec<u8> = Vec::with_capacity(length);
    for (place, class) in classes.into_iter().enumerate() {
        let at_end = place == 0 || place + 1 == length;
        let from: Vec<u8> = match class.and_then(|class| GENERATED_FROM.get(class)) {
            Some(letters) => letters.to_vec(),
            None => GENERATED_FROM
                .iter()
                .take(if at_end { 2 } else { 3 })
                .copied()
                .flatten()
                .copied()
                .collect(),
        };
        let fits = |next: &u8| password.last().is_none_or(|last| !are_neighbours(*last, *next));
        let from: Vec<u8> = from.into_iter().filter(|next| fits(next)).collect();
        password.extend(random.one_of(&from));
    }
    SecretString::from(String::from_utf8_lossy(&password).into_owned())
}

/// Whether two characters are alike but for their case, or follow each other in either direction.
fn are_neighbours(one: u8, other: u8) -> bool {
    one.to_ascii_lowercase().abs_diff(other.to_ascii_lowercase()) <= 1
}

/// Random choices without a bias.
struct Random<'a> {
    moment: &'a Moment,
    bytes: [u8; 64],
    used: usize,
}

impl<'a> Random<'a> {
    fn new(moment: &'a Moment) -> Self {
        Self { moment, bytes: [0; 64], used: usize::MAX }
    }

    fn byte(&mut self) -> u8 {
        if self.used >= self.bytes.len() {
            self.moment.fill(&mut self.bytes);
            self.used = 0;
        }
        let byte = self.bytes.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }

    /// One of at most 256 choices; none of none.
    fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let count = choices.len().min(256);
        if count == 0 {
            return None;
        }
        // Values past the last whole multiple would favour some choices.
        let whole = 256 - 256 % count;
        loop {
            let value = usize::from(self.byte());
            if value < whole {
                return choices.get(value % count).copied();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use citizenry_identity::{CharacterClass, Entropy, Timestamp};
    use secrecy::ExposeSecret as _;

    use super::*;

    /// Bytes of a linear congruence: different in every call.
    #[derive(Debug)]
    struct Congruent(AtomicU64);
    impl Entropy for Congruent {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let step = |state: u64| {
                    Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
                };
                let state = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).unwrap();
                *byte = state.to_be_bytes()[3];
            }
        }
    }

    fn moment() -> Moment {
        let now = Timestamp::from_unix_micros(0).unwrap();
        Moment::new(now, Arc::new(Congruent(AtomicU64::new(1))))
    }

    #[test]
    fn generated_passwords_have_every_class_and_letters_at_their_ends() {
        let moment = moment();
        for (policy, length) in [
            (PasswordPolicy::audience_manager(), 16),
            (PasswordPolicy::angus(), 16),
            (PasswordPolicy { min_length: 30, ..PasswordPolicy::default() }, 30),
            (PasswordPolicy { max_length: 8, ..PasswordPolicy::permissive() }, 8),
        ] {
            let mut seen = std::collections::BTreeSet::new();
            for _ in 0..200 {
                let password = generate_password(&policy, &moment).expose_secret().to_owned();
                assert_eq!(password.chars().count(), length, "{password}");
                for class in CharacterClass::ALL {
                    let has = password.chars().any(|c| policy.class_of(c) == Some(class));
                    assert!(has, "{password} lacks {class}");
                }
                assert!(password.starts_with(char::is_alphabetic), "{password}");
                assert!(password.ends_with(char::is_alphabetic), "{password}");
                let bytes = password.as_bytes();
                assert!(bytes.windows(2).all(|pair| !are_neighbours(pair[0], pair[1])));
                assert!(policy.alphabets.iter().all(|it| password.chars().all(|c| it.has(c))));
                assert!(seen.insert(password), "no two are alike");
            }
        }
    }

    #[test]
    fn the_shortest_policies_get_what_fits() {
        for length in 1..4 {
            let policy = PasswordPolicy { max_length: length, ..PasswordPolicy::permissive() };
            let password = generate_password(&policy, &moment());
            assert_eq!(password.expose_secret().len(), usize::from(length));
        }
    }
}
