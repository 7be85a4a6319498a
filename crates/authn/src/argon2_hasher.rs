//! Passwords: hashed with Argon2id (RFC 9106) as PHC strings, verified in whatever form they have.

use std::hint::black_box;
use std::num::NonZero;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHash as PhcString, Version};
use async_trait::async_trait;
use aws_lc_rs::rand;
use citizenry_identity::{Error, PasswordHash};
use citizenry_storage::{GivenHash, PasswordHasher, Verification};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use zeroize::Zeroize;

use crate::argon2_pool::{Memory, Pool};
use crate::foreign_hashes::{ForeignHash, MAX_MEMORY_KIB};

/// Bytes of salt and of the hash itself.
pub(crate) const SALT: usize = 16;
pub(crate) const HASH: usize = 32;

/// How long an idle thread keeps its memory.
const KEEP_MEMORY: Duration = Duration::from_secs(30);

/// How many passwords may wait for each thread where nothing else is said: at 20 ms each, the last
/// of them waits a third of a second.
const QUEUE_PER_THREAD: usize = 16;

/// What one Argon2id hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// The memory, KiB.
    pub memory_kib: u32,
    /// The passes over the memory.
    pub passes: u32,
    /// The lanes; one thread computes them all.
    pub lanes: u32,
}

impl Default for Argon2Cost {
    /// 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl Argon2Cost {
    /// The sets of parameters that OWASP recommends; all cost an attacker about the same.
    pub const OWASP: [Self; 5] = [
        Self { memory_kib: 47_104, passes: 1, lanes: 1 },
        Self { memory_kib: 19_456, passes: 2, lanes: 1 },
        Self { memory_kib: 12_288, passes: 3, lanes: 1 },
        Self { memory_kib: 9_216, passes: 4, lanes: 1 },
        Self { memory_kib: 7_168, passes: 5, lanes: 1 },
    ];

    /// The cost itself, if it is no less than the cheapest of [`Argon2Cost::OWASP`] and not so dear
    /// that one hash needs more than 256 MiB or 64 passes.
    ///
    /// # Errors
    /// `Invalid` on `hash.memory`, `hash.passes` or `hash.lanes`.
    pub fn checked(self) -> Result<Self, Error> {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        if !(7_168..=MAX_MEMORY_KIB).contains(&self.memory_kib) {
            return Err(Error::invalid("hash.memory", "must be 7168 to 262144 KiB"));
        }
        if !(1..=64).contains(&self.passes) {
            return Err(Error::invalid("hash.passes", "must be 1 to 64"));
        }
        if work < 7_168 * 5 {
            return Err(Error::invalid(
                "hash.passes",
                "memory times passes must be 35 MiB or more",
            ));
        }
        if !(1..=4).contains(&self.lanes) {
            return Err(Error::invalid("hash.lanes", "must be 1 to 4"));
        }
        Ok(self)
    }

    pub(crate) fn params(self) -> Result<Params, Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH)).map_err(Error::internal)
    }
}

/// How an [`Argon2Hasher`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherSettings {
    /// The threads that hash; each needs the memory of one hash. At least one.
    pub threads: usize,
    /// How many passwords may wait for a thread; one more is refused. At least one.
    pub queue: usize,
    /// What a new hash costs.
    pub cost: Argon2Cost,
}

impl Default for HasherSettings {
    /// A thread for each core but one, sixteen passwords waiting for each.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(cores.saturating_sub(1))
    }
}

impl HasherSettings {
    /// `threads` threads, at least one, and all else as usual.
    pub fn with_threads(threads: usize) -> Self {
        let threads = threads.max(1);
        let queue = threads.saturating_mul(QUEUE_PER_THREAD);
        Self { threads, queue, cost: Argon2Cost::default() }
    }
}

/// Hashes passwords with Argon2id and verifies them in every form that [`ForeignHash`] reads, on
/// threads of its own. Nothing is allocated and no thread exists before the first password; after
/// half a minute without any, the memory is given back.
///
/// When the queue is full the next password is refused with [`Error::Unavailable`] at once, rather
/// than made to wait for seconds: the doors answer 503 with `Retry-After: 1`, by which time a full
/// queue has been worked off.
pub struct Argon2Hasher {
    pool: Pool,
    cost: Argon2Cost,
}

impl std::fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Argon2Hasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl Default for Argon2Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Argon2Hasher {
    /// A hasher with the default settings.
    pub fn new() -> Self {
        Self::unchecked(HasherSettings::default())
    }

    /// A hasher on `threads` threads, at least one.
    pub fn with_threads(threads: usize) -> Self {
        Self::unchecked(HasherSettings::with_threads(threads))
    }

    /// A hasher of one's own choice.
    ///
    /// # Errors
    /// As [`Argon2Cost::checked`].
    pub fn with_settings(settings: HasherSettings) -> Result<Self, Error> {
        settings.cost.checked()?;
        Ok(Self::unchecked(settings))
    }

    fn unchecked(settings: HasherSettings) -> Self {
        let pool = Pool::new(settings.threads, settings.queue, KEEP_MEMORY);
        Self { pool, cost: settings.cost }
    }

    /// What a new hash costs.
    pub fn cost(&self) -> Argon2Cost {
        self.cost
    }

    /// Runs `work` on a hashing thread; not at all if the caller has gone before its turn.
    async fn run<R, F>(&self, work: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&mut Memory) -> R + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = move |memory: &mut Memory| {
            if !answer.is_closed() {
                // Nobody waits for it any more: then there is nobody to tell either.
                let _gone = answer.send(work(memory));
            }
        };
        self.pool.submit(Box::new(job)).map_err(|_full| Error::Unavailable)?;
        answered.await.map_err(Error::internal)
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        let (password, cost) = (password.clone(), self.cost);
        self.run(move |memory| hash(memory, cost, &password)).await?
    }

    /// Also `Internal` when the hash is dearer than [`ForeignHash`] allows: it must not be able to
    /// stop this program.
    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        // The parser's errors quote nothing of the hash.
        let stored = ForeignHash::parse(hash.as_str()).map_err(Error::internal)?;
        let (password, cost) = (password.clone(), self.cost);
        self.run(move |memory| verify(memory, cost, &password, &stored)).await?
    }

    async fn verify_nothing(&self, password: &SecretString) -> Result<(), Error> {
        let (password, cost) = (password.clone(), self.cost);
        self.run(move |memory| spend(memory, cost, &password)).await?
    }

    fn adopt(&self, given: GivenHash<'_>) -> Result<PasswordHash, Error> {
        let read = match given {
            GivenHash::Text(text) => ForeignHash::parse(text),
            GivenHash::Custom(value) => ForeignHash::from_custom_password_hash(value),
        };
        Ok(read?.to_stored())
    }
}

fn hash(
    memory: &mut Memory,
    cost: Argon2Cost,
    password: &SecretString,
) -> Result<PasswordHash, Error> {
    let params = cost.params()?;
    let mut salt = [0; SALT];
    // Straight from the system: a seeded salt would be none.
    rand::fill(&mut salt).map_err(Error::internal)?;
    let mut out = [0; HASH];
    compute(memory, Algorithm::Argon2id, Version::V0x13, &params, password, &salt, &mut out)?;
    let phc = PhcString {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(Error::internal)?,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&out).map_err(Error::internal)?),
    };
    Ok(PasswordHash::new(phc.to_string()))
}

fn verify(
    memory: &mut Memory,
    cost: Argon2Cost,
    password: &SecretString,
    stored: &ForeignHash,
) -> Result<Verification, Error> {
    let correct = stored.verify(memory, password)?;
    Ok(match (correct, stored.is_current(cost)) {
        (true, true) => Verification::Correct,
        (true, false) => Verification::CorrectOutdated,
        (false, true) => Verification::Wrong,
        (false, false) => {
            // A right password is hashed anew next, and an unknown user costs one hash: so that an
            // MD5 hash does not answer sooner than either.
            spend(memory, cost, password)?;
            Verification::Wrong
        }
    })
}

/// Computes a hash for nobody.
pub(crate) fn spend(
    memory: &mut Memory,
    cost: Argon2Cost,
    password: &SecretString,
) -> Result<(), Error> {
    let mut out = [0; HASH];
    let params = cost.params()?;
    compute(memory, Algorithm::Argon2id, Version::V0x13, &params, password, &[0; SALT], &mut out)?;
    black_box(&out);
    out.zeroize();
    Ok(())
}

pub(crate) fn compute(
    memory: &mut Memory,
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    password: &SecretString,
    salt: &[u8],
    out: &mut [u8],
) -> Result<(), Error> {
    Argon2::new(algorithm, version, params.clone())
        .hash_password_into_with_memory(
            password.expose_secret().as_bytes(),
            salt,
            out,
            memory.blocks(params.block_count()),
        )
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn stored_hash(text: &str) -> PasswordHash {
        PasswordHash::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_verifies_and_another_does_not() {
        let hasher = Argon2Hasher::with_threads(1);
        let stored = hasher.hash(&secret("compoejffio@jfowfjeio")).await.unwrap();
        assert!(
            stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            stored.as_str()
        );
        for (password, expected) in [
            ("compoejffio@jfowfjeio", Verification::Correct),
            ("compoejffio@jfowfjei", Verification::Wrong),
            ("", Verification::Wrong),
        ] {
            assert_eq!(hasher.verify(&secret(password), &stored).await.unwrap(), expected);
        }
        hasher.verify_nothing(&secret("anything")).await.unwrap();
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hasher = Argon2Hasher::with_threads(1);
        let first = hasher.hash(&secret("李雷")).await.unwrap();
        let second = hasher.hash(&secret("李雷")).await.unwrap();
        assert_ne!(first.as_str(), second.as_str());
    }

    /// Made by the reference implementation in C, through its Python binding.
    #[tokio::test]
    async fn hashes_of_the_reference_implementation_verify() {
        let hasher = Argon2Hasher::with_threads(1);
        for stored in [REFERENCE_ID, REFERENCE_I] {
            let stored = stored_hash(stored);
            let right = hasher.verify(&secret("password"), &stored).await.unwrap();
            assert_eq!(right, Verification::CorrectOutdated);
            assert!(right.wants_new_hash());
            let wrong = hasher.verify(&secret("Password"), &stored).await.unwrap();
            assert_eq!(wrong, Verification::Wrong);
        }
    }

    #[tokio::test]
    async fn a_hash_that_is_too_dear_or_none_at_all_is_refused_at_once() {
        let hasher = Argon2Hasher::with_threads(1);
        let dear = REFERENCE_ID.replace("t=2", "t=4000000000");
        let large = REFERENCE_ID.replace("m=64", "m=4000000000");
        for stored in [
            "",
            "plain",
            "$2b$10$abc",
            "sha1$x",
            "{noop}password",
            "$argon2id$v=19$m=64,t=2,p=1",
            &dear,
            &large,
        ] {
            let refused = hasher.verify(&secret("password"), &stored_hash(stored)).await;
            assert!(matches!(refused, Err(Error::Internal(_))), "{stored}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_system_verifies_and_asks_to_be_replaced() {
        let hasher = Argon2Hasher::with_threads(1);
        // python: hashlib.sha1(b"salt" + b"password"), as Django once stored it
        let stored = stored_hash("sha1$salt$59b3e8d637cf97edbe2384cf59cb7453dfe30789");
        let right = hasher.verify(&secret("password"), &stored).await.unwrap();
        assert_eq!(right, Verification::CorrectOutdated);
        assert!(!hasher.verify(&secret("passwor"), &stored).await.unwrap().is_correct());
    }

    #[tokio::test]
    async fn a_hash_cheaper_than_todays_asks_to_be_replaced() {
        let cheap = Argon2Hasher::with_threads(1);
        let stored = cheap.hash(secret_ref()).await.unwrap();
        let dear = HasherSettings {
            cost: Argon2Cost { memory_kib: 20_480, passes: 2, lanes: 1 },
            ..HasherSettings::with_threads(1)
        };
        let dear = Argon2Hasher::with_settings(dear).unwrap();
        let verdict = dear.verify(secret_ref(), &stored).await.unwrap();
        assert_eq!(verdict, Verification::CorrectOutdated);
        let renewed = dear.hash(secret_ref()).await.unwrap();
        assert!(renewed.as_str().contains("$m=20480,t=2,p=1$"), "{}", renewed.as_str());
        let verdict = dear.verify(secret_ref(), &renewed).await.unwrap();
        assert_eq!(verdict, Verification::Correct);
        // What costs more than today's is no reason to hash again.
        let verdict = cheap.verify(secret_ref(), &renewed).await.unwrap();
        assert_eq!(verdict, Verification::Correct);
    }

    #[test]
    fn a_cost_below_the_recommendation_or_beyond_reason_is_refused() {
        for cost in Argon2Cost::OWASP {
            assert_eq!(cost.checked().unwrap(), cost);
        }
        assert_eq!(Argon2Cost::default(), Argon2Cost::OWASP[1]);
        for (memory_kib, passes, lanes) in
            [(7_167, 9, 1), (262_145, 1, 1), (19_456, 0, 1), (19_456, 65, 1), (19_456, 1, 1)]
        {
            assert!(Argon2Cost { memory_kib, passes, lanes }.checked().is_err());
        }
        let weak = Argon2Cost { memory_kib: 64, passes: 1, lanes: 1 };
        let settings = HasherSettings { cost: weak, ..HasherSettings::default() };
        assert!(Argon2Hasher::with_settings(settings).is_err());
    }

    #[tokio::test]
    async fn a_burst_beyond_the_queue_is_told_to_come_back() {
        let settings = HasherSettings { queue: 4, ..HasherSettings::with_threads(1) };
        let hasher = Argon2Hasher::with_settings(settings).unwrap();
        let attempts = (0..12).map(|_| hasher.hash(secret_ref()));
        let results = futures_util::future::join_all(attempts).await;
        let refused = results.iter().filter(|r| matches!(r, Err(Error::Unavailable))).count();
        let done = results.iter().filter(|r| r.is_ok()).count();
        assert_eq!(refused + done, 12);
        assert!((4..=5).contains(&done), "one at work and four waiting: {done}");
    }

    fn secret_ref() -> &'static SecretString {
        static PASSWORD: std::sync::OnceLock<SecretString> = std::sync::OnceLock::new();
        PASSWORD.get_or_init(|| secret("password"))
    }

    const REFERENCE_ID: &str = "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$0d2fS/oVpAjBrlU/TISqg9c6/NuUo7W1l+jrIBSJuWs";
    const REFERENCE_I: &str =
        "$argon2i$v=19$m=256,t=3,p=2$c29tZXNhbHQxMjM0NTY3OA$ssNOhnmAjdDWTNCbVK9QGcvwz5AG4e1/";
}
