//! The parts that pages are put together from.

use askama::Template;

/// The hidden inputs of a form.
#[derive(Template)]
#[template(path = "components/hidden.html")]
pub(super) struct Hidden<'a> {
    pub(super) action: &'a str,
    pub(super) request: Option<&'a str>,
    pub(super) csrf: &'a str,
    pub(super) locale: &'static str,
}

/// One labelled input.
#[derive(Template, Default)]
#[template(path = "components/field.html")]
pub(super) struct Field<'a> {
    /// Both its name and its id.
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) label: String,
    pub(super) value: &'a str,
    pub(super) autocomplete: &'a str,
    pub(super) inputmode: Option<&'a str>,
    /// A sentence below the label.
    pub(super) hint: Option<&'a str>,
    /// The id of an element elsewhere that describes the field too.
    pub(super) described_by: Option<&'a str>,
    pub(super) errors: Vec<String>,
    pub(super) optional: bool,
    pub(super) autofocus: bool,
    /// A link on the label's line: its text and its address.
    pub(super) aside: Option<(&'a str, &'a str)>,
    /// For codes: large, spaced letters.
    pub(super) code: bool,
}

impl Field<'_> {
    /// The ids of what describes the field.
    fn descriptions(&self) -> String {
        let mut ids = Vec::with_capacity(3);
        if !self.errors.is_empty() {
            ids.push(format!("{}-error", self.name));
        }
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.name));
        }
        ids.extend(self.described_by.map(str::to_owned));
        ids.join(" ")
    }
}

/// What went wrong, above a form.
#[derive(Template)]
#[template(path = "components/alert.html")]
pub(super) struct Alert<'a> {
    pub(super) heading: &'a str,
    /// What concerns the form as a whole.
    pub(super) message: Option<String>,
    /// What concerns a field: its id and the sentence.
    pub(super) fields: Vec<(&'a str, String)>,
}

impl Alert<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.message.is_none() && self.fields.is_empty()
    }
}

/// A list of rules with a heading, which a field refers to.
#[derive(Template)]
#[template(path = "components/rules.html")]
pub(super) struct Rules<'a> {
    pub(super) heading: &'a str,
    /// The rules, and whether what was typed broke them.
    pub(super) rules: Vec<(String, bool)>,
}
