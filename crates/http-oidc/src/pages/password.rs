//! Passwords: their rules, and how to get a new one.

use askama::Template;

use super::{
    components::{Alert, Field, Hidden, Rules},
    layout::{Form, Frame, Layout},
    message::{Mark, Message},
    page::Page,
    sign_in::too_many_attempts,
    texts::{Texts, fill},
};

/// The id of the list of rules, which a password's field refers to.
const RULES_ID: &str = "password-rules";

/// What a password must be, as the pages list it. Nothing is checked here.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each rule stands for itself")]
pub struct PasswordRules {
    /// The fewest characters.
    pub min_length: u32,
    /// The most characters, if people should know.
    pub max_length: Option<u32>,
    /// A lower-case letter is needed.
    pub lowercase: bool,
    /// An upper-case letter is needed.
    pub uppercase: bool,
    /// A digit is needed.
    pub digit: bool,
    /// A symbol is needed.
    pub symbol: bool,
    /// How many of the four classes (lower case, upper case, digits, symbols) are needed.
    pub classes: Option<u32>,
    /// Only the printable characters of ASCII are allowed.
    pub ascii: bool,
    /// Blanks, backslashes, vertical bars and letters without case are refused.
    pub cased: bool,
    /// A letter or a digit is needed at either end.
    pub alphanumeric_ends: bool,
    /// At least half as many different characters as it is long are needed.
    pub half_distinct: bool,
    /// How often one character may stand in a row.
    pub identical_in_a_row: Option<u32>,
    /// How many former passwords may not be used again.
    pub history: Option<u32>,
    /// Common passwords are refused.
    pub no_common: bool,
    /// Passwords with the person's name, username or email address are refused.
    pub no_personal_data: bool,
    /// Passwords that are easy to guess are refused.
    pub strength: bool,
}

/// A rule that a password broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordViolation {
    /// It is empty.
    Missing,
    /// It has fewer characters than this.
    TooShort(u32),
    /// It has more characters than this.
    TooLong(u32),
    /// It has no lower-case letter.
    NoLowercase,
    /// It has no upper-case letter.
    NoUppercase,
    /// It has no digit.
    NoDigit,
    /// It has no symbol.
    NoSymbol,
    /// It has fewer classes of characters than this.
    TooFewClasses(u32),
    /// It has a character that is not printable ASCII.
    NotAscii,
    /// It has a blank, a backslash, a vertical bar or a letter without case.
    NotCased,
    /// It begins or ends with something else than a letter or a digit.
    NotAlphanumericEnds,
    /// It has too few different characters.
    TooFewDistinct,
    /// It has a character more often in a row than this.
    IdenticalInARow(u32),
    /// It was used before.
    Reused,
    /// Everybody tries it first.
    Common,
    /// It holds the person's name, username or email address.
    PersonalData,
    /// It is easy to guess.
    TooWeak,
}

impl PasswordViolation {
    fn words(self, t: &Texts<'_>) -> String {
        match self {
            Self::Missing => t.required_password.to_owned(),
            Self::TooShort(count) => counted(t.broken_min_length, count),
            Self::TooLong(count) => counted(t.broken_max_length, count),
            Self::NoLowercase => t.broken_lowercase.to_owned(),
            Self::NoUppercase => t.broken_uppercase.to_owned(),
            Self::NoDigit => t.broken_digit.to_owned(),
            Self::NoSymbol => t.broken_symbol.to_owned(),
            Self::TooFewClasses(count) => counted(t.broken_classes, count),
            Self::NotAscii => t.broken_ascii.to_owned(),
            Self::NotCased => t.broken_cased.to_owned(),
            Self::NotAlphanumericEnds => t.broken_ends.to_owned(),
            Self::TooFewDistinct => t.broken_distinct.to_owned(),
            Self::IdenticalInARow(count) => counted(t.broken_identical, count),
            Self::Reused => t.broken_history.to_owned(),
            Self::Common => t.broken_common.to_owned(),
            Self::PersonalData => t.broken_personal.to_owned(),
            Self::TooWeak => t.broken_strength.to_owned(),
        }
    }
}

fn counted(text: &str, count: u32) -> String {
    fill(text, &[("count", &count.to_string())])
}

impl PasswordRules {
    /// The rules as a list, the broken ones marked.
    pub(super) fn list<'a>(&self, broken: &[PasswordViolation], t: &Texts<'a>) -> Rules<'a> {
        use PasswordViolation as V;
        let is = |test: fn(&V) -> bool| broken.iter().any(test);
        let with = |count: Option<u32>, text: &str| count.map(|count| counted(text, count));
        let when = |asked: bool, text: &str| asked.then(|| text.to_owned());
        let min_length = Some(self.min_length).filter(|length| *length > 0);
        let rules = [
            (with(min_length, t.rule_min_length), is(|v| matches!(v, V::TooShort(_) | V::Missing))),
            (with(self.max_length, t.rule_max_length), is(|v| matches!(v, V::TooLong(_)))),
            (when(self.lowercase, t.rule_lowercase), is(|v| matches!(v, V::NoLowercase))),
            (when(self.uppercase, t.rule_uppercase), is(|v| matches!(v, V::NoUppercase))),
            (when(self.digit, t.rule_digit), is(|v| matches!(v, V::NoDigit))),
            (when(self.symbol, t.rule_symbol), is(|v| matches!(v, V::NoSymbol))),
            (with(self.classes, t.rule_classes), is(|v| matches!(v, V::TooFewClasses(_)))),
            (when(self.ascii, t.rule_ascii), is(|v| matches!(v, V::NotAscii))),
            (when(self.cased, t.rule_cased), is(|v| matches!(v, V::NotCased))),
            (
                when(self.alphanumeric_ends, t.rule_ends),
                is(|v| matches!(v, V::NotAlphanumericEnds)),
            ),
            (when(self.half_distinct, t.rule_distinct), is(|v| matches!(v, V::TooFewDistinct))),
            (
                with(self.identical_in_a_row, t.rule_identical),
                is(|v| matches!(v, V::IdenticalInARow(_))),
            ),
            (with(self.history, t.rule_history), is(|v| matches!(v, V::Reused))),
            (when(self.no_common, t.rule_common), is(|v| matches!(v, V::Common))),
            (when(self.no_personal_data, t.rule_personal), is(|v| matches!(v, V::PersonalData))),
            (when(self.strength, t.rule_strength), is(|v| matches!(v, V::TooWeak))),
        ];
        let rules = rules.into_iter().filter_map(|(rule, broken)| Some((rule?, broken))).collect();
        Rules { heading: t.rules_heading, rules }
    }

    /// The field for a new password.
    pub(super) fn field<'a>(label: &str, broken: &[PasswordViolation], t: &Texts<'_>) -> Field<'a> {
        Field {
            name: "password",
            kind: "password",
            label: label.to_owned(),
            autocomplete: "new-password",
            described_by: Some(RULES_ID),
            errors: broken.iter().map(|violation| violation.words(t)).collect(),
            ..Field::default()
        }
    }
}

/// The page that asks for a mail with a link to a new password. Posts `email`.
#[derive(Debug, Clone)]
pub struct ResetRequest<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// What stands in the field `email`.
    pub email: &'a str,
    /// What went wrong. An address without an account is not an error.
    pub error: Option<ResetRequestError>,
    /// The way back.
    pub sign_in_url: Option<&'a str>,
}

/// Why no mail was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRequestError {
    /// What was typed is not an email address.
    InvalidEmail,
    /// The form was too old or not ours.
    FormExpired,
    /// The address has asked too often.
    TooManyAttempts {
        /// The seconds to wait, if they may be told.
        retry_after: Option<u64>,
    },
}

#[derive(Template)]
#[template(path = "reset_request.html")]
struct ResetRequestTemplate<'a> {
    p: Layout<'a>,
    view: &'a ResetRequest<'a>,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
    email: Field<'a>,
}

impl ResetRequest<'_> {
    /// The page. Status 200, or 422 and 429 with an error.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let (message, field_error) = match self.error {
            None => (None, None),
            Some(ResetRequestError::InvalidEmail) => (None, Some(t.invalid_email.to_owned())),
            Some(ResetRequestError::FormExpired) => (Some(t.form_expired.to_owned()), None),
            Some(ResetRequestError::TooManyAttempts { retry_after }) => {
                (Some(too_many_attempts(&t, retry_after)), None)
            }
        };
        let template = ResetRequestTemplate {
            p: Layout::with_form(frame, t.reset_title, &self.form).error_if(self.error.is_some()),
            view: self,
            alert: Alert {
                heading: t.problem_heading,
                message,
                fields: field_error.clone().map(|error| ("email", error)).into_iter().collect(),
            },
            hidden: self.form.hidden(frame.locale),
            email: Field {
                name: "email",
                kind: "email",
                label: t.email.to_owned(),
                value: self.email,
                autocomplete: "email",
                errors: field_error.into_iter().collect(),
                autofocus: true,
                ..Field::default()
            },
        };
        template.p.page(&template)
    }
}

/// The answer to every request for a reset mail, whether or not there is an account.
#[derive(Debug, Clone)]
pub struct ResetSent<'a> {
    /// The way back.
    pub sign_in_url: Option<&'a str>,
}

impl ResetSent<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.reset_sent_title,
            body: t.reset_sent_body,
            mark: Mark::Mail,
            button: None,
            link: self.sign_in_url.map(|url| (t.back_to_sign_in.to_owned(), url.to_owned())),
        }
        .render(frame)
    }
}

/// The page for a new password, reached by a mail's link. Posts `password`.
#[derive(Debug, Clone)]
pub struct NewPassword<'a> {
    /// Where the form goes: the ticket's own path.
    pub form: Form<'a>,
    /// Whose password it is, for the person and the browser's password store.
    pub account: &'a str,
    /// What a password must be.
    pub rules: PasswordRules,
    /// Every rule that the password broke.
    pub violations: Vec<PasswordViolation>,
    /// The form was too old or not ours.
    pub form_expired: bool,
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPasswordTemplate<'a> {
    p: Layout<'a>,
    view: &'a NewPassword<'a>,
    lead: String,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
    password: Field<'a>,
    rules: Rules<'a>,
}

impl NewPassword<'_> {
    /// The page. Status 200, or 422 with errors.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let mut password = PasswordRules::field(t.new_password, &self.violations, &t);
        password.autofocus = true;
        let alert = Alert {
            heading: t.problem_heading,
            message: self.form_expired.then(|| t.form_expired.to_owned()),
            fields: password.errors.iter().map(|error| ("password", error.clone())).collect(),
        };
        let template = NewPasswordTemplate {
            p: Layout::with_form(frame, t.new_password_title, &self.form)
                .error_if(!alert.is_empty()),
            view: self,
            lead: fill(t.new_password_lead, &[("account", self.account)]),
            alert,
            hidden: self.form.hidden(frame.locale),
            password,
            rules: self.rules.list(&self.violations, &t),
        };
        template.p.page(&template)
    }
}

/// The answer to a new password.
#[derive(Debug, Clone)]
pub struct NewPasswordDone<'a> {
    /// Where to sign in with it.
    pub sign_in_url: Option<&'a str>,
}

impl NewPasswordDone<'_> {
    /// The page. Status 200.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        Message {
            title: t.new_password_done_title,
            body: t.new_password_done_body,
            mark: Mark::Done,
            button: self.sign_in_url.map(|url| (t.sign_in_button.to_owned(), url.to_owned())),
            link: None,
        }
        .render(frame)
    }
}
