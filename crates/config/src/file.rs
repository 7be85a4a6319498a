//! The TOML layer.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, Source};
use crate::section::Section;
use crate::sections::SECTIONS;
use crate::value::Given;

/// One value of the file.
pub(crate) struct Found {
    /// `section.key`, known or not.
    pub(crate) key: String,
    pub(crate) given: Given,
    pub(crate) source: Source,
}

/// Reads a file into its values. What is not even a section's key is a problem.
pub(crate) fn read(path: &Path, problems: &mut Vec<Problem>) -> Vec<Found> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text, problems),
        Err(error) => {
            let source = Source::File { path: path.to_owned(), line: 1 };
            let message = format!("cannot be read ({error}); name an existing TOML file");
            problems.push(Problem::general(source, message));
            Vec::new()
        }
    }
}

fn parse(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Vec<Found> {
    let at = |offset: usize| Source::File { path: path.to_owned(), line: line_of(text, offset) };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        problems.push(Problem::general(at(offset), error.message()));
    }
    let mut found = Vec::new();
    for (name, value) in document.get_ref() {
        let source = at(name.span().start);
        let section = SECTIONS.iter().find(|section| section.name == name.get_ref());
        match (section, value.get_ref()) {
            (Some(section), DeValue::Table(table)) => values(section, table, &at, &mut found),
            (Some(_), _) => problems.push(Problem::new(
                source,
                name.get_ref().as_ref(),
                format!("is a section: write it as [{}]", name.get_ref()),
            )),
            (None, _) => {
                let message = format!("unknown section; there are {}", section_names());
                problems.push(Problem::new(source, name.get_ref().as_ref(), message));
            }
        }
    }
    found
}

fn values(
    section: &Section,
    table: &DeTable<'_>,
    at: &impl Fn(usize) -> Source,
    found: &mut Vec<Found>,
) {
    for (name, value) in table {
        found.push(Found {
            key: format!("{}.{}", section.name, name.get_ref()),
            given: given(value),
            source: at(name.span().start),
        });
    }
}

fn given(value: &Spanned<DeValue<'_>>) -> Given {
    match value.get_ref() {
        DeValue::String(text) => Given::Text(text.as_ref().to_owned()),
        DeValue::Integer(number) => Given::Scalar(number.to_string()),
        DeValue::Boolean(truth) => Given::Scalar(truth.to_string()),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(text_of).collect();
            texts.map_or(Given::Other("a list of lists or tables"), Given::List)
        }
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(name, value)| {
                text_of(value).map(|text| (name.get_ref().as_ref().to_owned(), text))
            });
            let map: Option<BTreeMap<String, String>> = pairs.collect();
            map.map_or(Given::Other("a table of lists or tables"), Given::Map)
        }
        DeValue::Float(_) => Given::Other("a fraction"),
        DeValue::Datetime(_) => Given::Other("a date"),
    }
}

fn text_of(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match given(value) {
        Given::Text(text) | Given::Scalar(text) => Some(text),
        Given::List(_) | Given::Map(_) | Given::Other(_) => None,
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn section_names() -> String {
    SECTIONS.iter().map(|section| section.name).collect::<Vec<_>>().join(", ")
}
