//! `fields` and `include_fields`: which members of an answer are wanted.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// The query of a route that shows one thing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OneQuery {
    fields: Option<String>,
    include_fields: Option<bool>,
    /// Sent by SDKs with every GET; there is nothing to count here.
    #[serde(rename = "include_totals")]
    _include_totals: Option<bool>,
}

impl OneQuery {
    /// Which members are wanted.
    pub(crate) fn projection(&self) -> Projection {
        Projection::new(self.fields.as_deref(), self.include_fields)
    }
}

/// Which members of an answer are wanted; those of the first level alone can be named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    fields: Vec<String>,
    drop: bool,
}

impl Projection {
    /// The members that the comma list `fields` names, or with `include` false all others. Names
    /// that no member has select nothing; no names at all select everything.
    pub(crate) fn new(fields: Option<&str>, include: Option<bool>) -> Self {
        let names = fields.unwrap_or_default().split(',').map(str::trim);
        let fields = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { fields, drop: include == Some(false) }
    }

    /// `value` with the wanted members.
    pub(crate) fn of<'v, T>(&'v self, value: &'v T) -> Projected<'v, T> {
        Projected { projection: self, value }
    }

    fn wants(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field == name) != self.drop
    }
}

/// A value of which only some members are written.
#[derive(Debug)]
pub(crate) struct Projected<'v, T> {
    projection: &'v Projection,
    value: &'v T,
}

impl<T: Serialize> Serialize for Projected<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.projection.fields.is_empty() {
            return self.value.serialize(serializer);
        }
        let mut value = serde_json::to_value(self.value).map_err(serde::ser::Error::custom)?;
        if let Value::Object(members) = &mut value {
            members.retain(|name, _| self.projection.wants(name));
        }
        value.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn named_members_are_kept_or_dropped() {
        let value = json!({"a": 1, "b": 2, "c": {"a": 3}});
        let write = |fields, include| {
            serde_json::to_value(Projection::new(fields, include).of(&value)).unwrap()
        };
        assert_eq!(write(None, Some(false)), value);
        assert_eq!(write(Some(""), Some(true)), value);
        assert_eq!(write(Some("a, none"), None), json!({"a": 1}));
        assert_eq!(write(Some("a,c"), Some(false)), json!({"b": 2}));
    }
}
