//! What an export writes for callers of the management API: a JSON object a line, or CSV.

use citizenry_identity::{Error, JobField, JobOptions};
use serde_json::{Map, Value};

use crate::export::ExportRow;

/// What is written where nothing is said; identifiers, times and profile.
const USUAL: [&str; 14] = [
    "user_id",
    "email",
    "email_verified",
    "phone_number",
    "phone_verified",
    "username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "connection",
    "created_at",
    "updated_at",
];

/// The rows of a part; the first part of a CSV begins with the names of its columns.
pub(super) fn part(
    options: &JobOptions,
    rows: &[ExportRow],
    is_first: bool,
) -> Result<Vec<u8>, Error> {
    let fields = fields(options);
    let mut content = Vec::new();
    if options.format.as_deref() == Some("csv") {
        if is_first {
            let names = fields.iter().map(|field| Value::from(called(field))).collect();
            line(&mut content, names);
        }
        for row in rows {
            let cells = fields.iter().map(|field| value(row, &field.name)).collect();
            line(&mut content, cells);
        }
        return Ok(content);
    }
    for row in rows {
        let object: Map<String, Value> = fields
            .iter()
            .map(|field| (called(field).to_owned(), value(row, &field.name)))
            .filter(|(_, value)| !value.is_null())
            .collect();
        serde_json::to_writer(&mut content, &object).map_err(Error::internal)?;
        content.push(b'\n');
    }
    Ok(content)
}

fn fields(options: &JobOptions) -> Vec<JobField> {
    if !options.fields.is_empty() {
        return options.fields.clone();
    }
    USUAL.iter().map(|name| JobField { name: (*name).to_owned(), export_as: None }).collect()
}

fn called(field: &JobField) -> &str {
    field.export_as.as_deref().unwrap_or(&field.name)
}

/// The member of that name, or what lies in one: `user_metadata.plan`.
fn value(row: &ExportRow, name: &str) -> Value {
    let mut parts = name.split('.');
    let mut found = parts.next().and_then(|first| row.get(first));
    for part in parts {
        found = found.and_then(|value| value.get(part));
    }
    found.cloned().unwrap_or_default()
}

/// A line of CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an
/// apostrophe.
fn line(into: &mut Vec<u8>, cells: Vec<Value>) {
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            into.push(b',');
        }
        let mut text = match cell {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            text.insert(0, '\'');
        }
        into.push(b'"');
        into.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        into.push(b'"');
    }
    into.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_run_nothing() {
        let mut written = Vec::new();
        let cells = ["a\"b", "=1+1", "李,雷", ""].map(Value::from).to_vec();
        line(&mut written, cells);
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text, "\"a\"\"b\",\"'=1+1\",\"李,雷\",\"\"\r\n");
    }
}
