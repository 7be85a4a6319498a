//! The pass over a body that finds what serde lets through: a key twice in one object, at any depth,
//! and a NUL in a string (which PostgreSQL cannot store). Two readers of such a body may see two
//! different documents (RFC 8259 section 4).

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer as _, MapAccess, SeqAccess, Visitor};

use crate::error::Refusal;

/// Objects with more keys than this are checked with a hash set.
const FEW: usize = 24;

/// What was found, and where: the segments of the path, the innermost first.
struct Finding {
    reason: &'static str,
    path: Vec<String>,
}

/// Refuses `text` when it is not one JSON document, has a key twice in one object, or a NUL.
pub(crate) fn check(text: &str) -> Result<(), Refusal> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut finding = None;
    let result = (&mut deserializer).deserialize_any(Check(&mut finding));
    match result.and_then(|()| deserializer.end()) {
        Ok(()) => Ok(()),
        Err(error) => Err(match finding {
            Some(Finding { reason, path }) => Refusal::body(Some(joined(path)), reason),
            None => Refusal::body(None, format_args!("the body is not valid JSON: {error}")),
        }),
    }
}

/// The path in the form `identities[0].provider`.
fn joined(path: Vec<String>) -> String {
    let mut text = String::new();
    for segment in path.into_iter().rev() {
        if !segment.starts_with('[') && !text.is_empty() {
            text.push('.');
        }
        text.push_str(&segment);
    }
    text
}

struct Check<'f>(&'f mut Option<Finding>);

impl Check<'_> {
    /// Remembers `reason` and makes the error that ends the pass.
    fn found<E: de::Error>(self, reason: &'static str, path: Vec<String>) -> E {
        *self.0 = Some(Finding { reason, path });
        E::custom(reason)
    }
}

impl<'de> DeserializeSeed<'de> for Check<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Check<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    /// A string without escapes; a bare NUL in it is a syntax error already.
    fn visit_borrowed_str<E>(self, _: &'de str) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        if text.contains('\0') {
            return Err(self.found("a NUL character", Vec::new()));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        loop {
            match items.next_element_seed(Check(&mut *self.0)) {
                Ok(Some(())) => index += 1,
                Ok(None) => return Ok(()),
                Err(error) => {
                    if let Some(finding) = self.0 {
                        finding.path.push(format!("[{index}]"));
                    }
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        while let Some(key) = entries.next_key_seed(Key)? {
            if key.contains('\0') {
                return Err(self.found("a NUL character in a key", vec![key.into_owned()]));
            }
            if seen.contains(&key) {
                return Err(self.found("the key stands twice", vec![key.into_owned()]));
            }
            if let Err(error) = entries.next_value_seed(Check(&mut *self.0)) {
                if let Some(finding) = self.0 {
                    finding.path.push(key.into_owned());
                }
                return Err(error);
            }
            seen.insert(key);
        }
        Ok(())
    }
}

/// The keys of one object so far.
#[derive(Default)]
struct Seen<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Seen<'de> {
    fn contains(&self, key: &str) -> bool {
        self.few.iter().any(|known| known == key)
            || (!self.many.is_empty() && self.many.contains(key))
    }

    fn insert(&mut self, key: Cow<'de, str>) {
        if self.few.len() < FEW {
            self.few.push(key);
        } else {
            self.many.insert(key);
        }
    }
}

/// Reads a key, borrowed where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        check(text).expect_err(text).message().into_owned()
    }

    #[test]
    fn the_same_key_in_different_objects_is_fine() {
        assert!(check(r#"{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":null}}"#).is_ok());
        assert!(check("[true,-1,1.5,\"x\\n\"]").is_ok());
    }

    #[test]
    fn a_key_twice_is_found_at_any_depth_and_however_it_is_written() {
        assert_eq!(message(r#"{"a":1,"b":2,"a":3}"#), "a: the key stands twice");
        assert_eq!(
            message(r#"{"x":[0,{"y":{"a":1,"\u0061":2}}]}"#),
            "x[1].y.a: the key stands twice"
        );
    }

    #[test]
    fn a_key_twice_is_found_among_very_many() {
        let keys: Vec<String> = (0..2_000).map(|number| format!("\"k{number}\":0")).collect();
        assert!(check(&format!("{{{}}}", keys.join(","))).is_ok());
        for again in ["k0", "k23", "k24", "k1999"] {
            let text = format!("{{{},\"{again}\":1}}", keys.join(","));
            assert_eq!(message(&text), format!("{again}: the key stands twice"));
        }
    }

    #[test]
    fn a_nul_is_refused_in_values_and_keys() {
        assert_eq!(message(r#"{"a":["x\u0000"]}"#), "a[0]: a NUL character");
        assert!(message(r#"{"a\u0000":1}"#).ends_with("a NUL character in a key"));
    }
}
