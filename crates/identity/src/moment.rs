//! What a use case needs of the world: the present and randomness.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use ulid::Ulid;

use crate::Timestamp;

/// A source of random bytes. The binary hands in the operating system's, tests a seeded one.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Fills `bytes` with randomness that is good enough for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// The present, read once before a unit of work begins (which may run more than once), and
/// randomness for the identifiers and secrets made in it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Moment {
    now: Timestamp,
    entropy: Arc<dyn Entropy>,
    made: Arc<AtomicU64>,
}

impl Moment {
    /// The moment `now`, with randomness from `entropy`.
    pub fn new(now: Timestamp, entropy: Arc<dyn Entropy>) -> Self {
        Self { now, entropy, made: Arc::default() }
    }

    /// The present of this moment.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new ULID of this moment. ULIDs sort by time: those of one moment in the order in which they
    /// were made, those of different moments by the microsecond. 56 of the bits are random.
    pub fn ulid(&self) -> Ulid {
        let mut random = [0_u8; 16];
        self.entropy.fill(&mut random);
        let random = u128::from_be_bytes(random) & ((1 << 56) - 1);
        let micros = u64::try_from(self.now.unix_micros()).unwrap_or_default();
        let within = u128::from(micros % 1_000) << 70;
        let order = u128::from(self.made.fetch_add(1, Ordering::Relaxed) & 0x3fff) << 56;
        Ulid::from_parts(micros / 1_000, within | order | random)
    }

    /// `length` random letters and digits: 5.95 bits each, so 43 of them carry 256 bits.
    pub fn alphanumeric(&self, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let mut bytes = [0_u8; 64];
            self.entropy.fill(&mut bytes);
            // Values past the last whole multiple of 62 would favour some letters.
            let letters = bytes.iter().filter(|byte| **byte < 248);
            let missing = length - text.len();
            text.extend(
                letters
                    .filter_map(|byte| ALPHABET.get(usize::from(*byte % 62)))
                    .map(|letter| char::from(*letter))
                    .take(missing),
            );
        }
        text
    }

    /// Fills `bytes` with randomness.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Counting(std::sync::atomic::AtomicU8);
    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn ulids_sort_by_the_microsecond_and_within_a_moment_as_they_were_made() {
        let at = |micros| {
            let now = Timestamp::from_unix_micros(micros).unwrap();
            Moment::new(now, Arc::new(Counting(200.into())))
        };
        let (first, second) = (at(5_000_001), at(5_000_002));
        let made = [first.ulid(), first.clone().ulid(), first.ulid(), second.ulid()];
        assert!(made.is_sorted(), "{made:?}");
        assert_eq!(made[0].timestamp_ms(), 5_000);
    }

    #[test]
    fn alphanumeric_has_the_length_and_the_alphabet_asked_for() {
        let moment =
            Moment::new(Timestamp::from_unix_micros(0).unwrap(), Arc::new(Counting(0.into())));
        let text = moment.alphanumeric(150);
        assert_eq!(text.len(), 150);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
