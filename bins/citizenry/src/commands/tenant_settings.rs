//! A tenant's settings by their paths: `sign_in.lockout_threshold=10`.

use citizenry_identity::{Error, TenantSettings};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::output::Rows;

/// One setting.
#[derive(Serialize)]
pub(crate) struct Line {
    setting: String,
    value: Value,
}

impl Rows for Line {
    fn columns() -> &'static [&'static str] {
        &["SETTING", "VALUE"]
    }

    fn cells(&self) -> Vec<String> {
        let value = match &self.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        vec![self.setting.clone(), value]
    }
}

/// Every setting, each by its path.
pub(crate) fn lines(settings: &TenantSettings) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    for (name, value) in document(settings)? {
        match value {
            Value::Object(members) if GROUPS.contains(&name.as_str()) => {
                lines.extend(members.into_iter().map(|(member, value)| {
                    let setting = format!("{name}.{member}");
                    Line { setting, value }
                }));
            }
            value => lines.push(Line { setting: name, value }),
        }
    }
    Ok(lines)
}

/// The settings that are groups of settings.
const GROUPS: [&str; 3] = ["sign_in", "password_policy", "branding"];

/// What `assignments` (`path=value`) change in `settings`. A value is JSON, or else a text; null
/// resets a setting.
///
/// # Errors
/// `Invalid` on an assignment without `=` and on a setting that does not exist.
pub(crate) fn changes(
    settings: &TenantSettings,
    assignments: &[String],
) -> Result<Map<String, Value>, Error> {
    let now = document(settings)?;
    let mut changes = Map::new();
    for assignment in assignments {
        let Some((path, value)) = assignment.split_once('=') else {
            return Err(Error::invalid(assignment.clone(), "must be SETTING=VALUE"));
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_text| value.into());
        let unknown = || Error::invalid(path.to_owned(), "is no setting");
        let Some((group, member)) = path.split_once('.') else {
            if !now.contains_key(path) || path == "other" {
                return Err(unknown());
            }
            changes.insert(path.to_owned(), value);
            continue;
        };
        let members = now.get(group).filter(|_| GROUPS.contains(&group)).ok_or_else(unknown)?;
        if members.get(member).is_none() || member == "other" {
            return Err(unknown());
        }
        let members = changes.entry(group.to_owned()).or_insert_with(|| members.clone());
        let members = members.as_object_mut().ok_or_else(unknown)?;
        if value.is_null() {
            members.remove(member);
        } else {
            members.insert(member.to_owned(), value);
        }
    }
    Ok(changes)
}

fn document(settings: &TenantSettings) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(settings).map_err(Error::internal)? {
        Value::Object(document) => Ok(document),
        _ => Err(Error::internal("settings are no object")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(assignments: &[&str]) -> Result<Value, Error> {
        let assignments: Vec<_> = assignments.iter().map(ToString::to_string).collect();
        changes(&TenantSettings::default(), &assignments).map(Value::Object)
    }

    #[test]
    fn settings_of_a_group_are_set_beside_the_others_of_it() {
        let changes = set(&[
            "sign_in.lockout_threshold=10",
            "sign_in.lockout_seconds=null",
            "branding.primary_colour=#0f766e",
            "display_name=家",
            "enabled_locales=[\"zh-CN\"]",
        ]);
        let changes = changes.unwrap();
        assert_eq!(changes["sign_in"]["lockout_threshold"], 10);
        assert_eq!(changes["sign_in"]["address_threshold"], 50);
        assert!(changes["sign_in"].get("lockout_seconds").is_none());
        assert_eq!(changes["branding"]["primary_colour"], "#0f766e");
        assert_eq!(changes["display_name"], "家");
        assert_eq!(changes["enabled_locales"], json!(["zh-CN"]));
        assert_eq!(changes.as_object().unwrap().len(), 4);
    }

    #[test]
    fn what_is_no_setting_is_named() {
        for (assignment, named) in [
            ("sign_in.threshold=1", "sign_in.threshold"),
            ("signin.lockout_threshold=1", "signin.lockout_threshold"),
            ("colour=red", "colour"),
            ("other={}", "other"),
            ("branding.other={}", "branding.other"),
            ("display_name", "display_name"),
        ] {
            let error = set(&[assignment]).unwrap_err();
            assert!(matches!(&error, Error::Invalid { field, .. } if field == named), "{error}");
        }
    }

    #[test]
    fn every_setting_has_a_line() {
        let lines = lines(&TenantSettings::default()).unwrap();
        let names: Vec<_> = lines.iter().map(|line| line.setting.as_str()).collect();
        for name in ["session_lifetime", "sign_in.lockout_threshold", "password_policy.min_length"]
        {
            assert!(names.contains(&name), "{names:?}");
        }
    }
}
