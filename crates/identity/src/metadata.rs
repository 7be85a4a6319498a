//! Free data: JSON objects with a stated size and depth.

use serde_json::{Map, Value};

use crate::Error;

/// A JSON object of free data: at most [`Metadata::MAX_BYTES`] as compact JSON, nested at most
/// [`Metadata::MAX_DEPTH`] deep (the object itself is depth 1), without U+0000 (which PostgreSQL's
/// `jsonb` cannot hold).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// The greatest size as compact JSON: 64 KiB.
    pub const MAX_BYTES: usize = 64 * 1_024;
    /// The greatest depth.
    pub const MAX_DEPTH: usize = 16;

    /// `object`, if it keeps the limits; `field` names it in the error.
    ///
    /// # Errors
    /// `Invalid` on `field`.
    pub fn new(field: &'static str, object: Map<String, Value>) -> Result<Self, Error> {
        let mut size = Size::default();
        size.object(&object, 1).map_err(|reason| Error::invalid(field, reason))?;
        Ok(Self(object))
    }

    /// An object that the database holds already; not checked again.
    pub fn from_stored(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// The object.
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object, owned.
    pub fn into_object(self) -> Map<String, Value> {
        self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This object with the keys of `changes` put in its first level; a key set to null goes.
    ///
    /// # Errors
    /// `Invalid` on `field` when the result breaks the limits.
    pub fn merged(&self, field: &'static str, changes: Map<String, Value>) -> Result<Self, Error> {
        let mut object = self.0.clone();
        for (key, value) in changes {
            if value.is_null() {
                object.remove(&key);
            } else {
                object.insert(key, value);
            }
        }
        Self::new(field, object)
    }

    /// This object with `changes` put in at every level: objects are merged, anything else replaces.
    ///
    /// # Errors
    /// `Invalid` on `field` when the result breaks the limits.
    pub fn deep_merged(
        &self,
        field: &'static str,
        changes: Map<String, Value>,
    ) -> Result<Self, Error> {
        // The depth of what is walked is limited by checking it first.
        let changes = Self::new(field, changes)?;
        let mut object = self.0.clone();
        deep_merge(&mut object, changes.0);
        Self::new(field, object)
    }
}

fn deep_merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => deep_merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Adds up the size of the compact JSON text, and stops as soon as a limit is broken.
#[derive(Default)]
struct Size {
    bytes: usize,
}

impl Size {
    fn add(&mut self, bytes: usize) -> Result<(), &'static str> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > Metadata::MAX_BYTES {
            Err("must be at most 65536 bytes of JSON")
        } else {
            Ok(())
        }
    }

    fn object(&mut self, object: &Map<String, Value>, depth: usize) -> Result<(), &'static str> {
        Self::check_depth(depth)?;
        self.add(2)?;
        for (key, value) in object {
            self.text(key)?;
            self.add(2)?;
            self.value(value, depth)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), &'static str> {
        match value {
            Value::Object(object) => self.object(object, depth + 1),
            Value::Array(items) => {
                Self::check_depth(depth + 1)?;
                self.add(2)?;
                items.iter().try_for_each(|item| {
                    self.add(1)?;
                    self.value(item, depth + 1)
                })
            }
            Value::String(text) => self.text(text),
            Value::Number(number) => self.add(number.to_string().len()),
            Value::Bool(_) | Value::Null => self.add(5),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        if text.contains('\0') {
            return Err("must not contain the character U+0000");
        }
        self.add(text.len() + 2)
    }

    fn check_depth(depth: usize) -> Result<(), &'static str> {
        if depth > Metadata::MAX_DEPTH { Err("must be nested at most 16 deep") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(object) => object,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn size_and_depth_are_limited() {
        assert!(Metadata::new("user_metadata", object(json!({"a": "x".repeat(65_000)}))).is_ok());
        assert!(Metadata::new("user_metadata", object(json!({"a": "x".repeat(66_000)}))).is_err());
        let nest = |depth| (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert!(Metadata::new("user_metadata", object(nest(16))).is_ok());
        assert!(Metadata::new("user_metadata", object(nest(17))).is_err());
        assert!(Metadata::new("user_metadata", object(json!({"a": "\u{0}"}))).is_err());
    }

    #[test]
    fn merging_replaces_the_first_level_and_drops_nulls() {
        let old = Metadata::new("user_metadata", object(json!({"a": {"x": 1}, "b": 2}))).unwrap();
        let new = old.merged("user_metadata", object(json!({"a": {"y": 1}, "b": null}))).unwrap();
        assert_eq!(Value::Object(new.into_object()), json!({"a": {"y": 1}}));
    }

    #[test]
    fn deep_merging_keeps_what_is_not_named() {
        let old = Metadata::new("options", object(json!({"a": {"x": 1}, "b": [1]}))).unwrap();
        let new = old.deep_merged("options", object(json!({"a": {"y": 2}, "b": []}))).unwrap();
        assert_eq!(Value::Object(new.into_object()), json!({"a": {"x": 1, "y": 2}, "b": []}));
    }
}
