use std::path::PathBuf;

use secrecy::SecretString;

use crate::section::section;

section! {
    /// Mails: how to set a new password, how to verify an address. Without a server and a folder
    /// they are written to the log's console, links included: for development only.
    Mail at mail {
        /// The server: `smtps://USER:PASSWORD@HOST[:PORT]`, or `smtp://…?tls=required` for
        /// STARTTLS, or plain `smtp://HOST[:PORT]`.
        smtp_url: Option<SecretString> = None;
        /// A folder that mails are written to instead, one file each.
        folder: Option<PathBuf> = None;
        /// The sender's address.
        from: String = "Citizenry <no-reply@localhost>".into();
    }
}

impl Mail {
    pub(crate) fn validate(&self, faults: &mut Vec<(&'static str, String)>) {
        if self.smtp_url.is_some() && self.folder.is_some() {
            faults.push(("mail.folder", "is given beside mail.smtp_url".into()));
        }
    }
}
