//! Stand-ins for the services that the binary hands in.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use citizenry_identity::{Error, PasswordHash, PasswordPolicy, PasswordRule};
use citizenry_storage::{
    Document, Environment, GivenHash, OutgoingError, PasswordHasher, PasswordRules, Sealer,
    Verification, WebClient,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{FrozenClock, SeededEntropy};

/// "Hashes" a password by writing it down: fast, and never outside of tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHasher;

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        Ok(PasswordHash::new(format!("$plain${}", password.expose_secret())))
    }

    /// A hash `$outdated$<password>` stands for one of another system.
    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        let is = |prefix| hash.as_str().strip_prefix(prefix) == Some(password.expose_secret());
        Ok(if is("$plain$") {
            Verification::Correct
        } else if is("$outdated$") {
            Verification::CorrectOutdated
        } else {
            Verification::Wrong
        })
    }

    async fn verify_nothing(&self, _password: &SecretString) -> Result<(), Error> {
        Ok(())
    }

    /// Takes what its own hashes begin with, and no object.
    fn adopt(&self, given: GivenHash<'_>) -> Result<PasswordHash, Error> {
        match given {
            GivenHash::Text(text)
                if text.starts_with("$plain$") || text.starts_with("$outdated$") =>
            {
                Ok(PasswordHash::new(text.to_owned()))
            }
            GivenHash::Text(_) => Err(Error::invalid("password_hash", "names no known algorithm")),
            GivenHash::Custom(_) => {
                Err(Error::invalid("custom_password_hash", "is not known here"))
            }
        }
    }
}

/// A [`PlainHasher`] that counts what it is asked for.
#[derive(Debug, Default)]
pub struct CountingHasher {
    hashed: AtomicUsize,
    verified: AtomicUsize,
}

impl CountingHasher {
    /// How many passwords were hashed, and how many verified (for somebody or for nobody), since
    /// the last call.
    pub fn take(&self) -> (usize, usize) {
        (self.hashed.swap(0, Ordering::SeqCst), self.verified.swap(0, Ordering::SeqCst))
    }
}

#[async_trait]
impl PasswordHasher for CountingHasher {
    async fn hash(&self, password: &SecretString) -> Result<PasswordHash, Error> {
        self.hashed.fetch_add(1, Ordering::SeqCst);
        PlainHasher.hash(password).await
    }

    async fn verify(
        &self,
        password: &SecretString,
        hash: &PasswordHash,
    ) -> Result<Verification, Error> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        PlainHasher.verify(password, hash).await
    }

    async fn verify_nothing(&self, _password: &SecretString) -> Result<(), Error> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn adopt(&self, given: GivenHash<'_>) -> Result<PasswordHash, Error> {
        PlainHasher.adopt(given)
    }
}

/// Knows the rules on length alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainRules;

#[async_trait]
impl PasswordRules for PlainRules {
    async fn violations(
        &self,
        policy: &PasswordPolicy,
        password: &SecretString,
        _personal: &[String],
    ) -> Result<Vec<PasswordRule>, Error> {
        let length = password.expose_secret().chars().count();
        let mut broken = policy.rules();
        broken.retain(|rule| match rule {
            PasswordRule::MinLength(least) => length < usize::from(*least),
            PasswordRule::MaxLength(most) => length > usize::from(*most),
            _ => false,
        });
        Ok(broken)
    }
}

/// A web of documents that a test has put there. What is not there fails.
#[derive(Debug, Default)]
pub struct ScriptedWeb {
    documents: Mutex<BTreeMap<String, Document>>,
    posts: Mutex<Vec<Posted>>,
}

/// A form that was posted to a [`ScriptedWeb`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Where to.
    pub url: String,
    /// Names and values.
    pub form: Vec<(String, String)>,
}

impl ScriptedWeb {
    /// Puts a document of that content type there, in answer to `GET` and `POST`.
    pub fn put(&self, url: &str, status: u16, content_type: &str, body: impl Into<Vec<u8>>) {
        let document =
            Document { status, content_type: Some(content_type.to_owned()), body: body.into() };
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.insert(url.to_owned(), document);
    }

    /// What was posted since the last call.
    pub fn take_posts(&self) -> Vec<Posted> {
        std::mem::take(&mut *self.posts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, url: &str) -> Result<Document, OutgoingError> {
        let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let found = documents.get(url).cloned();
        found.ok_or_else(|| OutgoingError::Failed("nothing is there".to_owned()))
    }
}

#[async_trait]
impl WebClient for ScriptedWeb {
    async fn get(&self, url: &str) -> Result<Document, OutgoingError> {
        self.find(url)
    }

    async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Document, OutgoingError> {
        let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let posted = Posted { url: url.to_owned(), form: form.collect() };
        self.posts.lock().unwrap_or_else(PoisonError::into_inner).push(posted);
        self.find(url)
    }
}

/// "Seals" by mixing the context in, so that a wrong context or changed bytes are noticed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestSealer;

fn digest(parts: [&[u8]; 2]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}

impl Sealer for TestSealer {
    fn seal(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let mut sealed = digest([context.as_bytes(), secret]).to_vec();
        sealed.extend(secret.iter().map(|byte| byte ^ 0x5a));
        Ok(sealed)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let refused = || Error::internal("not sealed for this");
        let (tag, hidden) = sealed.split_at_checked(8).ok_or_else(refused)?;
        let secret: Vec<u8> = hidden.iter().map(|byte| byte ^ 0x5a).collect();
        if digest([context.as_bytes(), &secret]) == tag { Ok(secret) } else { Err(refused()) }
    }

    fn keyed_hash(&self, purpose: &str, secret: &[u8]) -> [u8; 32] {
        let mut hash = [0_u8; 32];
        for (chunk, round) in hash.chunks_mut(8).zip(0_u8..) {
            let purpose = format!("{round}:{purpose}");
            chunk.copy_from_slice(&digest([purpose.as_bytes(), secret]));
        }
        hash
    }
}

/// A world held still: a [`FrozenClock`], [`SeededEntropy`], [`TestSealer`], [`PlainHasher`],
/// [`PlainRules`] and an empty [`ScriptedWeb`].
pub fn environment() -> Environment {
    Environment {
        clock: Arc::new(FrozenClock::default()),
        entropy: Arc::new(SeededEntropy::default()),
        sealer: Arc::new(TestSealer),
        passwords: Arc::new(PlainHasher),
        password_rules: Arc::new(PlainRules),
        web: Arc::new(ScriptedWeb::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_bytes_open_with_their_context_alone() {
        let sealed = TestSealer.seal("client_secret:1", b"hunter2").unwrap();
        assert_eq!(TestSealer.open("client_secret:1", &sealed).unwrap(), b"hunter2");
        assert!(TestSealer.open("client_secret:2", &sealed).is_err());
        assert!(TestSealer.open("client_secret:1", &sealed[1..]).is_err());
    }

    #[test]
    fn keyed_hashes_tell_purposes_apart() {
        let hash = TestSealer.keyed_hash("a", b"x");
        assert_eq!(hash, TestSealer.keyed_hash("a", b"x"));
        assert_ne!(hash, TestSealer.keyed_hash("b", b"x"));
        assert_ne!(hash[..8], hash[8..16]);
    }
}
