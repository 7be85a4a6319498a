//! The directory of everything the server keeps by itself.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// Where things lie in the data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDirectory(PathBuf);

impl DataDirectory {
    /// The directory at `path`, whether it is there or not.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The directory at `path`; made, for its owner only, when it is missing.
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Unavailable, format!("data directory {}: {error}", path.display()))
                .advise("choose a writable place with --data-dir DIR")
        };
        if !path.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            // The mode above is cut by the umask, never widened; parents keep the usual one.
            std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(Self(path.to_owned()))
    }

    /// The SQLite file, when no other database is configured.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("citizenry.sqlite")
    }

    /// The master key, when none is configured.
    pub(crate) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// Where the running server leaves its address.
    pub(crate) fn server_address(&self) -> PathBuf {
        self.0.join("server.json")
    }

    /// The directory itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}
