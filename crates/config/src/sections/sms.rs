use secrecy::SecretString;

use crate::section::section;

section! {
    /// Text messages: handed to a web hook of yours, which sends them.
    Sms at sms {
        /// Where messages are posted to, as `{"to": "+86…", "text": "…"}`.
        webhook_url: Option<String> = None;
        /// Sent as the bearer token, so that the hook knows who asks.
        webhook_token: Option<SecretString> = None;
    }
}
