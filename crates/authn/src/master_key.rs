//! The installation's master key: where it comes from and how it is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroizing;

/// Length of the key in bytes.
const LENGTH: usize = 32;

/// More than the text form of any key: 32 bytes in base64 are 44 characters.
const MAX_FILE: u64 = 256;

/// 32 random bytes from which every other key of the installation's own secrets is derived.
///
/// Whoever has it and the database can read client secrets and signing keys; without it they
/// are lost. It never prints.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; LENGTH]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file or its folder could not be read or written.
    #[error("master key {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read the file.
    #[error(
        "master key {}: its mode is {mode:03o}, so others can read it; make it 600",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is not 32 bytes in base64.
    #[error("a master key is 32 bytes in base64")]
    Malformed,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random,
}

impl MasterKey {
    /// A new key. Keys always come from the system's own source, never from a seeded one.
    ///
    /// # Errors
    /// [`MasterKeyError::Random`].
    pub fn generate() -> Result<Self, MasterKeyError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        rand::fill(bytes.as_mut()).map_err(|_unspecified| MasterKeyError::Random)?;
        Ok(Self::from_bytes(*bytes))
    }

    /// A key that is known already, for instance from a test.
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        let bytes = Zeroizing::new(bytes);
        Self(SecretBox::init_with_mut(|key: &mut [u8; LENGTH]| key.copy_from_slice(&*bytes)))
    }

    /// A key from its text form: 32 bytes in base64 with padding; white space around it is
    /// ignored.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_base64(text: &SecretString) -> Result<Self, MasterKeyError> {
        let decoded = STANDARD.decode(text.expose_secret().trim());
        let decoded = Zeroizing::new(decoded.map_err(|_kind| MasterKeyError::Malformed)?);
        let bytes: [u8; LENGTH] =
            decoded.as_slice().try_into().map_err(|_length| MasterKeyError::Malformed)?;
        Ok(Self::from_bytes(bytes))
    }

    /// The key in `path`; made if there is none. Two processes that start together end with
    /// the same key, whole on disk before either uses it.
    ///
    /// # Errors
    /// [`MasterKeyError::Exposed`] if others than the owner may read the file,
    /// [`MasterKeyError::Malformed`] if it holds something else, otherwise
    /// [`MasterKeyError::File`].
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::File { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Self::create(path)?;
                Self::load(path)
            }
            loaded => loaded,
        }
    }

    /// The key in `path`, which must exist.
    ///
    /// # Errors
    /// As [`MasterKey::load_or_create`].
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        // Asked of the open file, so that it cannot be exchanged in between.
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE).read_to_string(&mut text).map_err(failed)?;
        Self::from_base64(&SecretString::from(text.as_str()))
    }

    /// Writes a new key unless `path` exists. The key is written beside it and then linked to
    /// its name, which fails if another process was first: nobody ever reads half a key.
    fn create(path: &Path) -> Result<(), MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let key = Self::generate()?;
        let mut suffix = [0; 8];
        rand::fill(&mut suffix).map_err(|_unspecified| MasterKeyError::Random)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:016x}", u64::from_le_bytes(suffix)));
        let beside = path.with_file_name(name);

        let written = key.write(&beside).and_then(|()| fs::hard_link(&beside, path));
        let removed = fs::remove_file(&beside);
        match written {
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            other => other.and(removed).map_err(failed)?,
        }
        sync_folder(path).map_err(failed)
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
        let mut text = Zeroizing::new(STANDARD.encode(self.expose()));
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    /// The bytes, for key derivation.
    pub(crate) fn expose(&self) -> &[u8; LENGTH] {
        self.0.expose_secret()
    }
}

/// Makes the new name itself durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_private_to_its_owner_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&path).unwrap();
        let found = MasterKey::load_or_create(&path).unwrap();
        assert_eq!(made.expose(), found.expose());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
    }

    #[test]
    fn processes_that_start_together_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let keys: Vec<[u8; LENGTH]> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| *MasterKey::load_or_create(&path).unwrap().expose()))
                .collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_ne!(keys[0], [0; LENGTH]);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path).unwrap();
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = MasterKey::load_or_create(&path).unwrap_err();
            assert!(matches!(refused, MasterKeyError::Exposed { mode: m, .. } if m == mode));
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        for content in [String::new(), STANDARD.encode([1; 31]), "A".repeat(4096)] {
            fs::write(&path, &content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let refused = MasterKey::load_or_create(&path).unwrap_err();
            assert!(matches!(refused, MasterKeyError::Malformed));
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_key_does_not_print() {
        let key = MasterKey::from_bytes([0x41; LENGTH]);
        let printed = format!("{key:?}");
        assert!(!printed.contains("65") && !printed.contains("AAAA"), "{printed}");
    }
}
