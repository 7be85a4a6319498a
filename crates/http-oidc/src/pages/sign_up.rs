//! Sign-up.

use askama::Template;

use super::{
    client::Client,
    components::{Alert, Field, Hidden, Rules},
    layout::{Form, Frame, Layout},
    page::Page,
    password::{PasswordRules, PasswordViolation},
    sign_in::too_many_attempts,
    texts::{self, Texts},
};

/// The sign-up page.
///
/// Posts `email`, `username` and `phone_number` as far as they are asked for, and `password`.
#[derive(Debug, Clone)]
pub struct SignUp<'a> {
    /// Where the form goes.
    pub form: Form<'a>,
    /// The application that the person came from.
    pub client: Option<Client<'a>>,
    /// The field `email`; `None` if the connection does not ask for it.
    pub email: Option<SignUpField<'a>>,
    /// The field `username`; `None` if the connection does not ask for it.
    pub username: Option<SignUpField<'a>>,
    /// The field `phone_number`; `None` if the connection does not ask for it.
    pub phone_number: Option<SignUpField<'a>>,
    /// What a password must be.
    pub rules: PasswordRules,
    /// Every rule that the password broke.
    pub violations: Vec<PasswordViolation>,
    /// What concerns no single field.
    pub error: Option<SignUpError>,
    /// Where those go who have an account.
    pub sign_in_url: Option<&'a str>,
}

/// A field of the sign-up page.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignUpField<'a> {
    /// What was typed before.
    pub value: &'a str,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is wrong with it.
    pub problem: Option<FieldProblem>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldProblem {
    /// It is empty.
    Required,
    /// It is not what it should be.
    Invalid,
    /// It belongs to somebody already.
    Taken,
}

/// Why nobody was signed up, other than for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpError {
    /// The form was too old or not ours.
    FormExpired,
    /// The address has signed up too often.
    TooManyAttempts {
        /// The seconds to wait, if they may be told.
        retry_after: Option<u64>,
    },
    /// The server cannot hash a password right now.
    Busy,
    /// The account cannot be created; why is not told.
    Refused,
}

impl SignUpError {
    fn words(self, texts: &Texts<'_>) -> String {
        match self {
            Self::FormExpired => texts.form_expired.to_owned(),
            Self::TooManyAttempts { retry_after } => too_many_attempts(texts, retry_after),
            Self::Busy => texts.busy.to_owned(),
            Self::Refused => texts.sign_up_refused.to_owned(),
        }
    }
}

/// The sentences for the three problems of a field.
struct Sentences<'a> {
    required: &'a str,
    invalid: &'a str,
    taken: &'a str,
}

impl<'a> Sentences<'a> {
    fn of(&self, problem: FieldProblem) -> &'a str {
        match problem {
            FieldProblem::Required => self.required,
            FieldProblem::Invalid => self.invalid,
            FieldProblem::Taken => self.taken,
        }
    }
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpTemplate<'a> {
    p: Layout<'a>,
    view: &'a SignUp<'a>,
    lead: Option<String>,
    alert: Alert<'a>,
    hidden: Hidden<'a>,
    fields: Vec<Field<'a>>,
    rules: Rules<'a>,
}

impl SignUp<'_> {
    /// The page. Status 200, or 422, 429 and 503 with errors.
    pub fn render(&self, frame: &Frame<'_>) -> Page {
        let t = frame.texts();
        let fields = self.fields(&t);
        let alert = Alert {
            heading: t.problem_heading,
            message: self.error.map(|error| error.words(&t)),
            fields: fields
                .iter()
                .flat_map(|field| field.errors.iter().map(|error| (field.name, error.clone())))
                .collect(),
        };
        let template = SignUpTemplate {
            p: Layout::with_form(frame, t.sign_up_title, &self.form)
                .error_if(!alert.is_empty())
                .allow_client(self.client.as_ref()),
            view: self,
            lead: self.client.map(|client| texts::fill(t.sign_up_lead, &[("client", client.name)])),
            alert,
            hidden: self.form.hidden(frame.locale),
            fields,
            rules: self.rules.list(&self.violations, &t),
        };
        template.p.page(&template)
    }

    fn fields<'a>(&'a self, t: &Texts<'a>) -> Vec<Field<'a>> {
        let mut fields = Vec::with_capacity(4);
        fields.extend(self.email.map(|field| {
            let sentences = Sentences {
                required: t.required_email,
                invalid: t.invalid_email,
                taken: t.taken_email,
            };
            Field {
                name: "email",
                kind: "email",
                autocomplete: "email",
                ..field.filled_in(t.email, &sentences, t)
            }
        }));
        fields.extend(self.username.map(|field| {
            let sentences = Sentences {
                required: t.required_username,
                invalid: t.invalid_username,
                taken: t.taken_username,
            };
            Field {
                name: "username",
                kind: "text",
                autocomplete: "username",
                ..field.filled_in(t.username, &sentences, t)
            }
        }));
        fields.extend(self.phone_number.map(|field| {
            let sentences = Sentences {
                required: t.required_phone_number,
                invalid: t.invalid_phone_number,
                taken: t.taken_phone_number,
            };
            Field {
                name: "phone_number",
                kind: "tel",
                autocomplete: "tel",
                hint: Some(t.phone_number_hint),
                ..field.filled_in(t.phone_number, &sentences, t)
            }
        }));
        fields.push(PasswordRules::field(t.password, &self.violations, t));
        let invalid = fields.iter().position(|field| !field.errors.is_empty());
        if let Some(field) = fields.get_mut(invalid.unwrap_or(0)) {
            field.autofocus = true;
        }
        fields
    }
}

impl<'a> SignUpField<'a> {
    fn filled_in(self, label: &str, sentences: &Sentences<'_>, t: &Texts<'_>) -> Field<'a> {
        Field {
            value: self.value,
            label: if self.optional {
                texts::fill(t.optional, &[("label", label)])
            } else {
                label.to_owned()
            },
            optional: self.optional,
            errors: self
                .problem
                .map(|problem| sentences.of(problem).to_owned())
                .into_iter()
                .collect(),
            ..Field::default()
        }
    }
}
