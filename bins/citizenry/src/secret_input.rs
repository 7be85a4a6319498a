//! Secrets come from files and standard input, never from arguments, which others can read.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::failure::{Exit, Failure};

/// No secret of ours is longer; what is longer was named by mistake.
const MAX_BYTES: u64 = 4096;

/// Reads a secret from a file, or from standard input when the path is `-`. One line end is dropped.
pub(crate) fn read(path: &Path) -> Result<SecretString, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Unavailable, format!("{}: {error}", path.display()))
            .advise("name a readable file, or - for standard input")
    };
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    match secret.len() as u64 {
        0 => Err(Failure::new(Exit::Refused, format!("{} is empty", path.display()))),
        1..=MAX_BYTES => Ok(secret.to_owned().into()),
        _ => Err(Failure::new(
            Exit::Refused,
            format!("{} is longer than {MAX_BYTES} bytes", path.display()),
        )),
    }
}

/// As [`read`], when a path was given.
pub(crate) fn read_optional(path: Option<&PathBuf>) -> Result<Option<SecretString>, Failure> {
    path.map(|path| read(path)).transpose()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read_back(text: &str) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, text).unwrap();
        read(&path).map(|secret| secret.expose_secret().to_owned()).map_err(|e| e.to_string())
    }

    #[test]
    fn one_line_end_is_dropped_and_nothing_else() {
        assert_eq!(read_back("compo ejf\n").unwrap(), "compo ejf");
        assert_eq!(read_back("compo\r\n").unwrap(), "compo");
        assert_eq!(read_back(" compo \n\n").unwrap(), " compo \n");
    }

    #[test]
    fn empty_and_endless_files_are_refused() {
        assert!(read_back("\n").unwrap_err().contains("is empty"));
        assert!(read_back(&"x".repeat(5000)).unwrap_err().contains("longer than 4096"));
        let missing = read(Path::new("/nonexistent")).unwrap_err().to_string();
        assert!(missing.contains("- for standard input"), "{missing}");
    }
}
