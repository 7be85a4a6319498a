//! Passwords: Argon2id (RFC 9106) as PHC strings.

use std::num::NonZero;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHash as PhcString, Version};
use async_trait::async_trait;
use aws_lc_rs::rand;
use citizenry_identity::{Error, PasswordHash};
use citizenry_storage::PasswordHasher;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use crate::argon2_pool::{Memory, Pool};

/// Memory of one hash in KiB: OWASP's first recommendation for Argon2id, with the two below.
const MEMORY: u32 = 19_456;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Bytes of salt and of the hash itself.
const SALT: usize = 16;
const HASH: usize = 32;

/// The dearest stored parameters that are still computed: a hash that came from another system
/// must not be able to stop this one.
const MAX_MEMORY: u32 = 256 * 1024;
const MAX_WORK: u64 = 2 * 1024 * 1024;

/// How long an idle thread keeps its 19 MiB.
const KEEP_MEMORY: Duration = Duration::from_secs(30);

/// Hashes and verifies passwords with Argon2id (19 MiB, 2 passes, 1 lane), on as many threads
/// as there are cores but one. Nothing is allocated and no thread exists before the first
/// password; after half a minute without any, the memory is given back.
///
/// At most four passwords a thread wait; the next one is refused with
/// [`Error::Unavailable`] rather than made to wait for seconds.
pub struct Argon2Hasher {
    pool: Pool,
}

impl std::fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Argon2Hasher").finish_non_exhaustive()
    }
}

impl Default for Argon2Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Argon2Hasher {
    /// A hasher on all cores but one, and at least one.
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(cores.saturating_sub(1))
    }

    /// A hasher on `threads` threads, at least one.
    pub fn with_threads(threads: usize) -> Self {
        Self { pool: Pool::new(threads, KEEP_MEMORY) }
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
        let password = password.clone();
        self.run(move |memory| hash(memory, &password)).await?
    }

    /// Also `Internal` when the hash is dearer than anything this program makes: it must not be
    /// able to stop it.
    async fn verify(&self, password: &SecretString, hash: &PasswordHash) -> Result<bool, Error> {
        let (password, hash) = (password.clone(), hash.clone());
        self.run(move |memory| verify(memory, &password, &hash)).await?
    }
}

fn hash(memory: &mut Memory, password: &SecretString) -> Result<PasswordHash, Error> {
    let params = Params::new(MEMORY, PASSES, LANES, Some(HASH)).map_err(Error::internal)?;
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
    password: &SecretString,
    stored: &PasswordHash,
) -> Result<bool, Error> {
    // The parser's errors quote nothing of the hash.
    let phc = PhcString::new(stored.as_str()).map_err(Error::internal)?;
    let algorithm = Algorithm::try_from(phc.algorithm.as_str()).map_err(Error::internal)?;
    let version = phc.version.map(Version::try_from).transpose().map_err(Error::internal)?;
    let params = Params::try_from(&phc).map_err(Error::internal)?;
    if u64::from(params.m_cost()) * u64::from(params.t_cost()) > MAX_WORK
        || params.m_cost() > MAX_MEMORY
    {
        return Err(Error::internal("a stored password hash is dearer than is allowed"));
    }
    let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
        return Err(Error::internal("a stored password hash lacks its salt or its hash"));
    };
    let mut out = vec![0; expected.len()];
    let version = version.unwrap_or_default();
    compute(memory, algorithm, version, &params, password, &salt, &mut out)?;
    Ok(out.ct_eq(expected.as_bytes()).into())
}

fn compute(
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
        assert!(hasher.verify(&secret("compoejffio@jfowfjeio"), &stored).await.unwrap());
        assert!(!hasher.verify(&secret("compoejffio@jfowfjei"), &stored).await.unwrap());
        assert!(!hasher.verify(&secret(""), &stored).await.unwrap());
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
            assert!(hasher.verify(&secret("password"), &stored_hash(stored)).await.unwrap());
            assert!(!hasher.verify(&secret("Password"), &stored_hash(stored)).await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_hash_that_is_too_dear_or_none_at_all_is_refused_at_once() {
        let hasher = Argon2Hasher::with_threads(1);
        let dear = REFERENCE_ID.replace("t=2", "t=4000000000");
        let large = REFERENCE_ID.replace("m=64", "m=4000000000");
        for stored in ["", "plain", "$2b$10$abc", "$argon2id$v=19$m=64,t=2,p=1", &dear, &large] {
            let refused = hasher.verify(&secret("password"), &stored_hash(stored)).await;
            assert!(matches!(refused, Err(Error::Internal(_))), "{stored}");
        }
    }

    #[tokio::test]
    async fn a_burst_beyond_the_queue_is_told_to_come_back() {
        let hasher = Argon2Hasher::with_threads(1);
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
