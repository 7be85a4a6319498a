//! The mails of sign-in: text and HTML, in every language.

use askama::Template;

use super::{
    branding::Branding,
    locale::Locale,
    texts::{Texts, fill, time_in_words},
};

/// A mail, ready to be sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The subject: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML. It asks nothing of other hosts.
    pub html: String,
}

/// The mail with the link to a new password.
#[derive(Debug, Clone, Copy)]
pub struct Reset<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// What the account is known by.
    pub account: &'a str,
    /// The link, absolute.
    pub link: &'a str,
    /// How many seconds the link works.
    pub valid_seconds: u64,
}

/// The mail with the link that verifies an email address.
#[derive(Debug, Clone, Copy)]
pub struct Verification<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// The address.
    pub email: &'a str,
    /// The link, absolute.
    pub link: &'a str,
    /// How many seconds the link works.
    pub valid_seconds: u64,
}

/// The mail that tells of a changed password.
#[derive(Debug, Clone, Copy)]
pub struct PasswordChanged<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// What the account is known by.
    pub account: &'a str,
    /// When it was changed, as people write it, with its time zone.
    pub time: &'a str,
    /// The page that asks for a new password, absolute.
    pub reset_link: Option<&'a str>,
}

/// The mail with a code that shows that an address is one's own.
#[derive(Debug, Clone, Copy)]
pub struct OneTimeCode<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// The address.
    pub email: &'a str,
    /// The code.
    pub code: &'a str,
    /// How many seconds the code works.
    pub valid_seconds: u64,
}

/// The mail with a password that is good for a while.
#[derive(Debug, Clone, Copy)]
pub struct TemporaryPassword<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// What the account is known by.
    pub account: &'a str,
    /// The password.
    pub password: &'a str,
    /// How many seconds it is good.
    pub valid_seconds: u64,
}

/// The mail that tells that an import of users has come to its end.
#[derive(Debug, Clone, Copy)]
pub struct ImportCompleted<'a> {
    /// The person's name, if it is known.
    pub name: Option<&'a str>,
    /// When it ended, as people write it, with its time zone.
    pub time: &'a str,
    /// How many users were made.
    pub inserted: u64,
    /// How many were there already, and are now as the rows say.
    pub updated: u64,
    /// How many rows were refused.
    pub failed: u64,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailTemplate<'a> {
    lang: &'static str,
    tenant: &'a str,
    subject: &'a str,
    primary: String,
    on_primary: String,
    content: &'a Content<'a>,
}

/// What a mail says, in order.
struct Content<'a> {
    greeting: String,
    body: String,
    /// A code or a password.
    secret: Option<&'a str>,
    button: Option<(&'a str, &'a str)>,
    link_hint: &'a str,
    /// The lines below the link.
    closing: Vec<String>,
}

impl Content<'_> {
    fn text(&self, tenant: &str) -> String {
        let mut paragraphs = vec![self.greeting.clone(), self.body.clone()];
        paragraphs.extend(self.secret.map(|secret| format!("    {secret}")));
        paragraphs.extend(self.button.map(|(label, link)| format!("{label}:\n{link}")));
        paragraphs.extend(self.closing.iter().cloned());
        paragraphs.push(format!("-- \n{tenant}\n"));
        paragraphs.join("\n\n")
    }

    fn mail(&self, subject: &str, locale: Locale, branding: &Branding) -> Mail {
        let subject = one_line(subject);
        let primary = branding.primary_colour;
        let template = MailTemplate {
            lang: locale.tag(),
            tenant: &branding.display_name,
            subject: &subject,
            primary: primary.to_string(),
            on_primary: primary.text().to_string(),
            content: self,
        };
        let html = super::layout::to_text(&template);
        Mail { text: self.text(&branding.display_name), html, subject }
    }
}

/// `text` without line breaks and other control characters, which a header must not have.
fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn greeting(name: Option<&str>, t: &Texts<'_>) -> String {
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => fill(t.mail_greeting, &[("name", &one_line(name))]),
        None => t.mail_greeting_nobody.to_owned(),
    }
}

impl Reset<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let values = [("tenant", branding.display_name.as_str()), ("account", self.account)];
        let time = time_in_words(&t, self.valid_seconds);
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_reset_body, &values),
            secret: None,
            button: Some((t.mail_reset_button, self.link)),
            link_hint: t.mail_link_hint,
            closing: vec![fill(t.mail_valid_for, &[("time", &time)]), t.mail_ignore.to_owned()],
        }
        .mail(&fill(t.mail_reset_subject, &values), locale, branding)
    }
}

impl Verification<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let values = [("tenant", branding.display_name.as_str()), ("account", self.email)];
        let time = time_in_words(&t, self.valid_seconds);
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_verify_body, &values),
            secret: None,
            button: Some((t.mail_verify_button, self.link)),
            link_hint: t.mail_link_hint,
            closing: vec![fill(t.mail_valid_for, &[("time", &time)]), t.mail_ignore.to_owned()],
        }
        .mail(&fill(t.mail_verify_subject, &values), locale, branding)
    }
}

impl OneTimeCode<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let values = [("tenant", branding.display_name.as_str()), ("account", self.email)];
        let time = time_in_words(&t, self.valid_seconds);
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_code_body, &values),
            secret: Some(self.code),
            button: None,
            link_hint: t.mail_link_hint,
            closing: vec![
                fill(t.mail_code_valid_for, &[("time", &time)]),
                t.mail_ignore.to_owned(),
            ],
        }
        .mail(&fill(t.mail_code_subject, &values), locale, branding)
    }
}

impl TemporaryPassword<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let values = [("tenant", branding.display_name.as_str()), ("account", self.account)];
        let time = time_in_words(&t, self.valid_seconds);
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_temporary_body, &values),
            secret: Some(self.password),
            button: None,
            link_hint: t.mail_link_hint,
            closing: vec![
                fill(t.mail_temporary_valid_for, &[("time", &time)]),
                t.mail_temporary_warning.to_owned(),
            ],
        }
        .mail(&fill(t.mail_temporary_subject, &values), locale, branding)
    }
}

impl ImportCompleted<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let counts = [self.inserted, self.updated, self.failed].map(|many| many.to_string());
        let [inserted, updated, failed] = &counts;
        let values = [
            ("tenant", branding.display_name.as_str()),
            ("time", self.time),
            ("inserted", inserted),
            ("updated", updated),
            ("failed", failed),
        ];
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_import_body, &values),
            secret: None,
            button: None,
            link_hint: t.mail_link_hint,
            closing: Vec::new(),
        }
        .mail(&fill(t.mail_import_subject, &values), locale, branding)
    }
}

impl PasswordChanged<'_> {
    /// The mail.
    pub fn render(&self, locale: Locale, branding: &Branding) -> Mail {
        let t = branding.texts(locale);
        let values = [
            ("tenant", branding.display_name.as_str()),
            ("account", self.account),
            ("time", self.time),
        ];
        Content {
            greeting: greeting(self.name, &t),
            body: fill(t.mail_changed_body, &values),
            secret: None,
            button: self.reset_link.map(|link| (t.mail_changed_button, link)),
            link_hint: t.mail_link_hint,
            closing: vec![t.mail_changed_warning.to_owned()],
        }
        .mail(&fill(t.mail_changed_subject, &values), locale, branding)
    }
}
