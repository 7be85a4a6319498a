use secrecy::SecretString;

use crate::section::section;

section! {
    /// Keys of the installation.
    Security at security {
        /// The key that seals signing keys and client secrets at rest: 32 bytes in base64. All
        /// servers of one database need the same. Default: the file `master.key` of the data
        /// directory, made when it is missing.
        master_key: Option<SecretString> = None;
    }
}
