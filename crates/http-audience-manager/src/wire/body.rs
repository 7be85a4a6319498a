//! Bodies: how fields are read.

use citizenry_http_kit::{Object, StrictJson};
use citizenry_identity::{Error, Patch, Text};
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// A JSON body that is an object.
pub(crate) type Body<T> = StrictJson<Object<T>>;

/// A name of a full PUT, where empty text is what a nameless user reads as.
pub(crate) fn name_patch<const MAX: usize>(
    field: &'static str,
    text: String,
) -> Result<Patch<Text<MAX>>, Error> {
    nullable_patch(field, Some(text))
}

/// A field of a full PUT that may be null; null, empty text and no field at all empty it.
pub(crate) fn nullable_patch<const MAX: usize>(
    field: &'static str,
    text: Option<String>,
) -> Result<Patch<Text<MAX>>, Error> {
    Ok(Text::optional(field, text)?.map_or(Patch::Clear, Patch::Set))
}

/// Reads a secret.
pub(crate) fn secret<'de, D>(deserializer: D) -> Result<SecretString, D::Error>
where
    D: Deserializer<'de>,
{
    String::deserialize(deserializer).map(SecretString::from)
}

/// Reads a field that may be left out but not be null.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// What a bulk method is about: a bare array of identifiers, or `{"ids": […]}`. The printed body is
/// an array in braces, which is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ids(pub(crate) Vec<i64>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdsObject {
    ids: Vec<i64>,
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdsVisitor)
    }
}

struct IdsVisitor;

impl<'de> Visitor<'de> for IdsVisitor {
    type Value = Ids;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ids, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = seq.next_element()? {
            ids.push(id);
        }
        Ok(Ids(ids))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Ids, A::Error> {
        IdsObject::deserialize(MapAccessDeserializer::new(map)).map(|IdsObject { ids }| Ids(ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_bare_or_named() {
        let read = |text: &str| serde_json::from_str::<Ids>(text).ok().map(|Ids(ids)| ids);
        assert_eq!(read("[1, 2]"), Some(vec![1, 2]));
        assert_eq!(read(r#"{"ids": [3]}"#), Some(vec![3]));
        for other in ["7", "{}", r#"["1"]"#, "[1.5]", r#"{"ids": [1], "force": true}"#, "null"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
