//! The mails without a link, as text, in both languages.

use citizenry_http_oidc::pages::{Branding, Locale};

use crate::samples;

#[test]
fn mails_with_a_secret_read_like_this() {
    let branding = Branding::named("Example Press");
    for locale in Locale::ALL {
        for (name, mail) in samples::mails(locale, &branding) {
            if matches!(name, "one-time-code" | "temporary-password") {
                let text = format!("Subject: {}\n\n{}", mail.subject, mail.text);
                insta::assert_snapshot!(format!("{name}.{}", locale.tag()), text);
            }
        }
    }
}
